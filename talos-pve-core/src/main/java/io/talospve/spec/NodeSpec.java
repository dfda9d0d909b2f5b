package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/** One machine that the user wants: an entry of {@code control_plane_nodes.nodes} or {@code worker_nodes.nodes}. Immutable. */
@Value.Immutable
@ValueStyle
public interface NodeSpec {
    /** Own name of the machine; by default {@code <cluster>-cp-<n>} or {@code <cluster>-worker-<n>}. */
    Optional<String> name();

    /** Key into {@link TalosCluster#sizes()}. */
    String size();

    /** The NICs, in the order of the virtual machine's netN. */
    List<Network> networks();

    /** Fixed VMID; by default one is taken from the cluster when the machine is created. */
    Optional<Integer> vmid();

    /** Names of Proxmox PCI resource mappings that are passed through to the machine, for example a GPU. */
    List<String> pciMappings();

    /** USB devices that are passed through, by the name of their Proxmox resource mapping. */
    List<String> usbMappings();

    /** Host it is created on, whatever the pool's placement would choose; one of the pool's or of the cluster's. */
    Optional<String> host();

    /** Settings of this machine, on top of those of its pool. */
    @Value.Default
    default MachineSettings machine() {
        return MachineSettings.none();
    }

    /** Virtual hardware and administration in Proxmox of this machine. */
    @Value.Default
    default VmSettings vm() {
        return VmSettings.none();
    }

    /**
     * The network with the gateway, else the first one whose address comes from a DHCP server: Talos API, VIP, kubelet and
     * etcd are there.
     */
    @Value.Derived
    default Optional<Network> primary() {
        return networks().stream()
                .filter(network -> network.gateway().isPresent())
                .findFirst()
                .or(() -> networks().stream().filter(this::usesDhcp).findFirst());
    }

    /**
     * The network whose bond a network is a member of.
     *
     * @param network a network of this machine
     * @return the network that carries the bond's addresses; empty if the given one is in no bond, or carries it itself
     */
    default Optional<Network> bondOf(Network network) {
        return networks().stream()
                .filter(other -> other.bond()
                        .filter(bond -> bond.members().contains(network.bridge()))
                        .isPresent())
                .findFirst();
    }

    /**
     * Whether a network gets its address from a DHCP server: if it says so, or if it has no address, no VLAN and is not a
     * member of a bond.
     *
     * @param network a network of this machine
     * @return true if so
     */
    default boolean usesDhcp(Network network) {
        return network.dhcp()
                || network.allAddresses().isEmpty()
                        && network.vlans().isEmpty()
                        && bondOf(network).isEmpty();
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link NodeSpec}. Not thread-safe. */
    class Builder extends ImmutableNodeSpec.Builder {
        private final Nested nested = new Nested();

        Builder() {}

        /**
         * Adds a network without gateway.
         *
         * @param bridge bridge or vnet on the Proxmox host
         * @param address static address with its prefix length, for example {@code 192.168.192.21/24}
         * @return this
         */
        public Builder network(String bridge, String address) {
            return network(bridge, network -> network.address(address));
        }

        /**
         * Adds the primary network.
         *
         * @param bridge bridge or vnet on the Proxmox host
         * @param address static address with its prefix length, for example {@code 192.168.62.21/24}
         * @param gateway the default gateway
         * @return this
         */
        public Builder network(String bridge, String address, String gateway) {
            return network(bridge, network -> network.address(address).gateway(gateway));
        }

        /**
         * Adds a network.
         *
         * @param bridge bridge or vnet on the Proxmox host
         * @param fill says the rest
         * @return this
         */
        public Builder network(String bridge, Consumer<Network.Builder> fill) {
            Network.Builder network = Network.builder().bridge(bridge);
            fill.accept(network);
            return addNetworks(
                    nested.build(network, network::buildAnyway, network.nested(), "networks." + bridge + "."));
        }

        /**
         * Sets settings of this machine.
         *
         * @param fill says which
         * @return this
         */
        public Builder machine(Consumer<MachineSettings.Builder> fill) {
            MachineSettings.Builder settings = MachineSettings.builder();
            fill.accept(settings);
            nested.part(settings::build, this::machine, "machine.");
            return this;
        }

        /**
         * Sets virtual hardware and administration of this machine in Proxmox.
         *
         * @param fill says which
         * @return this
         */
        public Builder vm(Consumer<VmSettings.Builder> fill) {
            VmSettings.Builder settings = VmSettings.builder();
            fill.accept(settings);
            return vm(settings.build());
        }

        /**
         * Builds the machine.
         *
         * @return the machine
         * @throws io.talospve.error.SpecException with everything that is missing or malformed
         */
        @Override
        public NodeSpec build() {
            nested.check();
            return super.build();
        }

        Nested nested() {
            return nested;
        }

        NodeSpec buildAnyway() {
            return super.build();
        }
    }
}
