package io.talospve.testkit.internal.pve;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One method of one path. Immutable. */
final class Endpoint {
    private final String method;
    private final List<String> path;
    private final Schema schema;
    private final Consumer<Call> permission;
    private final Function<Call, @Nullable Object> work;
    private final boolean privileged;

    /**
     * An endpoint.
     *
     * @param template path with names in braces; a last one named volume takes the rest
     * @param privileged whether pvedaemon does it
     * @param permission throws if the caller may not
     */
    Endpoint(
            String method,
            String template,
            Schema schema,
            boolean privileged,
            Consumer<Call> permission,
            Function<Call, @Nullable Object> work) {
        this.method = method;
        this.path = List.of(template.substring(1).split("/"));
        this.schema = schema;
        this.privileged = privileged;
        this.permission = permission;
        this.work = work;
    }

    String method() {
        return method;
    }

    String template() {
        return "/" + String.join("/", path);
    }

    Schema schema() {
        return schema;
    }

    boolean privileged() {
        return privileged;
    }

    Consumer<Call> permission() {
        return permission;
    }

    Function<Call, @Nullable Object> work() {
        return work;
    }

    /** Parameters in the path if it is this endpoint's; null if not. */
    @Nullable Map<String, Object> match(List<String> parts) {
        boolean rest = path.get(path.size() - 1).equals("{volume}");
        if (rest ? parts.size() < path.size() : parts.size() != path.size()) {
            return null;
        }
        Map<String, Object> found = new java.util.LinkedHashMap<>();
        for (int i = 0; i < path.size(); i++) {
            String template = path.get(i);
            if (!template.startsWith("{")) {
                if (!template.equals(parts.get(i))) {
                    return null;
                }
            } else {
                String name = template.substring(1, template.length() - 1);
                found.put(name, rest && i == path.size() - 1
                        ? String.join("/", parts.subList(i, parts.size()))
                        : parts.get(i));
            }
        }
        return found;
    }
}
