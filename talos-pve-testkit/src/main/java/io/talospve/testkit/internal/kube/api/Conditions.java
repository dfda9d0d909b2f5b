package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads and writes {@code status.conditions}. */
public final class Conditions {
    private Conditions() {}

    /** A time as Kubernetes writes it, to the second. */
    public static String stamp(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /** A condition by type. */
    public static Optional<Map<String, Object>> find(@Nullable Object object, String type) {
        for (Object condition : list(object, "status.conditions")) {
            if (text(condition, "type").equals(type)) {
                return Optional.of(Tree.asMap(condition));
            }
        }
        return Optional.empty();
    }

    /** Whether a condition is True. */
    public static boolean isTrue(@Nullable Object object, String type) {
        return find(object, type).filter(c -> text(c, "status").equals("True")).isPresent();
    }

    /**
     * Sets a condition of an object that may be changed; its transition time moves only with its status.
     *
     * @param observedGeneration generation that it is about, 0 to leave it out
     */
    public static void set(
            Map<String, Object> object,
            String type,
            String status,
            String reason,
            String message,
            long observedGeneration,
            Instant now) {
        Map<String, Object> holder = in(object, "status");
        List<Object> conditions = new ArrayList<>(list(holder, "conditions"));
        Optional<Map<String, Object>> old = find(object, type);
        String since = old.filter(c -> text(c, "status").equals(status))
                .map(c -> text(c, "lastTransitionTime"))
                .orElse(stamp(now));
        Map<String, Object> made = map("type", type, "status", status, "lastTransitionTime", since);
        made.put("reason", reason);
        made.put("message", message);
        if (observedGeneration > 0) {
            made.put("observedGeneration", observedGeneration);
        }
        if (old.isPresent()) {
            conditions.set(conditions.indexOf(old.get()), made);
        } else {
            conditions.add(made);
        }
        holder.put("conditions", conditions);
    }

    /** Takes a condition away from an object that may be changed. */
    public static void remove(Map<String, Object> object, String type) {
        Map<String, Object> holder = in(object, "status");
        List<Object> conditions = new ArrayList<>(list(holder, "conditions"));
        conditions.removeIf(c -> text(c, "type").equals(type));
        holder.put("conditions", conditions);
    }
}
