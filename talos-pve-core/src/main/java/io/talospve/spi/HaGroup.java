package io.talospve.spi;

import io.talospve.spec.HighAvailability;
import java.util.List;
import java.util.Objects;

/**
 * Machines of one pool that the hypervisor keeps running when a host fails. Immutable.
 *
 * @param cluster name of the cluster
 * @param pool its pool: {@code cp}, {@code worker}, or the name of a further pool
 * @param members the machines, where they are now
 * @param settings how it keeps them running
 */
public record HaGroup(String cluster, String pool, List<VmRef> members, HighAvailability settings) {
    /** Copies the list. */
    public HaGroup {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(settings, "settings");
        members = List.copyOf(members);
    }
}
