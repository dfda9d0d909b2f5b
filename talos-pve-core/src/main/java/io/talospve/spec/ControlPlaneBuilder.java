package io.talospve.spec;

import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Describes the control planes and their VIP. Not thread-safe. */
public final class ControlPlaneBuilder {
    private final NodePool.Builder pool = NodePool.builder();
    private @Nullable String vip;

    ControlPlaneBuilder() {}

    /**
     * Adds a control plane.
     *
     * @param fill says what it is
     * @return this
     */
    public ControlPlaneBuilder node(Consumer<NodeSpec.Builder> fill) {
        pool.node(fill);
        return this;
    }

    /**
     * Adds control planes.
     *
     * @param nodes in this order
     * @return this
     */
    public ControlPlaneBuilder node(NodeSpec... nodes) {
        pool.node(nodes);
        return this;
    }

    /**
     * Sets the hosts that carry the control planes.
     *
     * @param hosts names of hosts of the cluster's host pool
     * @return this
     */
    public ControlPlaneBuilder hostPool(String... hosts) {
        pool.hostPool(hosts);
        return this;
    }

    /**
     * Sets which of the hosts a new control plane gets.
     *
     * @param placement by default {@link Placement#MODULO}
     * @return this
     */
    public ControlPlaneBuilder placement(Placement placement) {
        pool.placement(placement);
        return this;
    }

    /**
     * Sets the virtual IP address of the Kubernetes API.
     *
     * @param address an unused address in a network that every control plane has
     * @return this
     */
    public ControlPlaneBuilder vip(String address) {
        vip = address;
        return this;
    }

    /**
     * Sets settings of the control planes.
     *
     * @param fill says which
     * @return this
     */
    public ControlPlaneBuilder machine(Consumer<MachineSettings.Builder> fill) {
        pool.machine(fill);
        return this;
    }

    /**
     * Sets virtual hardware and administration of the control planes in Proxmox.
     *
     * @param fill says which
     * @return this
     */
    public ControlPlaneBuilder vm(Consumer<VmSettings.Builder> fill) {
        pool.vm(fill);
        return this;
    }

    /**
     * Lets Proxmox keep the control planes running when a host fails.
     *
     * @param fill says how
     * @return this
     */
    public ControlPlaneBuilder ha(Consumer<HighAvailability.Builder> fill) {
        pool.ha(fill);
        return this;
    }

    NodePool.Builder pool() {
        return pool;
    }

    Optional<String> vip() {
        return Optional.ofNullable(vip);
    }
}
