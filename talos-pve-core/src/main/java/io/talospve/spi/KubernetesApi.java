package io.talospve.spi;

import io.talospve.spec.Secret;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    /**
     * An object of any kind, as far as its state goes.
     *
     * @param kubeconfig an admin kubeconfig
     * @param reference which object
     * @return empty if there is none, also when its namespace or its kind does not exist (yet)
     */
    Optional<KubernetesObject> read(Secret<String> kubeconfig, ObjectReference reference);

    /**
     * The pods of a namespace, in the order of their names.
     *
     * @param kubeconfig an admin kubeconfig
     * @param namespace the namespace
     * @return empty if there are none, also when the namespace does not exist
     */
    List<Pod> pods(Secret<String> kubeconfig, String namespace);

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

    /**
     * Names an object.
     *
     * @param apiVersion group and version, {@code apps/v1}, or the version alone for the core group, {@code v1}
     * @param plural the kind's name in the API, in lower case: {@code kustomizations}
     * @param namespace its namespace, empty for a kind that has none
     * @param name its name
     */
    record ObjectReference(String apiVersion, String plural, String namespace, String name) {
        /** Refuses a reference without version, kind or name. */
        public ObjectReference {
            Objects.requireNonNull(namespace, "namespace");
            if (apiVersion.isBlank() || plural.isBlank() || name.isBlank()) {
                throw new IllegalArgumentException("an object's apiVersion, plural and name may not be empty");
            }
        }

        /** {@code kustomizations.kustomize.toolkit.fluxcd.io flux-system/apps}. */
        @Override
        public String toString() {
            int slash = apiVersion.indexOf('/');
            return plural + (slash < 0 ? "" : "." + apiVersion.substring(0, slash)) + " "
                    + (namespace.isEmpty() ? "" : namespace + "/") + name;
        }
    }

    /**
     * The state of an object. Texts are on one line and cut to a length that a person reads.
     *
     * @param generation how often its spec was changed, 0 for a kind that does not count; what it says of itself is about its
     *     present spec only where the observed generation is the same
     * @param conditions {@code status.conditions}, in the server's order
     * @param status every other scalar below {@code status} by its path, {@code sync.status}, {@code
     *     operationState.message}, {@code images.0}; only the first ones of a very large status
     */
    record KubernetesObject(long generation, List<Condition> conditions, Map<String, String> status) {
        /** Copies the collections. */
        public KubernetesObject {
            conditions = List.copyOf(conditions);
            status = Map.copyOf(status);
        }

        /** The condition of a type, empty if the object has none of it. */
        public Optional<Condition> condition(String type) {
            return conditions.stream().filter(c -> c.type().equals(type)).findFirst();
        }
    }

    /**
     * What an object says of one aspect of itself.
     *
     * @param type the aspect, {@code Ready}
     * @param status {@code True}, {@code False} or {@code Unknown}; empty for kinds whose conditions have none (Argo CD)
     * @param reason one word for programs, or empty
     * @param message a sentence for people, or empty
     * @param observedGeneration the generation that this is about, 0 if the object does not say
     */
    record Condition(String type, String status, String reason, String message, long observedGeneration) {}

    /**
     * A pod.
     *
     * @param name its name
     * @param node the node it is assigned to, empty if it is not assigned yet
     * @param ready condition Ready is True
     * @param phase {@code Pending}, {@code Running}, {@code Succeeded}, {@code Failed} or {@code Unknown}
     * @param reason why it is not ready, with the first waiting container's own words, or empty
     * @param staticPod whether a kubelet runs it from a file or a URL and only reports it here
     * @param labels its labels
     */
    record Pod(
            String name,
            String node,
            boolean ready,
            String phase,
            String reason,
            boolean staticPod,
            Map<String, String> labels) {
        /** Copies the labels. */
        public Pod {
            labels = Map.copyOf(labels);
        }
    }
}
