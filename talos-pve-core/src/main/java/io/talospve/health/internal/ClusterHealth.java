package io.talospve.health.internal;

import io.talospve.plan.HealthCondition;
import io.talospve.spi.KubernetesApi;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TalosApi.MachineSize;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * The one place that knows when a condition of a healthy cluster is met; an apply waits by it and a health report tells of
 * it. Thread-safe.
 */
public final class ClusterHealth {
    private final ClusterSight sight;
    private final TalosApi talos;
    private final KubernetesApi kubernetes;
    private final ParallelCalls calls;
    private final Map<String, MachineSize> sizes = new ConcurrentHashMap<>();

    /**
     * The health of a cluster.
     *
     * @param sight its machines and what opens them
     * @param talos asks the machines
     * @param kubernetes asks Kubernetes
     * @param executor helps to ask many machines at once
     */
    public ClusterHealth(ClusterSight sight, TalosApi talos, KubernetesApi kubernetes, Executor executor) {
        this.sight = sight;
        this.talos = talos;
        this.kubernetes = kubernetes;
        this.calls = new ParallelCalls(executor);
    }

    /** A new look: nothing of an earlier one is believed. */
    public Look look() {
        return new Look();
    }

    /** One look at the cluster; what is asked is asked once. Not thread-safe. */
    public final class Look {
        private final MachineConditions machines = new MachineConditions(sight, talos, calls, sizes);
        private final KubernetesConditions cluster = new KubernetesConditions(sight, kubernetes);

        private Look() {}

        /**
         * How a condition is.
         *
         * @param id the condition
         * @param all what is awaited: without Ready nodes a machine is not expected to call itself ready
         * @throws io.talospve.error.RemoteException if what has to be asked does not answer
         */
        public Observation observe(HealthCondition.Id id, List<HealthCondition> all) {
            return switch (id) {
                case ETCD_HEALTHY -> machines.etcdHealthy();
                case ETCD_CONSISTENT -> machines.etcdConsistent();
                case ETCD_MEMBERS -> machines.etcdControlPlanes();
                case APID -> machines.apid();
                case MEMORY -> machines.memory();
                case DISK -> machines.disk();
                case KUBELET -> machines.kubelet();
                case MACHINES_BOOTED -> machines.booted(awaitsNodesReady(all));
                case KUBERNETES_API -> cluster.answers();
                case NODES_REPORTED -> cluster.nodesReported();
                case STATIC_PODS -> cluster.staticPodsRun();
                case COMPONENTS -> cluster.componentsReady();
                case NODES_READY -> cluster.nodesReady();
                case KUBE_PROXY -> cluster.kubeProxy();
                case COREDNS -> cluster.coreDns();
                case SCHEDULABLE -> cluster.schedulable();
            };
        }

        private static boolean awaitsNodesReady(List<HealthCondition> all) {
            return all.stream().anyMatch(c -> c.id() == HealthCondition.Id.NODES_READY && c.awaited());
        }
    }
}
