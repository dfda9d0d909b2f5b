package io.talospve.apply;

/**
 * How much runs at once.
 *
 * @param calls remote calls at once, over everything
 * @param stepsPerHost steps that change one Proxmox host at once
 */
public record Limits(int calls, int stepsPerHost) {
    /** Checks the numbers. */
    public Limits {
        if (calls < 1 || stepsPerHost < 1) {
            throw new IllegalArgumentException("limits must be at least 1");
        }
    }

    /** 16 calls, 4 steps per host. */
    public static Limits standard() {
        return new Limits(16, 4);
    }
}
