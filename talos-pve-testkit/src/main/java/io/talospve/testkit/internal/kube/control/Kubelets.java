package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.Tree;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Supplier;

/** The machines' kubelets: register nodes, report their state and their static pods. Guarded by the store. */
final class Kubelets {
    private static final String NO_CNI =
            "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
                    + "message:Network plugin returns error: cni plugin not initialized";
    private static final String NOT_READY = "node.kubernetes.io/not-ready";
    private static final String UNREACHABLE = "node.kubernetes.io/unreachable";
    private static final String UNSCHEDULABLE = "node.kubernetes.io/unschedulable";
    private static final String CONTROL_PLANE = "node-role.kubernetes.io/control-plane";
    /** Taints that follow from a node's state. */
    private static final List<String> FOLLOWING = List.of(NOT_READY, UNREACHABLE, UNSCHEDULABLE);

    private final ObjectStore store;
    private final Resources resources;
    private final Supplier<Instant> now;
    private final Map<String, Kubelet> kubelets = new HashMap<>();
    private int pods;
    /** Pod networks handed out; one is never given twice. */
    private int ranges;

    Kubelets(ObjectStore store, Resources resources, Supplier<Instant> now) {
        this.store = store;
        this.resources = resources;
        this.now = now;
    }

    private static final class Kubelet {
        private Registration registration;
        private BiPredicate<String, Integer> reaches;
        private boolean alive = true;
        private boolean network;

        Kubelet(Registration registration, BiPredicate<String, Integer> reaches) {
            this.registration = registration;
            this.reaches = reaches;
        }
    }

    void register(Registration registration, BiPredicate<String, Integer> reaches) {
        Kubelet kubelet = kubelets.get(registration.name());
        if (kubelet == null) {
            kubelet = new Kubelet(registration, reaches);
            kubelets.put(registration.name(), kubelet);
        } else if (kubelet.alive
                && kubelet.registration.equals(registration)
                && store.get("nodes", "", registration.name()).isPresent()) {
            return;
        }
        kubelet.registration = registration;
        kubelet.reaches = reaches;
        kubelet.alive = true;
        report(registration.name());
    }

    void lost(String name) {
        Kubelet kubelet = kubelets.get(name);
        if (kubelet != null && kubelet.alive) {
            kubelet.alive = false;
            report(name);
            for (Map<String, Object> pod : store.list("pods", "")) {
                if (text(pod, "spec.nodeName").equals(name) && Conditions.isTrue(pod, "Ready")) {
                    Map<String, Object> out = Tree.copy(pod);
                    Conditions.set(out, "Ready", "False", "", "", 0, now.get());
                    Conditions.set(out, "ContainersReady", "False", "", "", 0, now.get());
                    store.put("pods", out);
                }
            }
        }
    }

    boolean alive(String name) {
        Kubelet kubelet = kubelets.get(name);
        return kubelet != null && kubelet.alive;
    }

    /** Whether a network plugin runs on a node. */
    boolean network(String name) {
        Kubelet kubelet = kubelets.get(name);
        return kubelet != null && kubelet.network;
    }

    /** A network plugin runs on a node from now on. */
    void networkUp(String name) {
        Kubelet kubelet = kubelets.get(name);
        if (kubelet != null && !kubelet.network) {
            kubelet.network = true;
            report(name);
        }
    }

    /** Whether a node's own network leads to an address. */
    boolean reaches(String name, String host, int port) {
        Kubelet kubelet = kubelets.get(name);
        return kubelet != null && kubelet.reaches.test(host, port);
    }

    /** Whether a node was cordoned or uncordoned since it was reported last. */
    static boolean outdated(Map<String, Object> node) {
        return Tree.flag(node, "spec.unschedulable")
                != list(node, "spec.taints").stream().anyMatch(t -> text(t, "key").equals(UNSCHEDULABLE));
    }

    /** Brings what follows from a node's state up to date after somebody changed the node. */
    void refresh(String name) {
        if (kubelets.containsKey(name) && store.get("nodes", "", name).isPresent()) {
            report(name);
        }
    }

    private void report(String name) {
        Kubelet kubelet = kubelets.get(name);
        Optional<Map<String, Object>> known = store.get("nodes", "", name);
        Map<String, Object> node = known.map(Tree::copy).orElseGet(() -> fresh(kubelet.registration));
        Registration r = kubelet.registration;
        boolean ready = kubelet.alive && kubelet.network;
        if (kubelet.alive) {
            Map<String, Object> labels = in(in(node, "metadata"), "labels");
            labels.putAll(labels(r));
            describe(node, r);
        }
        conditions(node, kubelet.alive, ready);
        taints(node, kubelet.alive, ready);
        if (known.isEmpty() || !Tree.same(known.get(), node)) {
            store.put("nodes", node);
        }
    }

    private Map<String, Object> fresh(Registration r) {
        Map<String, Object> node = map("apiVersion", "v1", "kind", "Node", "metadata", resources.metadata("", r.name()));
        int free = ranges++;
        Map<String, Object> spec = in(node, "spec");
        spec.put("podCIDR", cidr(free));
        spec.put("podCIDRs", List.of(cidr(free)));
        List<Object> taints = new ArrayList<>();
        if (r.controlPlane() && !r.schedulable()) {
            taints.add(map("key", CONTROL_PLANE, "effect", "NoSchedule"));
        }
        r.taints().forEach((key, value) -> {
            int colon = value.lastIndexOf(':');
            Map<String, Object> taint = map("key", key, "effect", value.substring(colon + 1));
            if (colon > 0) {
                taint.put("value", value.substring(0, colon));
            }
            taints.add(taint);
        });
        if (!taints.isEmpty()) {
            spec.put("taints", taints);
        }
        return node;
    }

    private static String cidr(int number) {
        return "10." + (244 + number / 256) + "." + number % 256 + ".0/24";
    }

    private static Map<String, Object> labels(Registration r) {
        Map<String, Object> labels = map(
                "beta.kubernetes.io/arch", "amd64",
                "beta.kubernetes.io/os", "linux",
                "kubernetes.io/arch", "amd64",
                "kubernetes.io/hostname", r.name(),
                "kubernetes.io/os", "linux");
        if (r.controlPlane()) {
            labels.put(CONTROL_PLANE, "");
            labels.put("node.kubernetes.io/exclude-from-external-load-balancers", "");
        }
        labels.putAll(r.labels());
        return labels;
    }

    private void describe(Map<String, Object> node, Registration r) {
        Map<String, Object> status = in(node, "status");
        Map<String, Object> capacity =
                map("cpu", Integer.toString(r.cores()), "memory", (long) r.memoryMiB() * 1024 + "Ki", "pods", "110");
        List<Object> addresses = new ArrayList<>();
        r.addresses().forEach(a -> addresses.add(map("type", "InternalIP", "address", a)));
        addresses.add(map("type", "Hostname", "address", r.name()));
        status.put("capacity", capacity);
        status.put("allocatable", capacity);
        status.put("addresses", addresses);
        status.put(
                "nodeInfo",
                map(
                        "machineID", r.machineId(),
                        "systemUUID", r.systemUuid(),
                        "bootID", Tree.uid(node),
                        "kernelVersion", "6.18.8-talos",
                        "osImage", r.os(),
                        "containerRuntimeVersion", "containerd://2.1.6",
                        "kubeletVersion", r.kubelet(),
                        "kubeProxyVersion", "",
                        "operatingSystem", "linux",
                        "architecture", "amd64"));
    }

    private void conditions(Map<String, Object> node, boolean alive, boolean ready) {
        String[][] calm = {
            {"MemoryPressure", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"},
            {"DiskPressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"},
            {"PIDPressure", "KubeletHasSufficientPID", "kubelet has sufficient PID available"}
        };
        String stopped = "Kubelet stopped posting node status.";
        for (String[] c : calm) {
            Conditions.set(
                    node, c[0], alive ? "False" : "Unknown", alive ? c[1] : "NodeStatusUnknown", alive ? c[2] : stopped, 0, now.get());
        }
        if (!alive) {
            Conditions.set(node, "Ready", "Unknown", "NodeStatusUnknown", stopped, 0, now.get());
        } else if (ready) {
            Conditions.set(node, "Ready", "True", "KubeletReady", "kubelet is posting ready status", 0, now.get());
        } else {
            Conditions.set(node, "Ready", "False", "KubeletNotReady", NO_CNI, 0, now.get());
        }
    }

    private static void taints(Map<String, Object> node, boolean alive, boolean ready) {
        List<Object> taints = new ArrayList<>();
        for (Object taint : list(node, "spec.taints")) {
            if (!FOLLOWING.contains(text(taint, "key"))) {
                taints.add(taint);
            }
        }
        if (!ready) {
            taints.add(map("key", alive ? NOT_READY : UNREACHABLE, "effect", "NoSchedule"));
        }
        if (Tree.flag(node, "spec.unschedulable")) {
            taints.add(map("key", UNSCHEDULABLE, "effect", "NoSchedule"));
        }
        Map<String, Object> spec = in(node, "spec");
        spec.remove("taints");
        if (!taints.isEmpty()) {
            spec.put("taints", taints);
        }
    }

    /** Shows a static pod of a control plane, by its mirror in the API. */
    void staticPod(String component, String node, String ip, String image) {
        String name = component + "-" + node;
        Optional<Map<String, Object>> known = store.get("pods", "kube-system", name);
        if (known.isPresent()
                && Conditions.isTrue(known.get(), "Ready")
                && text(known.get(), "status.hostIP").equals(ip)
                && text(Tree.list(known.get(), "spec.containers").get(0), "image").equals(image)) {
            return;
        }
        String started = Conditions.stamp(now.get());
        Map<String, Object> metadata = resources.metadata("kube-system", name);
        metadata.put("labels", map("k8s-app", component, "tier", "control-plane"));
        String hash = Integer.toHexString((name + image + pods++).hashCode());
        metadata.put(
                "annotations",
                map(
                        "kubernetes.io/config.hash", hash,
                        "kubernetes.io/config.mirror", hash,
                        "kubernetes.io/config.seen", started,
                        "kubernetes.io/config.source", "file"));
        store.get("nodes", "", node)
                .ifPresent(owner -> metadata.put(
                        "ownerReferences",
                        List.of(map(
                                "apiVersion", "v1", "kind", "Node", "name", node, "uid", Tree.uid(owner), "controller", true))));
        Map<String, Object> pod = map(
                "apiVersion", "v1",
                "kind", "Pod",
                "metadata", metadata,
                "spec",
                        map(
                                "nodeName", node,
                                "hostNetwork", true,
                                "priorityClassName", "system-cluster-critical",
                                "containers", List.of(map("name", component, "image", image))));
        PodStates.running(pod, ip, ip, now.get());
        store.put("pods", pod);
    }

    static boolean mirror(Map<String, Object> pod) {
        return !Tree.annotation(pod, "kubernetes.io/config.mirror").isEmpty();
    }
}
