package io.talospve.talos.config.internal.patch;

import io.talospve.talos.config.internal.patch.FieldType.Anything;
import io.talospve.talos.config.internal.patch.FieldType.Field;
import io.talospve.talos.config.internal.patch.FieldType.ListOf;
import io.talospve.talos.config.internal.patch.FieldType.MapOf;
import io.talospve.talos.config.internal.patch.FieldType.Scalar;
import io.talospve.talos.config.internal.patch.FieldType.Struct;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Merges one tree into another by the rules of Talos: an unset or zero value changes nothing unless zero can be told from
 * unset, lists are appended, replaced, or merged by a key, maps are merged entry by entry. Stateless; makes new trees.
 */
final class Merge {
    private Merge() {}

    static Map<String, Object> struct(Map<String, Object> left, Map<String, Object> right, Struct type, String path) {
        Map<String, Object> merged = new LinkedHashMap<>(left);
        right.forEach((key, value) -> {
            Field field = type.fields().get(key);
            Object result = field == null
                    ? any(left.get(key), value, path + "." + key)
                    : value(left.get(key), value, field, path + "." + key);
            put(merged, key, result);
        });
        type.fields().forEach((name, field) -> {
            if (right.get(name) == null && merged.containsKey(name)) {
                unset(merged, name, field, path);
            }
        });
        return merged;
    }

    /** Talos' expressions and sizes come from the patch even when it does not set them. */
    @SuppressWarnings("unchecked")
    private static void unset(Map<String, Object> merged, String name, Field field, String path) {
        if (field.takenOver()) {
            merged.remove(name);
        } else if (field.type() instanceof Struct struct && !field.optional() && !field.replaced()) {
            merged.put(name, struct((Map<String, Object>) merged.get(name), Map.of(), struct, path + "." + name));
        }
    }

    private static void put(Map<String, Object> map, String key, @Nullable Object value) {
        if (value != null) {
            map.put(key, value);
        }
    }

    @SuppressWarnings("unchecked")
    private static @Nullable Object value(@Nullable Object left, @Nullable Object right, Field field, String path) {
        if (right == null) {
            return left;
        }
        FieldType type = field.type();
        if (type instanceof Struct struct) {
            Map<String, Object> wanted = map(right, path);
            return left == null || field.replaced() ? wanted : struct((Map<String, Object>) left, wanted, struct, path);
        }
        if (type instanceof ListOf list) {
            List<?> wanted = list(right, path);
            return left == null || field.replaced() ? keyed(List.of(), wanted, list, path) : keyed((List<?>) left, wanted, list, path);
        }
        if (type instanceof MapOf map) {
            Map<String, Object> merged = new LinkedHashMap<>(left == null ? Map.of() : (Map<String, Object>) left);
            map(right, path).forEach((key, wanted) -> put(merged, key, value(merged.get(key), wanted, map.element(), path + "." + key)));
            return merged;
        }
        if (type instanceof Anything) {
            return left == null || field.replaced() ? right : any(left, right, path);
        }
        boolean kept = left != null && type != Scalar.BOOL && !field.optional() && isZero(right);
        return kept ? left : right;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> keyed(List<?> left, List<?> right, ListOf type, String path) {
        List<Object> merged = new ArrayList<>(left);
        for (Object element : right) {
            int same = -1;
            if (type.mergedBy().isPresent() && element instanceof Map<?, ?> wanted) {
                ElementKey key = type.mergedBy().get();
                for (int i = 0; i < merged.size() && same < 0; i++) {
                    same = merged.get(i) instanceof Map<?, ?> existing && key.same(existing, wanted) ? i : -1;
                }
            }
            if (same >= 0 && type.element().type() instanceof Struct struct) {
                merged.set(
                        same,
                        struct((Map<String, Object>) merged.get(same), map(element, path), struct, path + "[" + same + "]"));
            } else {
                merged.add(element);
            }
        }
        return merged;
    }

    /** Trees that Talos does not know field by field: the same rules, told by what the values are. */
    @SuppressWarnings("unchecked")
    static @Nullable Object any(@Nullable Object left, @Nullable Object right, String path) {
        if (left == null || right == null) {
            return left == null ? right : left;
        }
        if (left instanceof Map<?, ?> map && right instanceof Map<?, ?> wanted) {
            Map<String, Object> merged = new LinkedHashMap<>((Map<String, Object>) map);
            ((Map<String, Object>) wanted).forEach((key, value) -> put(merged, key, any(merged.get(key), value, path + "." + key)));
            return merged;
        }
        if (left instanceof List<?> list && right instanceof List<?> wanted) {
            List<Object> merged = new ArrayList<>(list);
            merged.addAll(wanted);
            return merged;
        }
        if (kind(left) != kind(right)) {
            throw new PatchException(path + ": the patch has another type of value than the configuration");
        }
        return right instanceof Boolean || !isZero(right) ? right : left;
    }

    private static int kind(Object value) {
        if (value instanceof Number) {
            return value instanceof Double || value instanceof Float ? 1 : 2;
        }
        return value instanceof String ? 3 : value instanceof Boolean ? 4 : value instanceof List ? 5 : 6;
    }

    static boolean isZero(Object value) {
        return value instanceof String text
                ? text.isEmpty()
                : value instanceof Number number && number.doubleValue() == 0;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value, String path) {
        if (value instanceof Map<?, ?>) {
            return (Map<String, Object>) value;
        }
        throw new PatchException(path + ": the patch has " + article(value) + " where a map belongs");
    }

    private static List<?> list(Object value, String path) {
        if (value instanceof List<?> list) {
            return list;
        }
        throw new PatchException(path + ": the patch has " + article(value) + " where a list belongs");
    }

    private static String article(Object value) {
        return value instanceof Map ? "a map" : value instanceof List ? "a list" : "a single value";
    }
}
