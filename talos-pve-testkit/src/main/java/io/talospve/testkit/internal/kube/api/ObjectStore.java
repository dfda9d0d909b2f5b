package io.talospve.testkit.internal.kube.api;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The objects in etcd, with a revision that counts every change and a limited history of changes. Its monitor makes a read
 * and a following write one; listeners are called under it and must neither block nor take another lock.
 */
public final class ObjectStore {
    /** As many changes as a watch may lag behind. */
    private static final int HISTORY = 10_000;

    private final Map<String, NavigableMap<String, Map<String, Object>>> objects = new HashMap<>();
    private final Deque<Change> history = new ArrayDeque<>();
    private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();
    private long revision = 1;
    private long forgotten;

    /** An empty store. */
    public ObjectStore() {}

    /** What happened to an object. */
    public enum Kind {
        /** It is new. */
        ADDED,
        /** It is another than before. */
        MODIFIED,
        /** It is gone. */
        DELETED
    }

    /**
     * A change.
     *
     * @param revision its number
     * @param kind what happened
     * @param resource {@code deployments.apps}
     * @param object the object after it; of a deleted one its last state with the revision of the deletion
     * @param before the object before it, null if there was none
     */
    public record Change(
            long revision,
            Kind kind,
            String resource,
            Map<String, Object> object,
            @Nullable Map<String, Object> before) {}

    /** The number of the last change. */
    public synchronized long revision() {
        return revision;
    }

    /** An object, not to be changed. */
    public synchronized Optional<Map<String, Object>> get(String resource, String namespace, String name) {
        NavigableMap<String, Map<String, Object>> all = objects.get(resource);
        return all == null ? Optional.empty() : Optional.ofNullable(all.get(key(namespace, name)));
    }

    /** The objects of a resource by namespace and name, in one namespace or, if that is empty, in all. */
    public synchronized List<Map<String, Object>> list(String resource, String namespace) {
        NavigableMap<String, Map<String, Object>> all = objects.get(resource);
        if (all == null) {
            return List.of();
        }
        return List.copyOf((namespace.isEmpty() ? all : all.subMap(namespace + "/", namespace + "0")).values());
    }

    /** Resources that have objects. */
    public synchronized List<String> resources() {
        return List.copyOf(objects.keySet());
    }

    /**
     * Writes an object.
     *
     * @param object the object; becomes the store's own and gets a resourceVersion
     */
    public synchronized Map<String, Object> put(String resource, Map<String, Object> object) {
        NavigableMap<String, Map<String, Object>> all = objects.computeIfAbsent(resource, r -> new TreeMap<>());
        String key = key(Tree.namespace(object), Tree.name(object));
        Map<String, Object> before = all.get(key);
        Tree.in(object, "metadata").put("resourceVersion", Long.toString(++revision));
        all.put(key, object);
        changed(new Change(revision, before == null ? Kind.ADDED : Kind.MODIFIED, resource, object, before));
        return object;
    }

    /** Removes an object; false if there is none. */
    public synchronized boolean remove(String resource, String namespace, String name) {
        NavigableMap<String, Map<String, Object>> all = objects.get(resource);
        Map<String, Object> last = all == null ? null : all.remove(key(namespace, name));
        if (last == null) {
            return false;
        }
        Map<String, Object> gone = new java.util.LinkedHashMap<>(last);
        Map<String, Object> metadata = new java.util.LinkedHashMap<>(Tree.child(last, "metadata"));
        metadata.put("resourceVersion", Long.toString(++revision));
        gone.put("metadata", metadata);
        changed(new Change(revision, Kind.DELETED, resource, gone, last));
        return true;
    }

    private void changed(Change change) {
        history.add(change);
        if (history.size() > HISTORY) {
            forgotten = history.remove().revision();
        }
        listeners.forEach(listener -> listener.accept(change));
    }

    /**
     * The changes after a revision.
     *
     * @return empty if they are no longer all known
     */
    public synchronized Optional<List<Change>> since(long after) {
        if (after < forgotten) {
            return Optional.empty();
        }
        List<Change> out = new ArrayList<>();
        for (java.util.Iterator<Change> i = history.descendingIterator(); i.hasNext(); ) {
            Change change = i.next();
            if (change.revision() <= after) {
                break;
            }
            out.add(change);
        }
        java.util.Collections.reverse(out);
        return Optional.of(out);
    }

    /** Sees every change from now on; running the result ends that. */
    public synchronized Runnable observe(Consumer<Change> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private static String key(String namespace, String name) {
        return namespace + "/" + name;
    }
}
