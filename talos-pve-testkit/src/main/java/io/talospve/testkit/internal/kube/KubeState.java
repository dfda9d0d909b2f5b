package io.talospve.testkit.internal.kube;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/** What is in a cluster's etcd: nodes and pods. It lives and dies with the etcd cluster. Thread-safe. */
public final class KubeState {
    private static final String NO_CNI =
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
                    + "message:Network plugin returns error: cni plugin not initialized";

    private final Supplier<Instant> now;
    private final Map<String, Node> nodes = new TreeMap<>();
    private final Map<String, Pod> pods = new TreeMap<>();
    private long version = 1;
    private boolean network;
    private boolean coreDns;

    /** An empty cluster. */
    public KubeState(Supplier<Instant> now) {
        this.now = now;
    }

    /**
     * What a kubelet says of its node.
     *
     * @param name node name
     * @param machineId machine id
     * @param systemUuid SMBIOS UUID
     * @param addresses IP addresses
     * @param controlPlane whether it is a control plane
     * @param schedulable whether a control plane takes ordinary pods
     * @param kubelet version of the kubelet
     * @param os operating system, {@code Talos (v1.12.4)}
     * @param cores CPU cores
     * @param memoryMiB memory
     */
    public record Registration(
            String name,
            String machineId,
            String systemUuid,
            List<String> addresses,
            boolean controlPlane,
            boolean schedulable,
            String kubelet,
            String os,
            int cores,
            int memoryMiB) {}

    private static final class Node {
        private final String uid;
        private final Instant created;
        private Registration registration;
        private boolean alive = true;
        private Instant ready;
        private long version;
        private boolean cordoned;

        Node(String uid, Instant created, Registration registration) {
            this.uid = uid;
            this.created = created;
            this.ready = created;
            this.registration = registration;
        }
    }

    private record Pod(String name, String namespace, String node, String ip, String image, Instant started) {}

    /** A kubelet registers its node, or says that it is alive. */
    public synchronized void register(Registration registration) {
        Node node = nodes.get(registration.name());
        if (node == null) {
            String seed = registration.name() + "/" + registration.systemUuid() + "/" + version;
            node = new Node(UUID.nameUUIDFromBytes(seed.getBytes(java.nio.charset.StandardCharsets.UTF_8)).toString(), now.get(), registration);
            nodes.put(registration.name(), node);
            node.version = ++version;
        } else if (!node.alive || !node.registration.equals(registration)) {
            node.registration = registration;
            node.alive = true;
            node.ready = now.get();
            node.version = ++version;
        }
    }

    /** A kubelet stopped answering. */
    public synchronized void lost(String name) {
        Node node = nodes.get(name);
        if (node != null && node.alive) {
            node.alive = false;
            node.ready = now.get();
            node.version = ++version;
        }
    }

    /** A network plugin runs on all nodes from now on. */
    public synchronized void networkInstalled() {
        if (!network) {
            network = true;
            nodes.values().forEach(n -> {
                n.ready = now.get();
                n.version = ++version;
            });
        }
    }

    /** Talos' own manifests have brought CoreDNS. */
    public synchronized void coreDnsInstalled() {
        coreDns = true;
        version++;
    }

    /** The Deployment of CoreDNS; empty if there is none. A replica is available once a node can carry it. */
    synchronized Optional<Map<String, Object>> coreDns() {
        if (!coreDns) {
            return Optional.empty();
        }
        int replicas = 2;
        long usable = nodes.values().stream()
                .filter(node -> node.alive && network && !node.cordoned)
                .count();
        long available = usable == 0 ? 0 : replicas;
        return Optional.of(object(
                "metadata", object("name", "coredns", "namespace", "kube-system", "resourceVersion", resourceVersion()),
                "spec", object("replicas", replicas),
                "status", object(
                        "replicas", replicas,
                        "readyReplicas", available,
                        "availableReplicas", available,
                        "unavailableReplicas", replicas - available)));
    }

    /** Shows or replaces a static pod. */
    public synchronized void staticPod(String name, String node, String ip, String image) {
        String key = "kube-system/" + name;
        Pod old = pods.get(key);
        if (old == null || !old.image().equals(image) || !old.ip().equals(ip)) {
            pods.put(key, new Pod(name, "kube-system", node, ip, image, now.get()));
            version++;
        }
    }

    /** Deletes a node with its pods; false if it does not exist. A running kubelet registers it again. */
    public synchronized boolean delete(String name) {
        boolean was = nodes.remove(name) != null;
        if (was) {
            pods.values().removeIf(p -> p.node().equals(name));
            version++;
        }
        return was;
    }

    /** Marks a node unschedulable or schedulable; false if it does not exist. */
    public synchronized boolean cordon(String name, boolean unschedulable) {
        Node node = nodes.get(name);
        if (node == null) {
            return false;
        }
        node.cordoned = unschedulable;
        node.version = ++version;
        return true;
    }

    /** Whether a node is registered. */
    public synchronized boolean has(String name) {
        return nodes.containsKey(name);
    }

    /** Whether a node is ready. */
    public synchronized boolean ready(String name) {
        Node node = nodes.get(name);
        return node != null && node.alive && network;
    }

    /** Names of all nodes. */
    public synchronized List<String> nodeNames() {
        return List.copyOf(nodes.keySet());
    }

    synchronized String resourceVersion() {
        return Long.toString(version);
    }

    synchronized Optional<Map<String, Object>> node(String name) {
        return Optional.ofNullable(nodes.get(name)).map(this::json);
    }

    synchronized List<Map<String, Object>> nodeList() {
        return nodes.values().stream().map(this::json).toList();
    }

    synchronized List<Map<String, Object>> podList(Optional<String> namespace) {
        return pods.values().stream()
                .filter(p -> namespace.map(p.namespace()::equals).orElse(true))
                .map(this::json)
                .toList();
    }

    private Map<String, Object> json(Node node) {
        Registration r = node.registration;
        boolean ready = node.alive && network;
        Map<String, Object> labels = new TreeMap<>();
        labels.put("beta.kubernetes.io/arch", "amd64");
        labels.put("beta.kubernetes.io/os", "linux");
        labels.put("kubernetes.io/arch", "amd64");
        labels.put("kubernetes.io/hostname", r.name());
        labels.put("kubernetes.io/os", "linux");
        if (r.controlPlane()) {
            labels.put("node-role.kubernetes.io/control-plane", "");
            labels.put("node.kubernetes.io/exclude-from-external-load-balancers", "");
        }
        List<Object> taints = new ArrayList<>();
        if (r.controlPlane() && !r.schedulable()) {
            taints.add(object("key", "node-role.kubernetes.io/control-plane", "effect", "NoSchedule"));
        }
        if (!ready) {
            String key = node.alive ? "node.kubernetes.io/not-ready" : "node.kubernetes.io/unreachable";
            taints.add(object("key", key, "effect", "NoSchedule"));
        }
        if (node.cordoned) {
            taints.add(object("key", "node.kubernetes.io/unschedulable", "effect", "NoSchedule"));
        }
        Map<String, Object> spec = new LinkedHashMap<>();
        if (!taints.isEmpty()) {
            spec.put("taints", taints);
        }
        if (node.cordoned) {
            spec.put("unschedulable", true);
        }
        List<Object> addresses = new ArrayList<>();
        r.addresses().forEach(a -> addresses.add(object("type", "InternalIP", "address", a)));
        addresses.add(object("type", "Hostname", "address", r.name()));
        Map<String, Object> capacity =
                object("cpu", Integer.toString(r.cores()), "memory", (long) r.memoryMiB() * 1024 + "Ki", "pods", "110");
        return object(
                "metadata",
                object(
                        "name", r.name(),
                        "uid", node.uid,
                        "resourceVersion", Long.toString(node.version),
                        "creationTimestamp", stamp(node.created),
                        "labels", labels),
                "spec",
                spec,
                "status",
                object(
                        "capacity", capacity,
                        "allocatable", capacity,
                        "conditions", conditions(node, ready),
                        "addresses", addresses,
                        "nodeInfo",
                        object(
                                "machineID", r.machineId(),
                                "systemUUID", r.systemUuid(),
                                "bootID", node.uid,
                                "kernelVersion", "6.18.8-talos",
                                "osImage", r.os(),
                                "containerRuntimeVersion", "containerd://2.1.6",
                                "kubeletVersion", r.kubelet(),
                                "kubeProxyVersion", "",
                                "operatingSystem", "linux",
                                "architecture", "amd64")));
    }

    private List<Object> conditions(Node node, boolean ready) {
        List<Object> out = new ArrayList<>();
        String[][] calm = {
            {"MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"},
            {"DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
            {"PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"}
        };
        for (String[] c : calm) {
            out.add(condition(
                    c[0],
                    node.alive ? "False" : "Unknown",
                    node.alive ? c[1] : "NodeStatusUnknown",
                    node.alive ? c[2] : "Kubelet stopped posting node status.",
                    node.ready));
        }
        if (!node.alive) {
            out.add(condition(
                    "Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.", node.ready));
        } else if (ready) {
            out.add(condition("Ready", "True", "KubeletReady", "kubelet is posting ready status", node.ready));
        } else {
            out.add(condition("Ready", "False", "KubeletNotReady", NO_CNI, node.ready));
        }
        return out;
    }

    private Map<String, Object> condition(String type, String status, String reason, String message, Instant since) {
        return object(
                "type", type,
                "status", status,
                "lastHeartbeatTime", stamp(now.get()),
                "lastTransitionTime", stamp(since),
                "reason", reason,
                "message", message);
    }

    private Map<String, Object> json(Pod pod) {
        boolean up = Optional.ofNullable(nodes.get(pod.node())).map(n -> n.alive).orElse(false);
        String app = pod.name().substring(0, pod.name().length() - pod.node().length() - 1);
        return object(
                "metadata",
                object(
                        "name", pod.name(),
                        "namespace", pod.namespace(),
                        "uid",
                                UUID.nameUUIDFromBytes((pod.name() + pod.started())
                                                .getBytes(java.nio.charset.StandardCharsets.UTF_8))
                                        .toString(),
                        "resourceVersion", Long.toString(version),
                        "creationTimestamp", stamp(pod.started()),
                        "labels", object("k8s-app", app, "tier", "control-plane"),
                        "annotations",
                                object(
                                        "kubernetes.io/config.mirror",
                                                Integer.toHexString(pod.image().hashCode()),
                                        "kubernetes.io/config.source", "file")),
                "spec",
                object(
                        "nodeName", pod.node(),
                        "hostNetwork", true,
                        "containers", List.of(object("name", app, "image", pod.image()))),
                "status",
                object(
                        "phase", "Running",
                        "hostIP", pod.ip(),
                        "podIP", pod.ip(),
                        "startTime", stamp(pod.started()),
                        "conditions",
                        List.of(
                                object("type", "PodScheduled", "status", "True"),
                                object("type", "Initialized", "status", "True"),
                                object("type", "ContainersReady", "status", up ? "True" : "False"),
                                object("type", "Ready", "status", up ? "True" : "False")),
                        "containerStatuses",
                        List.of(object(
                                "name", app,
                                "ready", up,
                                "started", up,
                                "restartCount", 0,
                                "image", pod.image(),
                                "state", object("running", object("startedAt", stamp(pod.started())))))));
    }

    static Map<String, Object> object(Object... keysAndValues) {
        Map<String, Object> out = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            out.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return out;
    }

    private static String stamp(Instant instant) {
        return instant.truncatedTo(java.time.temporal.ChronoUnit.SECONDS).toString();
    }
}
