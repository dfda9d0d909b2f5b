package io.talospve.spec;

/** What a machine is in its cluster. */
public enum NodeRole {
    /** Runs etcd and the Kubernetes control plane. */
    CONTROL_PLANE("controlplane", "cp"),
    /** Runs workloads. */
    WORKER("worker", "worker");

    private final String talosType;
    private final String nameInfix;

    NodeRole(String talosType, String nameInfix) {
        this.talosType = talosType;
        this.nameInfix = nameInfix;
    }

    /**
     * Talos' {@code machine.type}; also the tag on the virtual machine.
     *
     * @return {@code controlplane} or {@code worker}
     */
    public String talosType() {
        return talosType;
    }

    /**
     * The part of a node's name between cluster and number.
     *
     * @return {@code cp} or {@code worker}
     */
    public String nameInfix() {
        return nameInfix;
    }
}
