package io.talospve.testkit.internal.talos;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import io.talospve.talos.proto.cosi.Event;
import io.talospve.talos.proto.cosi.EventType;
import io.talospve.talos.proto.cosi.Metadata;
import io.talospve.talos.proto.cosi.Resource;
import io.talospve.talos.proto.cosi.Spec;
import io.talospve.testkit.internal.yaml.GoYaml;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The resources of one booted machine, with versions and watches. Not thread-safe: used under the fabric's lock. */
final class Cosi {
    private final Supplier<Instant> now;
    private final Map<Kind, TreeMap<String, Resource>> resources = new HashMap<>();
    private final Map<Kind, Long> events = new HashMap<>();
    private final Map<Kind, Runnable> onDemand = new HashMap<>();
    private final List<Watcher> watchers = new ArrayList<>();
    private final long boot;

    Cosi(Supplier<Instant> now, long boot) {
        this.now = now;
        this.boot = boot;
    }

    /** Namespace and type. */
    record Kind(String namespace, String type) {}

    /** A running watch. */
    final class Watcher {
        private final Kind kind;
        private final Optional<String> id;
        private final Consumer<Event> sink;

        private Watcher(Kind kind, Optional<String> id, Consumer<Event> sink) {
            this.kind = kind;
            this.id = id;
            this.sink = sink;
        }

        void cancel() {
            watchers.remove(this);
        }
    }

    /** Resources of a kind that are only put when somebody first asks for them: there are many of them on every machine. */
    void onDemand(Kind kind, Runnable put) {
        onDemand.put(kind, put);
    }

    /** Whether somebody asked for a kind. */
    boolean asked(Kind kind) {
        return !onDemand.containsKey(kind);
    }

    private void ask(Kind kind) {
        Runnable put = onDemand.remove(kind);
        if (put != null) {
            put.run();
        }
    }

    /** Creates or changes a resource; nothing happens if it is as it should be. */
    void put(String namespace, String type, String id, String owner, Wire proto, Object yaml) {
        put(namespace, type, id, owner, proto.done(), GoYaml.write(yaml));
    }

    /** Creates or changes a resource whose YAML is given as text. */
    void put(String namespace, String type, String id, String owner, ByteString proto, String yaml) {
        Kind kind = new Kind(namespace, type);
        TreeMap<String, Resource> all = resources.computeIfAbsent(kind, k -> new TreeMap<>());
        Resource old = all.get(id);
        Spec spec = Spec.newBuilder().setProtoSpec(proto).setYamlSpec(yaml).build();
        if (old != null && old.getSpec().equals(spec)) {
            return;
        }
        Timestamp stamp = stamp(now.get());
        Metadata.Builder metadata = old == null
                ? Metadata.newBuilder()
                        .setNamespace(namespace)
                        .setType(type)
                        .setId(id)
                        .setVersion("1")
                        .setOwner(owner)
                        .setPhase("running")
                        .setCreated(stamp)
                : old.getMetadata().toBuilder().setVersion(next(old));
        Resource changed = Resource.newBuilder()
                .setMetadata(metadata.setUpdated(stamp))
                .setSpec(spec)
                .build();
        all.put(id, changed);
        tell(kind, old == null ? EventType.CREATED : EventType.UPDATED, changed, old);
    }

    /** Writes a resource that no controller owns: its version grows even when it stays the same. */
    void write(Kind kind, String id, Map<String, String> annotations, ByteString proto, String yaml) {
        TreeMap<String, Resource> all = resources.computeIfAbsent(kind, k -> new TreeMap<>());
        Resource old = all.get(id);
        Timestamp stamp = stamp(now.get());
        Metadata.Builder metadata = old == null
                ? Metadata.newBuilder()
                        .setNamespace(kind.namespace())
                        .setType(kind.type())
                        .setId(id)
                        .setVersion("1")
                        .setPhase("running")
                        .setCreated(stamp)
                : old.getMetadata().toBuilder().setVersion(next(old));
        Resource written = Resource.newBuilder()
                .setMetadata(metadata.setUpdated(stamp).clearAnnotations().putAllAnnotations(annotations))
                .setSpec(Spec.newBuilder().setProtoSpec(proto).setYamlSpec(yaml))
                .build();
        all.put(id, written);
        tell(kind, old == null ? EventType.CREATED : EventType.UPDATED, written, old);
    }

    private static String next(Resource old) {
        return Long.toString(Long.parseLong(old.getMetadata().getVersion()) + 1);
    }

    /** Removes a resource if it is there. */
    void remove(String namespace, String type, String id) {
        Kind kind = new Kind(namespace, type);
        TreeMap<String, Resource> all = resources.get(kind);
        Resource old = all == null ? null : all.remove(id);
        if (old != null) {
            tell(kind, EventType.DESTROYED, old, null);
        }
    }

    Optional<Resource> get(Kind kind, String id) {
        ask(kind);
        TreeMap<String, Resource> all = resources.get(kind);
        return all == null ? Optional.empty() : Optional.ofNullable(all.get(id));
    }

    List<Resource> list(Kind kind) {
        ask(kind);
        TreeMap<String, Resource> all = resources.get(kind);
        return all == null ? List.of() : List.copyOf(all.values());
    }

    Watcher watch(Kind kind, Optional<String> id, Consumer<Event> sink) {
        ask(kind);
        Watcher watcher = new Watcher(kind, id, sink);
        watchers.add(watcher);
        return watcher;
    }

    long bootNumber() {
        return boot;
    }

    /** A position in the events of a kind. */
    ByteString bookmark(Kind kind) {
        return ByteString.copyFrom(ByteBuffer.allocate(16)
                .putLong(boot)
                .putLong(events.getOrDefault(kind, 0L))
                .flip());
    }

    /** What stands for a resource that is not there. */
    Resource absent(Kind kind, String id) {
        Timestamp stamp = stamp(now.get());
        return Resource.newBuilder()
                .setMetadata(Metadata.newBuilder()
                        .setNamespace(kind.namespace())
                        .setType(kind.type())
                        .setId(id)
                        .setVersion("undefined")
                        .setPhase("running")
                        .setCreated(stamp)
                        .setUpdated(stamp))
                .setSpec(Spec.getDefaultInstance())
                .build();
    }

    private void tell(Kind kind, EventType type, Resource resource, @org.jspecify.annotations.Nullable Resource old) {
        events.merge(kind, 1L, Long::sum);
        Event.Builder event = Event.newBuilder()
                .setResource(resource)
                .setEventType(type)
                .setBookmark(bookmark(kind));
        if (old != null) {
            event.setOld(old);
        }
        Event told = event.build();
        for (Watcher watcher : List.copyOf(watchers)) {
            if (watcher.kind.equals(kind)
                    && watcher.id.map(id -> Objects.equals(id, resource.getMetadata().getId())).orElse(true)) {
                watcher.sink.accept(told);
            }
        }
    }

    /** A map that keeps its order. */
    static Map<String, Object> ordered(Object... keysAndValues) {
        Map<String, Object> out = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            out.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return out;
    }

    static Timestamp stamp(Instant instant) {
        return Timestamp.newBuilder()
                .setSeconds(instant.getEpochSecond())
                .setNanos(instant.getNano())
                .build();
    }
}
