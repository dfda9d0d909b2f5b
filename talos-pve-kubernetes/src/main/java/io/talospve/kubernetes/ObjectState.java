package io.talospve.kubernetes;

import io.talospve.spi.KubernetesApi.Condition;
import io.talospve.spi.KubernetesApi.KubernetesObject;
import io.talospve.spi.KubernetesApi.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Reads the state of objects out of their JSON; whatever has another form than Kubernetes gives it is left out. */
final class ObjectState {
    private static final int MAX_LEAVES = 500;
    private static final int MAX_DEPTH = 20;
    private static final int MAX_TEXT = 1000;

    private ObjectState() {}

    static KubernetesObject object(JsonNode object) {
        List<Condition> conditions = new ArrayList<>();
        Map<String, String> leaves = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object.path("status").properties()) {
            if (field.getKey().equals("conditions") && field.getValue().isArray()) {
                field.getValue().forEach(condition -> conditions.add(condition(condition)));
            } else {
                collect(field.getKey(), field.getValue(), 1, leaves);
            }
        }
        return new KubernetesObject(object.path("metadata").path("generation").asLong(0), conditions, leaves);
    }

    private static Condition condition(JsonNode condition) {
        return new Condition(
                text(condition.path("type")),
                text(condition.path("status")),
                text(condition.path("reason")),
                text(condition.path("message")),
                condition.path("observedGeneration").asLong(0));
    }

    private static void collect(String path, JsonNode value, int depth, Map<String, String> leaves) {
        if (depth > MAX_DEPTH || leaves.size() >= MAX_LEAVES) {
            return;
        }
        if (value.isObject()) {
            value.properties().forEach(f -> collect(path + "." + f.getKey(), f.getValue(), depth + 1, leaves));
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                collect(path + "." + i, value.get(i), depth + 1, leaves);
            }
        } else if (!value.isNull()) {
            leaves.put(path, text(value));
        }
    }

    static Pod pod(String name, JsonNode pod) {
        Map<String, String> labels = new HashMap<>();
        pod.path("metadata").path("labels").properties().forEach(l -> labels.put(l.getKey(), l.getValue().asString("")));
        boolean ready = object(pod).condition("Ready").filter(c -> c.status().equals("True")).isPresent();
        return new Pod(
                name,
                pod.path("spec").path("nodeName").asString(""),
                ready,
                pod.path("status").path("phase").asString("Unknown"),
                ready ? "" : why(pod),
                pod.path("metadata").path("annotations").has("kubernetes.io/config.mirror"),
                labels);
    }

    /** Why a pod is not ready: what its containers wait for says more than its conditions. */
    private static String why(JsonNode pod) {
        JsonNode status = pod.path("status");
        for (String list : List.of("initContainerStatuses", "containerStatuses")) {
            for (JsonNode container : status.path(list)) {
                JsonNode waiting = container.path("state").path("waiting");
                // PodInitializing only says that an init container is not done, which has its own state
                if (waiting.isObject() && !text(waiting.path("reason")).equals("PodInitializing")) {
                    return container.path("name").asString("") + ": "
                            + words(text(waiting.path("reason")), text(waiting.path("message")));
                }
            }
        }
        if (status.has("reason") || status.has("message")) {
            return words(text(status.path("reason")), text(status.path("message")));
        }
        List<Condition> conditions = object(pod).conditions();
        return conditions.stream()
                .filter(c -> c.type().equals("PodScheduled") && c.status().equals("False"))
                .findFirst()
                .or(() -> conditions.stream().filter(c -> c.type().equals("Ready")).findFirst())
                .map(ObjectState::words)
                .orElse("");
    }

    static String words(Condition condition) {
        return words(condition.reason(), condition.message());
    }

    private static String words(String reason, String message) {
        return reason.isEmpty() || message.isEmpty() ? reason + message : reason + ": " + message;
    }

    private static String text(JsonNode value) {
        String line = value.asString("").replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= MAX_TEXT ? line : line.substring(0, MAX_TEXT) + "…";
    }
}
