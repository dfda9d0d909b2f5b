package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON patch (RFC 6902), JSON merge patch (RFC 7386) and Kubernetes' strategic merge patch. */
final class Patches {
    private Patches() {}

    /** A merge patch on an object that may be changed. */
    static Map<String, Object> merge(Map<String, Object> object, Map<String, Object> patch) {
        patch.forEach((key, value) -> {
            if (value == null) {
                object.remove(key);
            } else if (value instanceof Map<?, ?> map) {
                object.put(key, merge(Tree.in(object, key), Tree.asMap(map)));
            } else {
                object.put(key, Tree.copy(value));
            }
        });
        return object;
    }

    /** A strategic merge patch on an object that may be changed. */
    static Map<String, Object> strategic(
            Map<String, Object> object, Map<String, Object> patch, List<String> names, ListKinds kinds) {
        String directive = String.valueOf(patch.get("$patch"));
        if (directive.equals("replace")) {
            Map<String, Object> replaced = Tree.copy(patch);
            replaced.remove("$patch");
            return replaced;
        }
        if (directive.equals("delete")) {
            return new LinkedHashMap<>();
        }
        patch.forEach((key, value) -> {
            if (key.startsWith("$setElementOrder/") || key.startsWith("$retainKeys") || key.equals("$patch")) {
                return;
            }
            if (key.startsWith("$deleteFromPrimitiveList/") && value instanceof List<?> gone) {
                String list = key.substring(key.indexOf('/') + 1);
                List<Object> left = new ArrayList<>(Tree.list(object, list));
                left.removeAll(gone);
                object.put(list, left);
                return;
            }
            List<String> here = FieldPaths.plus(names, key);
            if (value == null) {
                object.remove(key);
            } else if (value instanceof Map<?, ?> map) {
                object.put(key, strategic(Tree.in(object, key), Tree.asMap(map), here, kinds));
            } else if (value instanceof List<?> list) {
                object.put(key, strategic(object.get(key), list, here, kinds));
            } else {
                object.put(key, value);
            }
        });
        return object;
    }

    private static List<Object> strategic(@Nullable Object old, List<?> patch, List<String> names, ListKinds kinds) {
        // a Service's ports merge by the port alone here, unlike on apply
        ListKind kind = names.equals(List.of("spec", "ports")) ? ListKind.by("port") : kinds.at(names);
        boolean replace = patch.stream().anyMatch(i -> text(i, "$patch").equals("replace"));
        if (!(old instanceof List<?> live) || kind.merge() == ListKind.Merge.ATOMIC || replace) {
            List<Object> out = new ArrayList<>(Tree.copy(patch));
            out.removeIf(i -> i instanceof Map<?, ?> map && map.containsKey("$patch"));
            return out;
        }
        Map<String, Object> items = new LinkedHashMap<>();
        live.forEach(item -> items.put(FieldPaths.step(item, kind), item));
        for (Object item : patch) {
            String step = FieldPaths.step(item, kind);
            if (text(item, "$patch").equals("delete")) {
                items.remove(step);
            } else if (item instanceof Map<?, ?> map && items.get(step) instanceof Map<?, ?> was) {
                items.put(step, strategic(Tree.asMap(was), Tree.asMap(map), FieldPaths.plus(names, "[]"), kinds));
            } else {
                items.put(step, Tree.copy(item));
            }
        }
        return new ArrayList<>(items.values());
    }

    /** A JSON patch on an object that may be changed. */
    static Map<String, Object> json(Map<String, Object> object, List<?> operations) {
        Object root = object;
        for (Object operation : operations) {
            String kind = text(operation, "op");
            String path = text(operation, "path");
            Object value = operation instanceof Map<?, ?> map ? map.get("value") : null;
            switch (kind) {
                case "add" -> root = put(root, path, Tree.copy(value), true);
                case "replace" -> {
                    get(root, path, kind);
                    root = put(root, path, Tree.copy(value), false);
                }
                case "remove" -> {
                    get(root, path, kind);
                    remove(root, path);
                }
                case "test" -> {
                    if (!Tree.same(get(root, path, kind), value)) {
                        throw unprocessable("testing value " + path + " failed: test failed");
                    }
                }
                case "move", "copy" -> {
                    String from = text(operation, "from");
                    Object moved = Tree.copy(get(root, from, kind));
                    if (kind.equals("move")) {
                        remove(root, from);
                    }
                    root = put(root, path, moved, true);
                }
                default -> throw ApiError.badRequest("unexpected kind: " + kind);
            }
        }
        return Tree.asMap(root);
    }

    private static ApiError unprocessable(String message) {
        return ApiError.invalid("", "", "", List.of(new ApiError.Cause("FieldValueInvalid", "patch", message)));
    }

    private static List<String> steps(String pointer) {
        if (pointer.isEmpty()) {
            return List.of();
        }
        List<String> out = new ArrayList<>();
        for (String step : pointer.substring(1).split("/", -1)) {
            out.add(step.replace("~1", "/").replace("~0", "~"));
        }
        return out;
    }

    private static @Nullable Object get(@Nullable Object root, String pointer, String operation) {
        Object value = root;
        for (String step : steps(pointer)) {
            boolean there = value instanceof Map<?, ?> map
                    ? map.containsKey(step)
                    : value instanceof List<?> list && index(step, list.size()) < list.size();
            if (!there) {
                throw unprocessable(operation + " operation does not apply: doc is missing path: \"" + pointer
                        + "\": missing value");
            }
            value = value instanceof Map<?, ?> map
                    ? map.get(step)
                    : ((List<?>) value).get(index(step, ((List<?>) value).size()));
        }
        return value;
    }

    private static int index(String step, int size) {
        if (step.equals("-")) {
            return size;
        }
        try {
            int index = Integer.parseInt(step);
            return index < 0 ? Integer.MAX_VALUE : index;
        } catch (NumberFormatException e) {
            throw unprocessable("invalid index " + step);
        }
    }

    @SuppressWarnings("unchecked")
    private static @Nullable Object put(@Nullable Object root, String pointer, @Nullable Object value, boolean insert) {
        List<String> steps = steps(pointer);
        if (steps.isEmpty()) {
            return value;
        }
        String parent = pointer.substring(0, pointer.lastIndexOf('/'));
        Object holder = get(root, parent, insert ? "add" : "replace");
        String last = steps.get(steps.size() - 1);
        if (holder instanceof List<?>) {
            List<Object> list = (List<Object>) holder;
            int index = index(last, list.size());
            if (index > list.size()) {
                throw unprocessable("add operation does not apply: doc is missing path: \"" + pointer + "\"");
            }
            if (insert) {
                list.add(index, value);
            } else {
                list.set(index, value);
            }
        } else if (holder instanceof Map<?, ?> map) {
            Tree.asMap(map).put(last, value);
        } else {
            throw unprocessable("doc is missing path: \"" + pointer + "\"");
        }
        return root;
    }

    private static void remove(@Nullable Object root, String pointer) {
        List<String> steps = steps(pointer);
        Object holder = get(root, pointer.substring(0, pointer.lastIndexOf('/')), "remove");
        String last = steps.get(steps.size() - 1);
        if (holder instanceof List<?> list) {
            list.remove(index(last, list.size()));
        } else if (holder instanceof Map<?, ?> map) {
            map.remove(last);
        }
    }
}
