package io.talospve.health.internal;

import io.talospve.spi.KubernetesApi;
import io.talospve.spi.KubernetesApi.Condition;
import io.talospve.spi.KubernetesApi.KubernetesObject;
import io.talospve.spi.KubernetesApi.ObjectReference;
import io.talospve.spi.KubernetesApi.Pod;
import io.talospve.spi.ObjectCheck;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One look at objects that have to be as they should. What an object says of itself counts only if it is about its present
 * spec. Not thread-safe.
 */
final class ObjectConditions {
    private final ClusterSight sight;
    private final KubernetesApi kubernetes;
    private final Map<String, List<Pod>> pods = new HashMap<>();

    ObjectConditions(ClusterSight sight, KubernetesApi kubernetes) {
        this.sight = sight;
        this.kubernetes = kubernetes;
    }

    Observation observe(List<ObjectCheck> checks) {
        return Observation.of(checks.stream().map(this::complaint).toList());
    }

    /** Why an object is not as it should be, in its own words as far as it has some; empty if it is. */
    private Optional<String> complaint(ObjectCheck check) {
        ObjectReference reference = check.object();
        Optional<KubernetesObject> found = kubernetes.read(sight.kubeconfig(), reference);
        if (found.isEmpty()) {
            return Optional.of("there is no " + reference + " yet");
        }
        KubernetesObject object = found.get();
        Optional<String> why =
                switch (check.kind()) {
                    case DEPLOYMENT_AVAILABLE -> deployment(object).map(text -> text + pod(reference));
                    case DAEMON_SET_READY -> replicas(object, "desiredNumberScheduled", "numberReady")
                            .map(text -> text + pod(reference));
                    case STATEFUL_SET_READY -> replicas(object, "replicas", "readyReplicas")
                            .map(text -> text + pod(reference));
                    case CONDITION_READY -> ready(object);
                    case APPLICATION_SYNCED -> application(object);
                };
        return why.map(text -> reference + " " + text);
    }

    private static Optional<String> deployment(KubernetesObject object) {
        Optional<Condition> available = object.condition("Available");
        if (available.isPresent() && isTrue(available.get()) && isPresent(object, number(object, "observedGeneration"))) {
            return Optional.empty();
        }
        return Optional.of("is not available: "
                + available.map(ObjectConditions::words).filter(text -> !text.isEmpty()).orElse("nothing known yet"));
    }

    private static Optional<String> replicas(KubernetesObject object, String desired, String ready) {
        long wanted = number(object, desired);
        long there = number(object, ready);
        return wanted > 0 && wanted == there && isPresent(object, number(object, "observedGeneration"))
                ? Optional.empty()
                : Optional.of("has " + there + " of " + wanted + " pods ready");
    }

    private static Optional<String> ready(KubernetesObject object) {
        Optional<Condition> ready = object.condition("Ready");
        if (ready.isEmpty()) {
            return Optional.of("has not said whether it is ready");
        }
        long about = ready.get().observedGeneration() > 0
                ? ready.get().observedGeneration()
                : number(object, "observedGeneration");
        if (!isPresent(object, about)) {
            return Optional.of("has not looked at its present spec yet; before: " + words(ready.get()));
        }
        return isTrue(ready.get()) ? Optional.empty() : Optional.of("is not ready: " + words(ready.get()));
    }

    private static Optional<String> application(KubernetesObject object) {
        String sync = object.status().getOrDefault("sync.status", "");
        String health = object.status().getOrDefault("health.status", "");
        if (sync.equals("Synced") && health.equals("Healthy")) {
            return Optional.empty();
        }
        String words = Stream.concat(
                        object.conditions().stream().map(ObjectConditions::words),
                        Stream.of("operationState.message", "health.message")
                                .map(object.status()::get)
                                .filter(Objects::nonNull))
                .filter(text -> !text.isEmpty())
                .distinct()
                .collect(Collectors.joining("; "));
        return Optional.of("is " + (sync.isEmpty() ? "not compared yet" : sync)
                + (health.isEmpty() ? "" : " and " + health) + (words.isEmpty() ? "" : ": " + words));
    }

    /** What the first pod of a workload that is not ready says: the workload itself does not tell. */
    private String pod(ObjectReference workload) {
        return pods.computeIfAbsent(workload.namespace(), namespace -> kubernetes.pods(sight.kubeconfig(), namespace)).stream()
                .filter(pod -> pod.name().startsWith(workload.name() + "-") && !pod.ready() && !pod.reason().isEmpty())
                .findFirst()
                .map(pod -> "; pod " + pod.name() + ": " + pod.reason())
                .orElse("");
    }

    private static boolean isPresent(KubernetesObject object, long observed) {
        return observed >= object.generation();
    }

    private static boolean isTrue(Condition condition) {
        return condition.status().equals("True");
    }

    private static String words(Condition condition) {
        String reason = condition.reason().isEmpty() ? condition.type() : condition.reason();
        return condition.message().isEmpty() ? reason : reason + ": " + condition.message();
    }

    private static long number(KubernetesObject object, String path) {
        try {
            return Long.parseLong(object.status().getOrDefault(path, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
