package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.at;
import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.ObjectStore.Change;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.kube.control.PodStart.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The scheduler and what kubelets do with the pods of their nodes. */
final class Pods implements Controller {
    private static final Set<String> CONCERNS =
            Set.of("pods", "nodes", "secrets", "configmaps", "deployments.apps", "serviceaccounts");
    /** How often a pod that does not start is tried again. */
    private static final Duration BACK_OFF = Duration.ofSeconds(10);

    private final ObjectStore store;
    private final Kubelets kubelets;
    private final PodStart start;
    private final Supplier<Instant> now;
    private final Duration startup;
    /** When the pods that are starting will be up, by UID. */
    private final Map<String, Instant> starting = new HashMap<>();
    private ControlLoops.@Nullable Loop loop;

    Pods(ObjectStore store, Kubelets kubelets, PodStart start, Latency latency, Supplier<Instant> now) {
        this.store = store;
        this.kubelets = kubelets;
        this.start = start;
        this.now = now;
        this.startup = latency.scaled(2_000);
    }

    void runs(ControlLoops.Loop own) {
        loop = own;
    }

    @Override
    public boolean concerns(Change change) {
        return CONCERNS.contains(change.resource());
    }

    @Override
    public void reconcile() {
        List<Map<String, Object>> nodes = store.list("nodes", "");
        Set<String> names = new HashSet<>();
        nodes.forEach(node -> names.add(Tree.name(node)));
        nodes.stream().filter(Kubelets::outdated).forEach(node -> kubelets.refresh(Tree.name(node)));
        Map<String, List<Map<String, Object>>> byNode = new HashMap<>();
        List<Map<String, Object>> pods = store.list("pods", "");
        for (Map<String, Object> pod : pods) {
            byNode.computeIfAbsent(text(pod, "spec.nodeName"), n -> new ArrayList<>()).add(pod);
        }
        Set<String> routed = routed(pods);
        Set<String> seen = new HashSet<>();
        boolean stuck = false;
        for (Map<String, Object> pod : pods) {
            seen.add(Tree.uid(pod));
            String node = text(pod, "spec.nodeName");
            if (Kubelets.mirror(pod) || List.of("Succeeded", "Failed").contains(text(pod, "status.phase"))) {
                continue;
            }
            if (node.isEmpty()) {
                schedule(pod, nodes, byNode);
            } else if (!names.contains(node)) {
                store.remove("pods", Tree.namespace(pod), Tree.name(pod));
            } else if (kubelets.alive(node)) {
                stuck |= run(pod, routed.contains(node));
            }
        }
        starting.keySet().retainAll(seen);
        if (stuck && loop != null) {
            loop.after(BACK_OFF);
        }
    }

    /** Nodes on which something makes the addresses of Services lead to their pods. */
    private Set<String> routed(List<Map<String, Object>> pods) {
        boolean cilium = store.get("configmaps", "kube-system", "cilium-config")
                .map(c -> Tree.entry(c, "data", "kube-proxy-replacement"))
                .filter(v -> v.equals("true"))
                .isPresent();
        Set<String> out = new HashSet<>();
        for (Map<String, Object> pod : pods) {
            if (!Conditions.isTrue(pod, "Ready") || !Workloads.ownerKind(pod).equals("daemonset")) {
                continue;
            }
            for (Object container : list(pod, "spec.containers")) {
                String name = text(container, "name");
                if (name.equals("kube-proxy") || cilium && name.equals("cilium-agent")) {
                    out.add(text(pod, "spec.nodeName"));
                }
            }
        }
        return out;
    }

    private void schedule(
            Map<String, Object> pod, List<Map<String, Object>> nodes, Map<String, List<Map<String, Object>>> byNode) {
        Scheduling.Choice choice = Scheduling.choose(pod, nodes, byNode);
        Map<String, Object> out = Tree.copy(pod);
        if (choice.node().isEmpty()) {
            PodStates.unschedulable(out, choice.reason(), now.get());
        } else {
            in(out, "spec").put("nodeName", choice.node());
            Conditions.set(out, "PodScheduled", "True", "", "", 0, now.get());
            byNode.computeIfAbsent(choice.node(), n -> new ArrayList<>()).add(out);
        }
        if (!Tree.same(pod, out)) {
            store.put("pods", out);
        }
    }

    /**
     * One look of a kubelet at one of its pods.
     *
     * @return whether it is stuck in a way that nothing in the cluster may ever announce
     */
    private boolean run(Map<String, Object> pod, boolean services) {
        boolean ready = Conditions.isTrue(pod, "Ready");
        if (ready && text(pod, "spec.restartPolicy").equals("Always")) {
            // what runs goes on running, whatever happens to what it once read
            return false;
        }
        Verdict verdict = ready ? new Verdict.Runs() : start.look(pod, services);
        Map<String, Object> out = Tree.copy(pod);
        boolean stuck = false;
        if (verdict instanceof Verdict.Waits waits) {
            starting.remove(Tree.uid(pod));
            PodStates.waiting(out, waits.container(), waits.reason(), waits.message(), waits.ended(), now.get());
            stuck = true;
        } else {
            Instant up = starting.computeIfAbsent(Tree.uid(pod), uid -> now.get().plus(startup));
            if (Conditions.isTrue(pod, "Ready")) {
                up = now.get();
            }
            if (up.isAfter(now.get())) {
                in(out, "status").putIfAbsent("startTime", Conditions.stamp(now.get()));
                again(Duration.between(now.get(), up));
            } else if (verdict instanceof Verdict.Unready unready) {
                PodStates.unready(out, unready.container(), now.get());
            } else if (Conditions.isTrue(pod, "Ready") && text(pod, "spec.restartPolicy").matches("Never|OnFailure")) {
                PodStates.succeeded(out, now.get());
            } else if (!Conditions.isTrue(pod, "Ready")) {
                PodStates.running(out, address(pod), podAddress(pod), now.get());
                network(out);
                if (text(pod, "spec.restartPolicy").matches("Never|OnFailure")) {
                    again(startup);
                }
            }
        }
        if (!Tree.same(pod, out)) {
            store.put("pods", out);
        }
        return stuck;
    }

    private void again(Duration delay) {
        if (loop != null) {
            loop.after(delay);
        }
    }

    private String address(Map<String, Object> pod) {
        return store.get("nodes", "", text(pod, "spec.nodeName"))
                .map(node -> list(node, "status.addresses").stream()
                        .filter(a -> text(a, "type").equals("InternalIP"))
                        .map(a -> text(a, "address"))
                        .findFirst()
                        .orElse(""))
                .orElse("");
    }

    /** A stable address inside the node's range. */
    private String podAddress(Map<String, Object> pod) {
        if (Tree.flag(pod, "spec.hostNetwork")) {
            return address(pod);
        }
        String range = store.get("nodes", "", text(pod, "spec.nodeName"))
                .map(node -> text(node, "spec.podCIDR"))
                .orElse("10.244.0.0/24");
        return range.substring(0, range.lastIndexOf('.') + 1) + (2 + Math.floorMod(Tree.uid(pod).hashCode(), 250));
    }

    /** A daemon's pod that keeps the node's CNI configuration has written it once it runs. */
    private void network(Map<String, Object> pod) {
        boolean plugin = list(pod, "spec.volumes").stream()
                .anyMatch(v -> text(v, "hostPath.path").startsWith("/etc/cni/net.d"));
        if (plugin && Workloads.ownerKind(pod).equals("daemonset") && at(pod, "spec.nodeName") != null) {
            kubelets.networkUp(text(pod, "spec.nodeName"));
        }
    }
}
