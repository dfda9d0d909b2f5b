package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.map;

import io.talospve.testkit.internal.kube.api.ObjectStore.Change;
import io.talospve.testkit.internal.kube.api.Resources.Place;
import io.talospve.testkit.internal.net.HttpsServer.Sink;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import tools.jackson.databind.json.JsonMapper;

/** One watch: writes each change of a resource to a client, as far as its selectors let it through. */
final class Watch {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final ObjectStore store;
    private final Place place;
    private final Predicate<Map<String, Object>> selected;
    private final UnaryOperator<Map<String, Object>> shape;
    private final Sink sink;

    /**
     * A watch.
     *
     * @param selected which objects the client wants
     * @param shape how it wants to see them
     */
    Watch(
            ObjectStore store,
            Place place,
            Predicate<Map<String, Object>> selected,
            UnaryOperator<Map<String, Object>> shape,
            Sink sink) {
        this.store = store;
        this.place = place;
        this.selected = selected;
        this.shape = shape;
        this.sink = sink;
    }

    /**
     * Starts.
     *
     * @param from what the client knows; empty or 0 for nothing
     * @param marked whether the end of what is there already is marked by a bookmark
     */
    void start(String from, boolean marked) {
        String resource = place.type().qualified();
        synchronized (store) {
            if (from.isEmpty() || from.equals("0") || marked) {
                for (Map<String, Object> object : store.list(resource, place.namespace())) {
                    if (selected.test(object)) {
                        send("ADDED", object);
                    }
                }
                if (marked) {
                    bookmark();
                }
            } else {
                Optional<List<Change>> missed = store.since(Long.parseLong(from));
                if (missed.isEmpty()) {
                    sink.send(line(map(
                            "type", "ERROR",
                            "object",
                            ApiError.expired("too old resource version: " + from + " (" + store.revision() + ")")
                                    .status())));
                    sink.end();
                    return;
                }
                missed.get().forEach(this::tell);
            }
            sink.onClose(store.observe(this::tell));
        }
    }

    private void bookmark() {
        Map<String, Object> mark = map(
                "kind", place.type().kind(),
                "apiVersion", place.type().apiVersion(place.version()),
                "metadata",
                map(
                        "resourceVersion", Long.toString(store.revision()),
                        "creationTimestamp", null,
                        "annotations", map("k8s.io/initial-events-end", "true")));
        sink.send(line(map("type", "BOOKMARK", "object", mark)));
    }

    private void tell(Change change) {
        if (!change.resource().equals(place.type().qualified())
                || !place.namespace().isEmpty()
                        && !place.namespace().equals(Tree.namespace(change.object()))) {
            return;
        }
        boolean is = change.kind() != ObjectStore.Kind.DELETED && selected.test(change.object());
        boolean was = change.before() != null && selected.test(change.before());
        if (is) {
            send(was ? "MODIFIED" : "ADDED", change.object());
        } else if (was) {
            send("DELETED", change.object());
        }
    }

    private void send(String type, Map<String, Object> object) {
        sink.send(line(map("type", type, "object", shape.apply(Resources.shown(place, object)))));
    }

    private static byte[] line(Map<String, Object> event) {
        return (JSON.writeValueAsString(event) + "\n").getBytes(StandardCharsets.UTF_8);
    }
}
