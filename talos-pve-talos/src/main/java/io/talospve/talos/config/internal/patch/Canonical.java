package io.talospve.talos.config.internal.patch;

import io.talospve.talos.config.internal.patch.FieldType.Field;
import io.talospve.talos.config.internal.patch.FieldType.ListOf;
import io.talospve.talos.config.internal.patch.FieldType.MapOf;
import io.talospve.talos.config.internal.patch.FieldType.Scalar;
import io.talospve.talos.config.internal.patch.FieldType.Struct;
import io.talospve.talos.internal.yaml.NaturalOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Brings a tree into the form in which Talos writes it: order of keys, empty values left out or written. Stateless. */
final class Canonical {
    private Canonical() {}

    static Map<String, Object> struct(Map<String, Object> tree, Struct type) {
        Map<String, Object> canonical = new LinkedHashMap<>();
        type.fields().forEach((name, field) -> {
            Object value = tree.containsKey(name) && tree.get(name) != null ? value(tree.get(name), field.type()) : zero(field);
            if (!field.omittedWhenEmpty() || !isEmpty(value, field)) {
                canonical.put(name, value);
            }
        });
        tree.forEach((name, value) -> {
            if (!type.fields().containsKey(name)) {
                canonical.put(name, value);
            }
        });
        return canonical;
    }

    @SuppressWarnings("unchecked")
    private static @Nullable Object value(@Nullable Object value, FieldType type) {
        if (type instanceof Struct struct && value instanceof Map<?, ?> map) {
            return struct((Map<String, Object>) map, struct);
        }
        if (type instanceof ListOf list && value instanceof List<?> elements) {
            List<Object> canonical = new ArrayList<>();
            elements.forEach(element -> canonical.add(value(element, list.element().type())));
            return canonical;
        }
        if (type instanceof MapOf map && value instanceof Map<?, ?> entries) {
            Map<String, Object> canonical = new TreeMap<>(NaturalOrder.INSTANCE);
            entries.forEach((key, element) -> canonical.put((String) key, value(element, map.element().type())));
            return canonical;
        }
        if (type instanceof FieldType.Anything) {
            return sorted(value);
        }
        boolean text = type == Scalar.STRING || type == Scalar.TEXT;
        return text && (value instanceof Number || value instanceof Boolean) ? String.valueOf(value) : value;
    }

    private static @Nullable Object sorted(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> sorted = new TreeMap<>(NaturalOrder.INSTANCE);
            map.forEach((key, element) -> sorted.put((String) key, sorted(element)));
            return sorted;
        }
        if (value instanceof List<?> list) {
            List<Object> sorted = new ArrayList<>();
            list.forEach(element -> sorted.add(sorted(element)));
            return sorted;
        }
        return value;
    }

    private static @Nullable Object zero(Field field) {
        if (field.optional()) {
            return null;
        }
        FieldType type = field.type();
        if (type instanceof Struct struct) {
            return struct(Map.of(), struct);
        }
        if (type instanceof ListOf) {
            return List.of();
        }
        if (type instanceof Scalar scalar) {
            return switch (scalar) {
                case STRING, TEXT, BYTES -> "";
                case NUMBER -> 0;
                case BOOL -> false;
            };
        }
        return Map.of();
    }

    private static boolean isEmpty(@Nullable Object value, Field field) {
        if (value == null) {
            return true;
        }
        if (field.optional()) {
            return false;
        }
        if (value instanceof Map<?, ?> map) {
            return map.isEmpty() || field.type() instanceof Struct struct && map.equals(struct(Map.of(), struct));
        }
        return value instanceof List<?> list
                ? list.isEmpty()
                : value instanceof Boolean on ? !on : Merge.isZero(value);
    }
}
