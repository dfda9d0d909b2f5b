package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.Selectors;
import io.talospve.testkit.internal.kube.api.Tree;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Which node takes a pod: taints, node selectors, required node affinity and pod anti-affinity. Resources are not counted. */
final class Scheduling {
    /** Taints that pods of a daemon set are let past. */
    private static final List<String> DAEMON_NO_SCHEDULE = List.of(
            "node.kubernetes.io/disk-pressure",
            "node.kubernetes.io/memory-pressure",
            "node.kubernetes.io/pid-pressure",
            "node.kubernetes.io/unschedulable");

    private Scheduling() {}

    /**
     * Where a pod goes, or why nowhere.
     *
     * @param node the node, empty if none takes it
     * @param reason why not, empty if one does
     */
    record Choice(String node, String reason) {}

    /** Chooses the node with the fewest pods among those that may take a pod. */
    static Choice choose(
            Map<String, Object> pod, List<Map<String, Object>> nodes, Map<String, List<Map<String, Object>>> podsByNode) {
        Map<String, Integer> reasons = new TreeMap<>();
        List<String> fitting = new ArrayList<>();
        Object spec = pod.get("spec");
        for (Map<String, Object> node : nodes) {
            Optional<String> refused = refusal(spec, node, false)
                    .or(() -> repelled(pod, podsByNode.getOrDefault(Tree.name(node), List.of())));
            if (refused.isPresent()) {
                reasons.merge(refused.get(), 1, Integer::sum);
            } else {
                fitting.add(Tree.name(node));
            }
        }
        if (fitting.isEmpty()) {
            List<String> parts = new ArrayList<>();
            reasons.forEach((reason, count) -> parts.add(count + " " + reason));
            return new Choice(
                    "",
                    nodes.isEmpty()
                            ? "no nodes available to schedule pods"
                            : "0/" + nodes.size() + " nodes are available: " + String.join(", ", parts)
                                    + ". preemption: 0/" + nodes.size() + " nodes are available: " + nodes.size()
                                    + " Preemption is not helpful for scheduling.");
        }
        return new Choice(
                fitting.stream()
                        .min(Comparator.<String>comparingInt(
                                        n -> podsByNode.getOrDefault(n, List.of()).size())
                                .thenComparing(Comparator.naturalOrder()))
                        .orElseThrow(),
                "");
    }

    /** Whether a daemon set puts a pod on a node. */
    static boolean runsDaemon(Object spec, Map<String, Object> node) {
        return refusal(spec, node, true).isEmpty();
    }

    private static Optional<String> refusal(Object spec, Map<String, Object> node, boolean daemon) {
        for (Object taint : list(node, "spec.taints")) {
            String effect = text(taint, "effect");
            if (!effect.equals("PreferNoSchedule")
                    && list(spec, "tolerations").stream().noneMatch(t -> tolerates(t, taint))
                    && !(daemon && DAEMON_NO_SCHEDULE.contains(text(taint, "key")))) {
                return Optional.of(
                        text(taint, "key").equals("node.kubernetes.io/unschedulable")
                                ? "node(s) were unschedulable"
                                : "node(s) had untolerated taint {" + text(taint, "key") + ": " + text(taint, "value") + "}");
            }
        }
        Map<String, Object> labels = child(node, "metadata.labels");
        boolean selected = child(spec, "nodeSelector").entrySet().stream()
                .allMatch(e -> e.getValue().equals(labels.get(e.getKey())));
        List<Object> terms =
                list(spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
        boolean near = terms.isEmpty()
                || terms.stream()
                        .anyMatch(t -> list(t, "matchExpressions").stream()
                                .allMatch(e -> Selectors.expression(e, labels)));
        return selected && near
                ? Optional.empty()
                : Optional.of("node(s) didn't match Pod's node affinity/selector");
    }

    private static boolean tolerates(Object toleration, Object taint) {
        String key = text(toleration, "key");
        String effect = text(toleration, "effect");
        boolean exists = text(toleration, "operator").equals("Exists");
        return (effect.isEmpty() || effect.equals(text(taint, "effect")))
                && (key.isEmpty() ? exists : key.equals(text(taint, "key")))
                && (exists || text(toleration, "value").equals(text(taint, "value")));
    }

    /** Pods that keep each other off a node, and ports that only one can have. */
    private static Optional<String> repelled(Map<String, Object> pod, List<Map<String, Object>> there) {
        for (Object term :
                list(pod, "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution")) {
            for (Map<String, Object> other : there) {
                if (Tree.namespace(other).equals(Tree.namespace(pod))
                        && Selectors.matches(child(term, "labelSelector"), child(other, "metadata.labels"))) {
                    return Optional.of("node(s) didn't match pod anti-affinity rules");
                }
            }
        }
        return Optional.empty();
    }
}
