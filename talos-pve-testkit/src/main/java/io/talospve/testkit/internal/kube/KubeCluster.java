package io.talospve.testkit.internal.kube;

import static io.talospve.testkit.internal.kube.api.Tree.map;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.kube.api.ApiRoutes;
import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.kube.api.TypeTable;
import io.talospve.testkit.internal.kube.control.ControllerSet;
import io.talospve.testkit.internal.kube.control.Registration;
import io.talospve.testkit.internal.kube.outside.Outside;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * One Kubernetes cluster: what is in its etcd, and what keeps that true while an API server runs. It lives and dies with the
 * etcd cluster. Thread-safe.
 */
public final class KubeCluster {
    private static final String NODES = "nodes";

    private final ObjectStore store = new ObjectStore();
    private final TypeTable types = new TypeTable(store);
    private final Resources resources;
    private final ApiRoutes routes;
    private final ControllerSet controllers;
    private int servers;

    /** An empty cluster. */
    public KubeCluster(SimClock clock, Latency latency, Outside outside, long seed) {
        resources = new Resources(store, types, clock::now, seed);
        routes = new ApiRoutes(store, types, resources, clock);
        for (String namespace : List.of("default", "kube-node-lease", "kube-public", "kube-system")) {
            store.put(
                    "namespaces",
                    map(
                            "apiVersion", "v1",
                            "kind", "Namespace",
                            "metadata", named(namespace),
                            "spec", map("finalizers", List.of("kubernetes")),
                            "status", map("phase", "Active")));
        }
        Map<String, Object> service = resources.metadata("default", "kubernetes");
        service.put("labels", map("component", "apiserver", "provider", "kubernetes"));
        store.put(
                "services",
                map(
                        "apiVersion", "v1",
                        "kind", "Service",
                        "metadata", service,
                        "spec",
                                map(
                                        "clusterIP", "10.96.0.1",
                                        "type", "ClusterIP",
                                        "ports", List.of(map("name", "https", "port", 443, "protocol", "TCP")))));
        controllers = new ControllerSet(clock, latency, store, types, resources, outside, this::served);
    }

    private Map<String, Object> named(String namespace) {
        Map<String, Object> metadata = resources.metadata("", namespace);
        metadata.put("labels", map("kubernetes.io/metadata.name", namespace));
        return metadata;
    }

    /** The API's paths. */
    ApiRoutes routes() {
        return routes;
    }

    /** Reads and writes objects without a server, for what is part of the cluster itself. */
    public Resources resources() {
        return resources;
    }

    /** The number of the last change. */
    public long revision() {
        return store.revision();
    }

    private boolean served() {
        return servers > 0;
    }

    /** An API server has come up or gone down: the controllers work while there is one. */
    public void served(boolean up) {
        synchronized (store) {
            servers += up ? 1 : -1;
            if (up) {
                controllers.wake();
            }
        }
    }

    /**
     * Runs something after changes of nodes, by which others see how they are.
     *
     * @param action runs under the store's monitor: it may only schedule
     */
    public void onNodeChange(Runnable action) {
        store.observe(change -> {
            if (change.resource().equals(NODES)) {
                action.run();
            }
        });
    }

    /**
     * What the API server enforces of pod security.
     *
     * @param level level of namespaces that say nothing of it
     * @param exempt namespaces that are not looked at
     */
    public void podSecurity(String level, Set<String> exempt) {
        controllers.podSecurity(level, exempt);
    }

    /**
     * A kubelet registers its node, or says that it is alive.
     *
     * @param reaches whether the node's own network leads to a host and port
     */
    public void register(Registration registration, BiPredicate<String, Integer> reaches) {
        synchronized (store) {
            controllers.register(registration, reaches);
        }
    }

    /** A kubelet stopped answering. */
    public void lost(String name) {
        synchronized (store) {
            controllers.lost(name);
        }
    }

    /** Shows or replaces a static pod of a control plane: {@code kube-apiserver} and the like. */
    public void staticPod(String component, String node, String ip, String image) {
        synchronized (store) {
            controllers.staticPod(component, node, ip, image);
        }
    }

    /** Whether a node is registered. */
    public boolean has(String name) {
        return store.get(NODES, "", name).isPresent();
    }

    /** Whether a node is ready. */
    public boolean ready(String name) {
        return store.get(NODES, "", name)
                .filter(node -> Conditions.isTrue(node, "Ready"))
                .isPresent();
    }

    /** Whether a node is cordoned. */
    public boolean cordoned(String name) {
        return store.get(NODES, "", name)
                .filter(node -> Tree.flag(node, "spec.unschedulable"))
                .isPresent();
    }

    /** Names of all nodes. */
    public List<String> nodeNames() {
        return store.list(NODES, "").stream().map(Tree::name).toList();
    }

    /** The objects of a resource, {@code deployments.apps}, for assertions. */
    public List<Map<String, Object>> objects(String resource) {
        return store.list(resource, "");
    }
}
