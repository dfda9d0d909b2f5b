package io.talospve.apply;

/**
 * How much runs at once. Immutable.
 *
 * @param calls remote calls at once, over everything, while planning as well as while applying; where a plan is about
 *     several hosts, each gets an equal share of them, so that one whose calls take long does not hold the others
 * @param stepsPerHost steps that change one Proxmox host at once
 * @param stepsPerStorage steps that fetch or delete an image on one storage, or create or delete disks on it, at once; a
 *     storage that is not shared counts for each host
 */
public record Limits(int calls, int stepsPerHost, int stepsPerStorage) {
    /** Checks the numbers. */
    public Limits {
        if (calls < 1 || stepsPerHost < 1 || stepsPerStorage < 1) {
            throw new IllegalArgumentException("limits must be at least 1");
        }
    }

    /** 16 calls, 4 steps per host, 4 per storage. */
    public static Limits standard() {
        return new Limits(16, 4, 4);
    }
}
