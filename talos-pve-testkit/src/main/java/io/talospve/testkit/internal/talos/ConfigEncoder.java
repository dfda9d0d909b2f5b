package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.talos.ConfigSchema.Shape;
import io.talospve.testkit.internal.talos.ConfigSchema.Written;
import io.talospve.testkit.internal.yaml.GoYaml;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Writes decoded documents as Talos writes them back: keys in the order of its types, without what is empty. */
final class ConfigEncoder {
    private ConfigEncoder() {}

    /** A number that is written in octal. */
    private record FileMode(int bits) {
        @Override
        public String toString() {
            return "0o" + Integer.toOctalString(bits);
        }
    }

    /** The YAML of one document. */
    static String encode(Map<String, Object> document) {
        Object kind = document.get("kind");
        Map<String, Object> out = new LinkedHashMap<>();
        for (String header : List.of("apiVersion", "kind")) {
            if (document.containsKey(header)) {
                out.put(header, document.get(header));
            }
        }
        Shape.Struct shape = ConfigSchema.kind(kind == null ? "v1alpha1" : kind.toString())
                .orElseThrow(() -> new IllegalArgumentException("no such kind: " + kind));
        out.putAll(struct(shape, document));
        return GoYaml.write(out);
    }

    private static Map<String, Object> struct(Shape.Struct shape, Map<?, ?> given) {
        Map<String, Object> out = new LinkedHashMap<>();
        shape.fields().forEach((key, field) -> value(field, given.get(key)).ifPresent(written ->
                out.put(key, written == Nothing.NULL ? null : written)));
        return out;
    }

    /** What stands for a pointer to nothing that is written. */
    private enum Nothing {
        NULL
    }

    /** What is written of a field; empty if it is left out. */
    private static Optional<Object> value(Shape shape, @Nullable Object given) {
        if (shape instanceof Shape.Struct struct) {
            boolean leftOut = given == null ? struct.written() != Written.ALWAYS : struct.written() == Written.SET && zero(given);
            return leftOut ? Optional.empty() : Optional.of(struct(struct, given instanceof Map<?, ?> map ? map : Map.of()));
        }
        if (shape instanceof Shape.Listed listed) {
            List<?> items = given instanceof List<?> list ? list : List.of();
            if (items.isEmpty() && listed.written() != Written.ALWAYS) {
                return Optional.empty();
            }
            List<Object> out = new ArrayList<>();
            items.forEach(item -> value(listed.item(), item).ifPresent(out::add));
            return Optional.of(out);
        }
        if (shape instanceof Shape.Keyed keyed) {
            Map<String, Object> out = sorted();
            if (given instanceof Map<?, ?> map) {
                map.forEach((key, item) -> value(keyed.value(), item).ifPresent(one -> out.put(key.toString(), one)));
            }
            return out.isEmpty() ? Optional.empty() : Optional.of(out);
        }
        Shape.Plain plain = (Shape.Plain) shape;
        if (given == null) {
            return plain.written() == Written.ALWAYS ? Optional.of(absent(plain.type())) : Optional.empty();
        }
        return plain.written() == Written.SET && empty(given) ? Optional.empty() : Optional.of(plain(plain.type(), given));
    }

    private static Object absent(String type) {
        return switch (type) {
            case "bool" -> Nothing.NULL;
            case "strings" -> List.of();
            case "int" -> 0;
            case "filemode" -> new FileMode(0);
            case "any" -> Map.of();
            default -> "";
        };
    }

    private static Object plain(String type, Object given) {
        return switch (type) {
            case "filemode" -> new FileMode(((Number) given).intValue());
            case "duration" -> GoDuration.print(GoDuration.parse(given.toString()));
            default -> ordered(given);
        };
    }

    /** The keys of maps in Go's order. */
    private static Object ordered(Object given) {
        if (given instanceof Map<?, ?> map) {
            Map<String, Object> out = sorted();
            map.forEach((key, value) -> out.put(key.toString(), value == null ? Nothing.NULL : ordered(value)));
            out.replaceAll((key, value) -> value == Nothing.NULL ? null : value);
            return out;
        }
        if (given instanceof List<?> list) {
            List<Object> out = new ArrayList<>();
            list.forEach(item -> out.add(item == null ? null : ordered(item)));
            return out;
        }
        return given;
    }

    /** Whether an object has nothing in it at any depth. */
    private static boolean zero(Object value) {
        return value instanceof Map<?, ?> map ? map.values().stream().allMatch(v -> v == null || zero(v)) : empty(value);
    }

    private static boolean empty(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.isEmpty();
        }
        if (value instanceof List<?> list) {
            return list.isEmpty();
        }
        return value.equals("") || value instanceof Number n && n.longValue() == 0 || value.equals(false);
    }

    private static Map<String, Object> sorted() {
        return new TreeMap<>(ConfigEncoder::compareKeys);
    }

    /** Numbers in keys by their value, other characters before letters. */
    private static int compareKeys(String a, String b) {
        int i = 0;
        while (i < a.length() && i < b.length() && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        if (i == a.length() || i == b.length()) {
            return Integer.compare(a.length(), b.length());
        }
        char left = a.charAt(i);
        char right = b.charAt(i);
        if (Character.isDigit(left) && Character.isDigit(right)) {
            int start = i;
            while (start > 0 && Character.isDigit(a.charAt(start - 1))) {
                start--;
            }
            int byValue = number(a, start).compareTo(number(b, start));
            return byValue != 0 ? byValue : Character.compare(left, right);
        }
        if (Character.isLetter(left) != Character.isLetter(right)) {
            boolean afterDigit = i > 0 && Character.isDigit(a.charAt(i - 1));
            return Character.isLetter(left) == afterDigit ? -1 : 1;
        }
        return Character.compare(left, right);
    }

    private static java.math.BigInteger number(String text, int from) {
        int to = from;
        while (to < text.length() && Character.isDigit(text.charAt(to))) {
            to++;
        }
        return new java.math.BigInteger(text.substring(from, to));
    }
}
