package io.talospve.testkit.internal.kube.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Fields of an object as managedFields names them (FieldsV1): {@code f:name} for a member, {@code k:{…}} for an item of a
 * list by its keys, {@code v:…} for an item of a set.
 */
final class FieldPaths {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    /** What belongs to the server and to nobody else. */
    private static final Set<String> SERVERS_METADATA = Set.of(
            "name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation", "managedFields", "selfLink",
            "deletionTimestamp", "deletionGracePeriodSeconds", "generateName");

    private FieldPaths() {}

    /** Every field that an object sets. */
    static Set<List<String>> of(Map<String, Object> object, ListKinds kinds) {
        Set<List<String>> out = new LinkedHashSet<>();
        object.forEach((key, value) -> {
            if (key.equals("apiVersion") || key.equals("kind")) {
                return;
            }
            if (key.equals("metadata")) {
                if (value instanceof Map<?, ?>) {
                    Map<String, Object> own = new LinkedHashMap<>(Tree.asMap(value));
                    own.keySet().removeAll(SERVERS_METADATA);
                    members(own, List.of("metadata"), List.of("f:metadata"), kinds, out);
                }
                return;
            }
            value(value, List.of(key), List.of("f:" + key), kinds, out);
        });
        return out;
    }

    private static void members(
            Map<String, Object> map, List<String> names, List<String> path, ListKinds kinds, Set<List<String>> out) {
        map.forEach((key, value) -> value(value, plus(names, key), plus(path, "f:" + key), kinds, out));
    }

    private static void value(
            @Nullable Object value, List<String> names, List<String> path, ListKinds kinds, Set<List<String>> out) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            members(Tree.asMap(map), names, path, kinds, out);
        } else if (value instanceof List<?> list && !list.isEmpty()) {
            ListKind kind = kinds.at(names);
            if (kind.merge() == ListKind.Merge.ATOMIC) {
                out.add(path);
                return;
            }
            for (Object item : list) {
                List<String> here = plus(path, step(item, kind));
                out.add(here);
                if (kind.merge() == ListKind.Merge.BY_KEYS && item instanceof Map<?, ?> fields) {
                    members(Tree.asMap(fields), plus(names, "[]"), here, kinds, out);
                }
            }
        } else {
            out.add(path);
        }
    }

    /** How an item of a list that is not atomic is named. */
    static String step(@Nullable Object item, ListKind kind) {
        if (kind.merge() == ListKind.Merge.SET || !(item instanceof Map)) {
            return "v:" + JSON.writeValueAsString(item);
        }
        return "k:" + JSON.writeValueAsString(keys(item, kind));
    }

    static Map<String, Object> keys(Object item, ListKind kind) {
        Map<String, Object> keys = new TreeMap<>();
        for (String key : kind.keys()) {
            Object value = Tree.asMap(item).get(key);
            if (value != null) {
                keys.put(key, value);
            } else if (key.equals("protocol")) {
                keys.put(key, "TCP");
            }
        }
        return keys;
    }

    /** The value at a path; null if there is none. */
    static @Nullable Object lookup(@Nullable Object root, List<String> path) {
        Object value = root;
        for (String step : path) {
            value = child(value, step);
            if (value == null) {
                return null;
            }
        }
        return value;
    }

    private static @Nullable Object child(@Nullable Object holder, String step) {
        if (step.startsWith("f:")) {
            return holder instanceof Map<?, ?> map ? map.get(step.substring(2)) : null;
        }
        if (!(holder instanceof List<?> list)) {
            return null;
        }
        Object wanted = JSON.readValue(step.substring(2), Object.class);
        for (Object item : list) {
            if (step.startsWith("v:") ? Tree.same(item, wanted) : isItem(item, Tree.asMap(wanted))) {
                return item;
            }
        }
        return null;
    }

    private static boolean isItem(@Nullable Object item, Map<String, Object> keys) {
        return item instanceof Map<?, ?> map
                && keys.entrySet().stream().allMatch(e -> {
                    Object value = map.get(e.getKey());
                    return Tree.same(value == null && e.getKey().equals("protocol") ? "TCP" : value, e.getValue());
                });
    }

    /** Removes what a path leads to, and what is empty then. */
    static void remove(Map<String, Object> root, List<String> path) {
        List<Object> holders = new ArrayList<>();
        Object value = root;
        for (String step : path) {
            holders.add(value);
            value = child(value, step);
            if (value == null) {
                break;
            }
        }
        for (int i = holders.size() - 1; i >= 0; i--) {
            Object inner = child(holders.get(i), path.get(i));
            boolean last = i == path.size() - 1;
            if (inner == null && !last) {
                continue;
            }
            if (!last && !(inner instanceof Map<?, ?> map && map.isEmpty() || inner instanceof List<?> list && list.isEmpty())) {
                return;
            }
            if (i == 0 && !last) {
                // metadata and spec stay, be they empty
                return;
            }
            if (holders.get(i) instanceof List<?> list) {
                list.remove(inner);
            } else {
                Tree.asMap(holders.get(i)).remove(path.get(i).substring(2));
            }
        }
    }

    /** {@code .spec.containers[name="x"].image}. */
    static String shown(List<String> path) {
        StringBuilder out = new StringBuilder();
        for (String step : path) {
            if (step.startsWith("f:")) {
                out.append('.').append(step.substring(2));
            } else if (step.startsWith("v:")) {
                out.append('[').append('=').append(step.substring(2)).append(']');
            } else {
                out.append('[');
                Map<?, ?> keys = JSON.readValue(step.substring(2), Map.class);
                String comma = "";
                for (Map.Entry<?, ?> key : keys.entrySet()) {
                    out.append(comma).append(key.getKey()).append('=').append(JSON.writeValueAsString(key.getValue()));
                    comma = ",";
                }
                out.append(']');
            }
        }
        return out.toString();
    }

    /** As it is stored. */
    static Map<String, Object> encode(Set<List<String>> paths) {
        Map<String, Object> root = new LinkedHashMap<>();
        for (List<String> path : paths) {
            Map<String, Object> at = root;
            for (String step : path) {
                at = Tree.in(at, step);
            }
            if (path.get(path.size() - 1).startsWith("k:")) {
                at.put(".", new LinkedHashMap<>());
            }
        }
        return root;
    }

    /** The paths of what is stored. */
    static Set<List<String>> decode(Map<String, Object> fields) {
        Set<List<String>> out = new LinkedHashSet<>();
        decode(fields, List.of(), out);
        return out;
    }

    private static void decode(Map<String, Object> fields, List<String> path, Set<List<String>> out) {
        if (fields.isEmpty() && !path.isEmpty()) {
            out.add(path);
        }
        fields.forEach((step, inner) -> {
            if (step.equals(".")) {
                out.add(path);
            } else {
                decode(Tree.asMap(inner), plus(path, step), out);
            }
        });
    }

    static List<String> plus(List<String> path, String step) {
        List<String> out = new ArrayList<>(path.size() + 1);
        out.addAll(path);
        out.add(step);
        return out;
    }
}
