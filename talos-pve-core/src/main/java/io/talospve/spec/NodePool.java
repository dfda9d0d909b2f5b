package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/** The machines of one role and the hosts they are spread over. Immutable. */
@Value.Immutable
@ValueStyle
public interface NodePool {
    /** The machines, in the order of the YAML. */
    List<NodeSpec> nodes();

    /** Names of hosts that its machines are placed on. */
    List<String> hostPool();

    /** Which of the hosts a new machine gets. */
    @Value.Default
    default Placement placement() {
        return Placement.MODULO;
    }

    /** Settings of the machines of this pool, on top of those of their role. */
    @Value.Default
    default MachineSettings machine() {
        return MachineSettings.none();
    }

    /** Virtual hardware and administration in Proxmox of the machines of this pool, on top of that of their role. */
    @Value.Default
    default VmSettings vm() {
        return VmSettings.none();
    }

    /** How Proxmox keeps its machines running when a host fails; empty for not at all. */
    Optional<HighAvailability> ha();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link NodePool}. Not thread-safe. */
    class Builder extends ImmutableNodePool.Builder {
        private final Nested nested = new Nested();

        Builder() {}

        /**
         * Adds a machine.
         *
         * @param fill says what it is
         * @return this
         */
        public Builder node(Consumer<NodeSpec.Builder> fill) {
            NodeSpec.Builder node = NodeSpec.builder();
            fill.accept(node);
            int index = buildAnyway().nodes().size();
            return addNodes(nested.build(node, node::buildAnyway, node.nested(), "nodes[" + index + "]."));
        }

        /**
         * Adds machines.
         *
         * @param nodes in this order
         * @return this
         */
        public Builder node(NodeSpec... nodes) {
            return addNodes(nodes);
        }

        /**
         * Sets the hosts that carry these machines.
         *
         * @param hosts names of hosts of the cluster's host pool
         * @return this
         */
        public Builder hostPool(String... hosts) {
            return hostPool(List.of(hosts));
        }

        /**
         * Sets settings of these machines.
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
         * Sets virtual hardware and administration of these machines in Proxmox.
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
         * Lets Proxmox keep these machines running when a host fails.
         *
         * @param fill says how
         * @return this
         */
        public Builder ha(Consumer<HighAvailability.Builder> fill) {
            HighAvailability.Builder ha = HighAvailability.builder();
            fill.accept(ha);
            return ha(ha.build());
        }

        /**
         * Builds the pool.
         *
         * @return the pool
         * @throws io.talospve.error.SpecException with everything that is missing or malformed
         */
        @Override
        public NodePool build() {
            nested.check();
            return super.build();
        }

        Nested nested() {
            return nested;
        }

        NodePool buildAnyway() {
            return super.build();
        }
    }
}
