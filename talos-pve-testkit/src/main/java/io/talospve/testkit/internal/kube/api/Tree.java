package io.talospve.testkit.internal.kube.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads, builds and copies trees of maps, lists and scalars, which is what Kubernetes objects are. A tree that is stored is
 * never changed; whoever wants to change one copies it first.
 */
public final class Tree {
    private Tree() {}

    /** A map of keys and values in turn. */
    public static Map<String, Object> map(Object... keysAndValues) {
        Map<String, Object> out = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            out.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return out;
    }

    /** The value at a dotted path of map keys, null if there is none. */
    public static @Nullable Object at(@Nullable Object root, String path) {
        Object value = root;
        int from = 0;
        while (from <= path.length()) {
            if (!(value instanceof Map<?, ?> map)) {
                return null;
            }
            int dot = path.indexOf('.', from);
            value = map.get(dot < 0 ? path.substring(from) : path.substring(from, dot));
            from = dot < 0 ? path.length() + 1 : dot + 1;
        }
        return value;
    }

    /** The text at a path, empty if there is none. */
    public static String text(@Nullable Object root, String path) {
        Object value = at(root, path);
        return value == null || value instanceof Map || value instanceof List ? "" : value.toString();
    }

    /** The number at a path, or another one if there is none. */
    public static long number(@Nullable Object root, String path, long otherwise) {
        return at(root, path) instanceof Number number ? number.longValue() : otherwise;
    }

    /** Whether the value at a path is true. */
    public static boolean flag(@Nullable Object root, String path) {
        return Boolean.TRUE.equals(at(root, path));
    }

    /** The list at a path, empty if there is none. */
    @SuppressWarnings("unchecked")
    public static List<Object> list(@Nullable Object root, String path) {
        return at(root, path) instanceof List<?> list ? (List<Object>) list : List.of();
    }

    /** The map at a path, empty if there is none. */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> child(@Nullable Object root, String path) {
        return at(root, path) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    /** A value as a map; must be one. */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> asMap(Object value) {
        return (Map<String, Object>) value;
    }

    /** The map at a key of a tree that may be changed; made if there is none. */
    @SuppressWarnings("unchecked")
    public static Map<String, Object> in(Map<String, Object> root, String key) {
        Object value = root.get(key);
        if (value instanceof Map<?, ?> map) {
            return (Map<String, Object>) map;
        }
        Map<String, Object> made = new LinkedHashMap<>();
        root.put(key, made);
        return made;
    }

    /** A deep copy that may be changed. */
    @SuppressWarnings("unchecked")
    public static <T> T copy(T value) {
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> out = new LinkedHashMap<>();
            map.forEach((key, inner) -> out.put(key, inner == null ? null : copy(inner)));
            return (T) out;
        }
        if (value instanceof List<?> list) {
            List<Object> out = new ArrayList<>(list.size());
            list.forEach(inner -> out.add(inner == null ? null : copy(inner)));
            return (T) out;
        }
        return value;
    }

    /** Whether two trees say the same; numbers are compared by value, not by type. */
    public static boolean same(@Nullable Object a, @Nullable Object b) {
        if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
            return left.size() == right.size()
                    && left.entrySet().stream()
                            .allMatch(e -> right.containsKey(e.getKey()) && same(e.getValue(), right.get(e.getKey())));
        }
        if (a instanceof List<?> left && b instanceof List<?> right) {
            if (left.size() != right.size()) {
                return false;
            }
            for (int i = 0; i < left.size(); i++) {
                if (!same(left.get(i), right.get(i))) {
                    return false;
                }
            }
            return true;
        }
        if (a instanceof Number left && b instanceof Number right) {
            return Double.compare(left.doubleValue(), right.doubleValue()) == 0;
        }
        return a == null ? b == null : a.equals(b);
    }

    /** Name of an object. */
    public static String name(@Nullable Object object) {
        return text(object, "metadata.name");
    }

    /** Namespace of an object, empty for a cluster-scoped one. */
    public static String namespace(@Nullable Object object) {
        return text(object, "metadata.namespace");
    }

    /** UID of an object. */
    public static String uid(@Nullable Object object) {
        return text(object, "metadata.uid");
    }

    /** A label's value, empty if there is none. */
    public static String label(@Nullable Object object, String key) {
        return entry(object, "metadata.labels", key);
    }

    /** An annotation's value, empty if there is none. */
    public static String annotation(@Nullable Object object, String key) {
        return entry(object, "metadata.annotations", key);
    }

    /** The text of a key, which may have dots, in the map at a path. */
    public static String entry(@Nullable Object object, String path, String key) {
        Object value = child(object, path).get(key);
        return value == null ? "" : value.toString();
    }
}
