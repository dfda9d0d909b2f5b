package io.talospve.spec;

/**
 * VMIDs that a cluster's machines may take. Immutable.
 *
 * @param from the first, 100 or more
 * @param to the last
 */
public record VmidRange(int from, int to) {
    /**
     * Whether a VMID is in it.
     *
     * @param vmid a VMID
     */
    public boolean contains(int vmid) {
        return from <= vmid && vmid <= to;
    }

    /** {@code 8000 to 8099}. */
    @Override
    public String toString() {
        return from + " to " + to;
    }
}
