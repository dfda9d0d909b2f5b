package io.talospve.plan;

import io.talospve.spec.TalosCluster;
import java.util.ArrayList;
import java.util.List;
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

    /**
     * The conditions of a cluster, and which of them it can meet by what its own machine configurations install.
     *
     * @param cluster the spec
     * @return all conditions, in Talos' order
     */
    public static List<HealthCondition> of(TalosCluster cluster) {
        boolean noCni = cluster.options().disableDefaultCni() && !cluster.installsCilium();
        boolean noProxy = cluster.options().disableKubeProxy();
        List<HealthCondition> conditions = new ArrayList<>();
        for (Id id : Id.values()) {
            if (id.isDayZero()) {
                continue;
            }
            String reason =
                    switch (id) {
                        case NODES_READY, COREDNS, SCHEDULABLE -> noCni ? "no CNI" : "";
                        case KUBE_PROXY -> noProxy ? "disabled" : "";
                        default -> "";
                    };
            conditions.add(new HealthCondition(id, reason.isEmpty(), reason));
        }
        return List.copyOf(conditions);
    }

    /** The same condition, not awaited for a reason; one that is not awaited anyway keeps its reason. */
    HealthCondition notAwaited(String why) {
        return awaited ? new HealthCondition(id, false, why) : this;
    }

    @Override
    public String toString() {
        return awaited ? id.title() : id.title() + " (not awaited: " + reason + ")";
    }

    /** The conditions. */
    public enum Id {
        /** Every control plane's etcd service is healthy. */
        ETCD_HEALTHY("etcd healthy"),
        /** All members agree on who the members are, and all of them vote. */
        ETCD_CONSISTENT("etcd members consistent"),
        /** The members are the control planes. */
        ETCD_MEMBERS("etcd members are the control planes"),
        /** Every machine's Talos API is up. */
        APID("apid ready"),
        /** Every machine has the memory that Talos asks for. */
        MEMORY("memory large enough"),
        /** Every machine has the disk that Talos asks for. */
        DISK("disk large enough"),
        /** The kubelet of every control plane is healthy. */
        KUBELET("kubelet healthy on the control planes"),
        /** Every machine has booted: stage running, nothing unmet that is awaited. */
        MACHINES_BOOTED("all machines booted"),
        /** The Kubernetes API answers at the endpoint. */
        KUBERNETES_API("Kubernetes API answers"),
        /** Every machine is a Kubernetes node. */
        NODES_REPORTED("all nodes reported"),
        /** API server, controller manager and scheduler run on every control plane. */
        STATIC_PODS("control plane static pods run"),
        /** Those pods are Ready. */
        COMPONENTS("control plane components ready"),
        /** Every node is Ready. */
        NODES_READY("nodes Ready"),
        /** kube-proxy is Ready on every node. */
        KUBE_PROXY("kube-proxy"),
        /** CoreDNS is Ready. */
        COREDNS("coredns"),
        /** Every node accepts pods. */
        SCHEDULABLE("schedulable"),
        /** The CNI that was installed runs on every node. */
        CNI("CNI up"),
        /** The GitOps engine runs. */
        GITOPS_ENGINE("GitOps engine runs"),
        /** The GitOps engine has synchronized for the first time. */
        GITOPS_SYNC("GitOps engine has synchronized");

        private final String title;

        Id(String title) {
            this.title = title;
        }

        /** Whether it is about what is installed at day 0, not about Talos and Kubernetes themselves. */
        boolean isDayZero() {
            return this == CNI || this == GITOPS_ENGINE || this == GITOPS_SYNC;
        }

        /** The condition in words. */
        public String title() {
            return title;
        }
    }
}
