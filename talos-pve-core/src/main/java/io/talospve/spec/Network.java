package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/**
 * One NIC of a machine: the bridge (or vnet) it is attached to and its address there. Immutable.
 */
@Value.Immutable
@ValueStyle
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
        private final Nested nested = new Nested();

        Builder() {}

        /**
         * Sets a static address.
         *
         * @param address with its prefix length, for example {@code 192.168.62.21/24}; {@link #build()} refuses a bad one
         * @return this
         */
        public Builder address(String address) {
            try {
                return address(Cidr.parse(address));
            } catch (IllegalArgumentException e) {
                nested.error("address", "bad address \"" + address + "\": " + e.getMessage());
                return this;
            }
        }

        /**
         * Builds the network.
         *
         * @return the network
         * @throws io.talospve.error.SpecException with everything that is missing or malformed
         */
        @Override
        public Network build() {
            nested.check();
            return super.build();
        }

        Nested nested() {
            return nested;
        }

        Network buildAnyway() {
            return super.build();
        }
    }
}
