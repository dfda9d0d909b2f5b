package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/** How a machine's NIC behaves. By default as plain as can be. Immutable. */
@Value.Immutable
@ValueStyle
public interface NicOptions {
    /** Bridge or vnet, where it is not the one that the network is named after: several NICs on one bridge. */
    Optional<String> bridge();

    /** VLAN tag, 1 to 4094. */
    Optional<Integer> vlan();

    /** MTU in bytes; 1 for that of the bridge; empty for Proxmox' default. */
    Optional<Integer> mtu();

    /** Whether Proxmox' firewall filters it. */
    @Value.Default
    default boolean firewall() {
        return false;
    }

    /** Number of packet queues; empty for one. */
    Optional<Integer> queues();

    /** Limit in megabytes per second; empty for none. */
    Optional<Integer> rateMBps();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link NicOptions}. Not thread-safe. */
    class Builder extends ImmutableNicOptions.Builder {
        Builder() {}
    }
}
