package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.immutables.value.Value;

/**
 * One NIC of a machine: the bridge (or vnet) it is attached to and its address there. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface Network {
    /** Name of the network within the machine, and the bridge or vnet on the Proxmox host unless {@link #nic()} names another. */
    String bridge();

    /** Static address with its prefix length, for example {@code 192.168.62.21/24}; empty for DHCP. */
    Optional<Cidr> address();

    /** Default gateway; exactly one network of a machine has one: its primary network. */
    Optional<String> gateway();

    /** MAC address, lower case with colons; by default derived from cluster, node and network name. */
    Optional<String> mac();

    /** Further static addresses, for example of the other IP family. */
    List<Cidr> addresses();

    /**
     * Ask a DHCP server for the address even if {@link #address()} is given, which is then what the server has reserved for
     * this NIC, or if there are only VLANs. Default false; see {@link NodeSpec#usesDhcp}.
     */
    @Value.Default
    default boolean dhcp() {
        return false;
    }

    /** MTU in bytes; empty for the link's own. */
    Optional<Integer> mtu();

    /** Static routes beside the one to {@link #gateway()}. */
    List<Route> routes();

    /** Tagged networks on this NIC (or on its bond). */
    List<Vlan> vlans();

    /** Bonds this NIC with others; addresses, routes and VLANs are then the bond's. */
    Optional<Bond> bond();

    /** How the virtual NIC behaves in Proxmox. */
    @Value.Default
    default NicOptions nic() {
        return NicOptions.builder().build();
    }

    /** Bridge or vnet that the NIC is attached to: {@link NicOptions#bridge()}, else the one the network is named after. */
    default String attachedTo() {
        return nic().bridge().orElse(bridge());
    }

    /** Static addresses in their order: {@link #address()}, then {@link #addresses()}. */
    default List<Cidr> allAddresses() {
        return Stream.concat(address().stream(), addresses().stream()).toList();
    }

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
         * Adds a further static address.
         *
         * @param address with its prefix length, for example {@code fd00::21/64}; {@link #build()} refuses a bad one
         * @return this
         */
        public Builder alsoAddress(String address) {
            try {
                return addAddresses(Cidr.parse(address));
            } catch (IllegalArgumentException e) {
                nested.error("addresses", "bad address \"" + address + "\": " + e.getMessage());
                return this;
            }
        }

        /**
         * Adds a tagged network.
         *
         * @param id VLAN id
         * @param fill says the rest
         * @return this
         */
        public Builder vlan(int id, Consumer<Vlan.Builder> fill) {
            Vlan.Builder vlan = Vlan.builder().id(id);
            fill.accept(vlan);
            nested.part(vlan::build, this::addVlans, "vlans.");
            return this;
        }

        /**
         * Bonds this NIC with others.
         *
         * @param fill says how
         * @return this
         */
        public Builder bond(Consumer<Bond.Builder> fill) {
            Bond.Builder bond = Bond.builder();
            fill.accept(bond);
            nested.part(bond::build, this::bond, "bond.");
            return this;
        }

        /**
         * Sets how the virtual NIC behaves in Proxmox.
         *
         * @param fill says how
         * @return this
         */
        public Builder nic(Consumer<NicOptions.Builder> fill) {
            NicOptions.Builder options = NicOptions.builder();
            fill.accept(options);
            return nic(options.build());
        }

        /**
         * Adds a static route.
         *
         * @param fill says whereto
         * @return this
         */
        public Builder route(Consumer<Route.Builder> fill) {
            Route.Builder route = Route.builder();
            fill.accept(route);
            nested.part(route::build, this::addRoutes, "routes.");
            return this;
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
