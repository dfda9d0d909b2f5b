package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.number;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Objects as rows of a table, for people who look at them with kubectl. */
final class Tables {
    private Tables() {}

    /** A column: its title and what it shows of an object. */
    private record Column(String title, Function<Map<String, Object>, Object> value) {}

    static Map<String, Object> of(ResourceType type, List<Map<String, Object>> objects, String revision, Instant now) {
        List<Column> columns = columns(type, now);
        List<Object> definitions = new ArrayList<>();
        for (Column column : columns) {
            definitions.add(map(
                    "name", column.title(),
                    "type", "string",
                    "format", column.title().equals("Name") ? "name" : "",
                    "description", "",
                    "priority", 0));
        }
        List<Object> rows = new ArrayList<>();
        for (Map<String, Object> object : objects) {
            Map<String, Object> metadata = new LinkedHashMap<>(child(object, "metadata"));
            metadata.remove("managedFields");
            rows.add(map(
                    "cells", columns.stream().map(c -> c.value().apply(object)).toList(),
                    "object", map("kind", "PartialObjectMetadata", "apiVersion", "meta.k8s.io/v1", "metadata", metadata)));
        }
        return map(
                "kind", "Table",
                "apiVersion", "meta.k8s.io/v1",
                "metadata", map("resourceVersion", revision),
                "columnDefinitions", definitions,
                "rows", rows);
    }

    private static List<Column> columns(ResourceType type, Instant now) {
        List<Column> out = new ArrayList<>();
        out.add(new Column("Name", Tree::name));
        switch (type.qualified()) {
            case "nodes" -> {
                out.add(new Column("Status", Tables::nodeStatus));
                out.add(new Column(
                        "Roles",
                        n -> child(n, "metadata.labels").containsKey("node-role.kubernetes.io/control-plane")
                                ? "control-plane"
                                : "<none>"));
            }
            case "pods" -> {
                out.add(new Column("Ready", p -> ready(p) + "/" + list(p, "spec.containers").size()));
                out.add(new Column("Status", Tables::podStatus));
                out.add(new Column("Restarts", p -> Long.toString(list(p, "status.containerStatuses").stream()
                        .mapToLong(c -> number(c, "restartCount", 0))
                        .sum())));
            }
            case "deployments.apps", "statefulsets.apps", "replicasets.apps" -> out.add(new Column(
                    "Ready",
                    d -> number(d, "status.readyReplicas", 0) + "/" + number(d, "spec.replicas", 1)));
            case "daemonsets.apps" -> {
                out.add(new Column("Desired", d -> text(d, "status.desiredNumberScheduled")));
                out.add(new Column("Ready", d -> text(d, "status.numberReady")));
            }
            case "namespaces" -> out.add(new Column("Status", n -> text(n, "status.phase")));
            case "services" -> {
                out.add(new Column("Type", s -> text(s, "spec.type")));
                out.add(new Column("Cluster-IP", s -> text(s, "spec.clusterIP")));
            }
            default -> {
                if (type.custom()) {
                    out.add(new Column("Ready", o -> condition(o, "status")));
                    out.add(new Column("Status", o -> condition(o, "message")));
                }
            }
        }
        out.add(new Column("Age", o -> age(text(o, "metadata.creationTimestamp"), now)));
        if (type.qualified().equals("nodes")) {
            out.add(new Column("Version", n -> text(n, "status.nodeInfo.kubeletVersion")));
        }
        return out;
    }

    private static String condition(Map<String, Object> object, String field) {
        return Conditions.find(object, "Ready").map(c -> text(c, field)).orElse("");
    }

    private static String nodeStatus(Map<String, Object> node) {
        return (Conditions.isTrue(node, "Ready") ? "Ready" : "NotReady")
                + (Tree.flag(node, "spec.unschedulable") ? ",SchedulingDisabled" : "");
    }

    private static long ready(Map<String, Object> pod) {
        return list(pod, "status.containerStatuses").stream()
                .filter(c -> Tree.flag(c, "ready"))
                .count();
    }

    private static String podStatus(Map<String, Object> pod) {
        for (String statuses : List.of("status.initContainerStatuses", "status.containerStatuses")) {
            for (Object container : list(pod, statuses)) {
                String waiting = text(container, "state.waiting.reason");
                if (!waiting.isEmpty()) {
                    return waiting;
                }
            }
        }
        String phase = text(pod, "status.phase");
        return phase.equals("Succeeded") ? "Completed" : phase;
    }

    private static String age(String since, Instant now) {
        if (since.isEmpty()) {
            return "<unknown>";
        }
        Duration age = Duration.between(Instant.parse(since), now);
        long seconds = Math.max(0, age.toSeconds());
        return seconds < 120
                ? seconds + "s"
                : age.toMinutes() < 120 ? age.toMinutes() + "m" : age.toHours() < 48 ? age.toHours() + "h" : age.toDays() + "d";
    }
}
