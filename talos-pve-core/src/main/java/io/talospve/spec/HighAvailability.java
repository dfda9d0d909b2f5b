package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * How Proxmox VE keeps the machines of a pool running when a host fails: {@code ha} of a pool. Talos and Kubernetes survive
 * the loss of a machine by themselves; this brings the machine back elsewhere, which needs disks that the other hosts see.
 * Immutable.
 */
@Value.Immutable
@ValueStyle
public interface HighAvailability {
    /** Hosts that the machines prefer; empty for all. */
    List<String> hosts();

    /** Whether they may run on no other host. */
    @Value.Default
    default boolean strict() {
        return false;
    }

    /** Whether a machine goes back to a host that it prefers more when that is there again. */
    @Value.Default
    default boolean failback() {
        return true;
    }

    /**
     * Whether no two machines of the pool may share a host. Proxmox VE 9 makes sure of it; on 8 each machine prefers a host of
     * its own, and two may share one while a host is away.
     */
    @Value.Default
    default boolean apart() {
        return false;
    }

    /** How often a start that failed is tried again on the same host; empty for Proxmox' default. */
    Optional<Integer> maxRestart();

    /** How often it is then tried on another host; empty for Proxmox' default. */
    Optional<Integer> maxRelocate();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link HighAvailability}. Not thread-safe. */
    class Builder extends ImmutableHighAvailability.Builder {
        Builder() {}
    }
}
