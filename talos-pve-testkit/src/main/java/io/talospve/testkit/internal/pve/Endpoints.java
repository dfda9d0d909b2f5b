package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.PveVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The table of endpoints. Filled once, then only read. */
final class Endpoints {
    private final boolean nine;
    private final List<Endpoint> all = new ArrayList<>();
    private final Map<String, List<Endpoint>> byStart = new HashMap<>();

    Endpoints(PveVersion version) {
        nine = version.nine();
    }

    boolean nine() {
        return nine;
    }

    /** An endpoint found, with the parameters of its path. */
    record Match(Endpoint endpoint, Map<String, Object> params) {}

    Endpoints add(
            String methodAndPath,
            boolean privileged,
            Schema schema,
            Consumer<Call> permission,
            Function<Call, @Nullable Object> work) {
        int blank = methodAndPath.indexOf(' ');
        Endpoint endpoint = new Endpoint(methodAndPath.substring(0, blank), methodAndPath.substring(blank + 1), schema,
                privileged, permission, work);
        all.add(endpoint);
        byStart.computeIfAbsent(start(endpoint.method(), endpoint.template().substring(1).split("/")[0]),
                k -> new ArrayList<>()).add(endpoint);
        return this;
    }

    /** A schema with the parameters of the path and others. */
    Schema schema(List<Param> path, Param... others) {
        List<Param> params = new ArrayList<>(path);
        params.addAll(List.of(others));
        return Schema.of(nine, params);
    }

    private static String start(String method, String first) {
        return method + " " + first;
    }

    Optional<Match> find(String method, List<String> path) {
        if (path.isEmpty()) {
            return Optional.empty();
        }
        for (Endpoint endpoint : byStart.getOrDefault(start(method, path.get(0)), List.of())) {
            Map<String, Object> params = endpoint.match(path);
            if (params != null) {
                return Optional.of(new Match(endpoint, params));
            }
        }
        return Optional.empty();
    }

    List<Endpoint> all() {
        return List.copyOf(all);
    }

    // ---- parameters that many calls have ----

    static Param node() {
        return Param.string("node").must().format(Formats::node);
    }

    static Param vmid() {
        return Param.integer("vmid").must().min(100).max(999_999_999);
    }

    static Param storage() {
        return Param.string("storage").must().format(Formats::storageId);
    }

    static List<Param> onNode() {
        return List.of(node());
    }

    static List<Param> onVm() {
        return List.of(node(), vmid());
    }

    /** Anybody who has logged in. */
    static void anybody(Call call) {
        // the login is all that is asked for
    }
}
