package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/**
 * One NIC of a machine: the bridge (or vnet) it is attached to and its address there. Immutable.
 */
@Value.Immutable
@Value.Style(
        visibility = Value.Style.ImplementationVisibility.PACKAGE,
        overshadowImplementation = true,
        jdkOnly = true)
public interface Network {
    /** Bridge or vnet on the Proxmox host; also the network's name within the machine. */
    String bridge();

    /** Static address with its prefix length, for example {@code 192.168.62.21/24}; empty for DHCP. */
    Optional<Cidr> address();

    /** Default gateway; exactly one network of a machine has one: its primary network. */
    Optional<String> gateway();

    /** MAC address, lower case with colons; by default derived from cluster, node and network name. */
    Optional<String> mac();

    /** Starts a network. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Network}. Not thread-safe. */
    class Builder extends ImmutableNetwork.Builder {
        Builder() {}
    }
}
