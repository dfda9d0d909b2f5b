package io.talospve.spi;

import io.talospve.spec.Secret;
import java.util.List;
import java.util.Optional;

/**
 * The few calls to a cluster's Kubernetes API that provisioning needs. Calls block, take at most 30 s and never sleep;
 * errors are {@link io.talospve.error.RemoteException}, retryable while the API server is not there yet. Implementations are
 * thread-safe.
 */
public interface KubernetesApi extends AutoCloseable {
    /**
     * What the cluster looks like with these credentials.
     *
     * @param kubeconfig an admin kubeconfig
     */
    View look(Secret<String> kubeconfig);

    /**
     * A Deployment.
     *
     * @param kubeconfig an admin kubeconfig
     * @param namespace its namespace
     * @param name its name
     * @return empty if there is none
     */
    Optional<Deployment> deployment(Secret<String> kubeconfig, String namespace, String name);

    @Override
    void close();

    /**
     * The Kubernetes API as seen from outside.
     *
     * @param version its version, for example {@code v1.35.0}
     * @param nodes the registered nodes
     */
    record View(String version, List<Node> nodes) {
        /** Copies the list. */
        public View {
            nodes = List.copyOf(nodes);
        }
    }

    /**
     * A Kubernetes node.
     *
     * @param name its name
     * @param ready condition Ready is True
     * @param readyReason reason and message of the Ready condition
     * @param unschedulable whether it is cordoned
     */
    record Node(String name, boolean ready, String readyReason, boolean unschedulable) {}

    /**
     * A Deployment's replicas.
     *
     * @param desired how many are wanted
     * @param available how many are available
     */
    record Deployment(int desired, int available) {}
}
