package io.talospve.plan;

import java.util.Objects;

/**
 * A named condition of a healthy cluster, in Talos' order.
 *
 * @param id which condition
 * @param awaited whether the executor waits for it
 * @param reason why it is not awaited; empty text if it is
 */
public record HealthCondition(Id id, boolean awaited, String reason) {
    /** Checks that nothing is missing. */
    public HealthCondition {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(reason, "reason");
    }

    @Override
    public String toString() {
        return awaited ? id.title() : id.title() + " (not awaited: " + reason + ")";
    }

    /** The conditions. */
    public enum Id {
        /** Every control plane's etcd service is healthy. */
        ETCD_HEALTHY("etcd healthy"),
        /** All members agree on who the members are, and they are the control planes. */
        ETCD_MEMBERS("etcd members are the control planes"),
        /** Every machine has booted: stage running, nothing unmet that is awaited. */
        MACHINES_BOOTED("all machines booted"),
        /** The Kubernetes API answers at the endpoint. */
        KUBERNETES_API("Kubernetes API answers"),
        /** Every machine is a Kubernetes node. */
        NODES_REPORTED("all nodes reported"),
        /** Every node is Ready. */
        NODES_READY("nodes Ready"),
        /** CoreDNS is available. */
        COREDNS("coredns"),
        /** Every node accepts pods. */
        SCHEDULABLE("schedulable");

        private final String title;

        Id(String title) {
            this.title = title;
        }

        /** The condition in words. */
        public String title() {
            return title;
        }
    }
}
