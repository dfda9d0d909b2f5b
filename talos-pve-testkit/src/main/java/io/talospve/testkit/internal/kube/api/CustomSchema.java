package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.at;
import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.flag;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.ApiError.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * The structural schema of one version of a custom resource: what it drops, what it fills in, what it refuses, and how its
 * lists merge. Rules in CEL are not evaluated. Immutable.
 */
public final class CustomSchema {
    private final Map<String, Object> root;

    CustomSchema(Map<String, Object> root) {
        this.root = root;
    }

    /**
     * Drops fields that the schema does not know.
     *
     * @return their paths, {@code spec.foo}
     */
    List<String> prune(Map<String, Object> object) {
        List<String> unknown = new ArrayList<>();
        for (String key : List.copyOf(object.keySet())) {
            if (List.of("apiVersion", "kind", "metadata").contains(key)) {
                continue;
            }
            prune(object, key, root, "", unknown);
        }
        return unknown;
    }

    private static void prune(
            Map<String, Object> holder, String key, Map<String, Object> schema, String path, List<String> unknown) {
        Map<String, Object> inner = member(schema, key);
        String here = path.isEmpty() ? key : path + "." + key;
        if (inner == null) {
            if (!flag(schema, "x-kubernetes-preserve-unknown-fields") && !schema.isEmpty()) {
                holder.remove(key);
                unknown.add(here);
            }
            return;
        }
        Object value = holder.get(key);
        if (value != null) {
            pruneValue(value, inner, here, unknown);
        }
    }

    private static void pruneValue(Object value, Map<String, Object> schema, String path, List<String> unknown) {
        if (value instanceof Map<?, ?>) {
            Map<String, Object> map = Tree.asMap(value);
            for (String key : List.copyOf(map.keySet())) {
                if (flag(schema, "x-kubernetes-embedded-resource")
                        && List.of("apiVersion", "kind", "metadata").contains(key)) {
                    continue;
                }
                prune(map, key, schema, path, unknown);
            }
        } else if (value instanceof List<?> items) {
            Map<String, Object> item = child(schema, "items");
            for (int i = 0; i < items.size(); i++) {
                if (items.get(i) != null && !item.isEmpty()) {
                    pruneValue(Objects.requireNonNull(items.get(i)), item, path + "[" + i + "]", unknown);
                }
            }
        }
    }

    /** Schema of a member, null if it has none. */
    private static @Nullable Map<String, Object> member(Map<String, Object> schema, String key) {
        Map<String, Object> properties = child(schema, "properties");
        if (properties.get(key) instanceof Map<?, ?> known) {
            return Tree.asMap(known);
        }
        Object additional = schema.get("additionalProperties");
        if (additional instanceof Map<?, ?> known) {
            return Tree.asMap(known);
        }
        return Boolean.TRUE.equals(additional) ? Map.of("x-kubernetes-preserve-unknown-fields", true) : null;
    }

    /** Fills in what the schema has a default for. */
    void fill(Map<String, Object> object) {
        fill(object, root);
    }

    private static void fill(Object value, Map<String, Object> schema) {
        if (value instanceof Map<?, ?>) {
            Map<String, Object> map = Tree.asMap(value);
            child(schema, "properties").forEach((key, inner) -> {
                Object standard = at(inner, "default");
                if (standard != null && map.get(key) == null) {
                    map.put(key, Tree.copy(standard));
                }
                if (map.get(key) != null) {
                    fill(map.get(key), Tree.asMap(inner));
                }
            });
            if (schema.get("additionalProperties") instanceof Map<?, ?> additional) {
                map.values().forEach(inner -> {
                    if (inner != null) {
                        fill(inner, Tree.asMap(additional));
                    }
                });
            }
        } else if (value instanceof List<?> items) {
            items.forEach(item -> {
                if (item != null) {
                    fill(item, child(schema, "items"));
                }
            });
        }
    }

    /** What the schema refuses. */
    List<Cause> problems(Map<String, Object> object) {
        List<Cause> out = new ArrayList<>();
        child(root, "properties").forEach((key, inner) -> {
            if (!key.equals("metadata") && object.get(key) != null) {
                check(object.get(key), Tree.asMap(inner), key, out);
            }
        });
        for (Object required : list(root, "required")) {
            if (object.get(required.toString()) == null) {
                out.add(Cause.required(required.toString(), ""));
            }
        }
        return out;
    }

    private static void check(@Nullable Object value, Map<String, Object> schema, String path, List<Cause> out) {
        if (value == null) {
            if (!flag(schema, "nullable") && schema.containsKey("type")) {
                out.add(new Cause(
                        "FieldValueTypeInvalid",
                        path,
                        "Invalid value: \"null\": " + path + " in body must be of type " + text(schema, "type")
                                + ": \"null\""));
            }
            return;
        }
        String type = text(schema, "type");
        boolean either = flag(schema, "x-kubernetes-int-or-string");
        if (!either && !type.isEmpty() && !isOf(value, type)) {
            out.add(new Cause(
                    "FieldValueTypeInvalid",
                    path,
                    "Invalid value: \"" + shown(value) + "\": " + path + " in body must be of type " + type + ": \""
                            + shown(value) + "\""));
            return;
        }
        List<Object> allowed = list(schema, "enum");
        if (!allowed.isEmpty() && allowed.stream().noneMatch(a -> Tree.same(a, value))) {
            out.add(Cause.unsupported(path, value, allowed));
        }
        if (value instanceof String text) {
            checkText(text, schema, path, out);
        } else if (value instanceof Number number) {
            if (at(schema, "minimum") instanceof Number least && number.doubleValue() < least.doubleValue()) {
                out.add(Cause.invalid(
                        path, number, path + " in body should be greater than or equal to " + least));
            }
            if (at(schema, "maximum") instanceof Number most && number.doubleValue() > most.doubleValue()) {
                out.add(Cause.invalid(path, number, path + " in body should be less than or equal to " + most));
            }
        } else if (value instanceof List<?> items) {
            if (at(schema, "minItems") instanceof Number least && items.size() < least.intValue()) {
                out.add(Cause.invalid(path, items.size(), path + " in body should have at least " + least + " items"));
            }
            for (int i = 0; i < items.size(); i++) {
                check(items.get(i), child(schema, "items"), path + "[" + i + "]", out);
            }
        } else if (value instanceof Map<?, ?>) {
            checkMap(Tree.asMap(value), schema, path, out);
        }
    }

    private static void checkText(String text, Map<String, Object> schema, String path, List<Cause> out) {
        String pattern = text(schema, "pattern");
        try {
            if (!pattern.isEmpty() && !Pattern.compile(pattern).matcher(text).find()) {
                out.add(Cause.invalid(path, text, path + " in body should match '" + pattern + "'"));
            }
        } catch (PatternSyntaxException notForThisEngine) {
            // a pattern that only Go's engine reads is not checked
        }
        if (at(schema, "minLength") instanceof Number least && text.length() < least.intValue()) {
            out.add(Cause.invalid(path, text, path + " in body should be at least " + least + " chars long"));
        }
        if (at(schema, "maxLength") instanceof Number most && text.length() > most.intValue()) {
            out.add(new Cause("FieldValueTooLong", path, "Too long: may not be more than " + most + " bytes"));
        }
    }

    private static void checkMap(Map<String, Object> map, Map<String, Object> schema, String path, List<Cause> out) {
        for (Object required : list(schema, "required")) {
            if (!map.containsKey(required.toString())) {
                out.add(Cause.required(path + "." + required, ""));
            }
        }
        map.forEach((key, inner) -> {
            Map<String, Object> known = member(schema, key);
            if (known != null && inner != null) {
                check(inner, known, path + "." + key, out);
            }
        });
    }

    private static boolean isOf(Object value, String type) {
        return switch (type) {
            case "object" -> value instanceof Map;
            case "array" -> value instanceof List;
            case "string" -> value instanceof String;
            case "boolean" -> value instanceof Boolean;
            case "integer" -> value instanceof Number number && number.doubleValue() == Math.rint(number.doubleValue());
            case "number" -> value instanceof Number;
            default -> true;
        };
    }

    private static String shown(Object value) {
        return value instanceof Map ? "object" : value instanceof List ? "array" : typeName(value);
    }

    private static String typeName(Object value) {
        return value instanceof String
                ? "string"
                : value instanceof Boolean ? "boolean" : value instanceof Number number
                        && number.doubleValue() == Math.rint(number.doubleValue()) ? "integer" : "number";
    }

    /** How a list below the root merges: keys of a map list, empty for a set, null for an atomic one. */
    ListKind listKind(List<String> path) {
        Map<String, Object> schema = root;
        for (String step : path) {
            Map<String, Object> next = step.equals("[]") ? child(schema, "items") : member(schema, step);
            if (next == null) {
                return ListKind.ATOMIC;
            }
            schema = next;
        }
        return switch (text(schema, "x-kubernetes-list-type")) {
            case "map" -> new ListKind(
                    ListKind.Merge.BY_KEYS,
                    list(schema, "x-kubernetes-list-map-keys").stream().map(String::valueOf).toList());
            case "set" -> ListKind.SET;
            default -> ListKind.ATOMIC;
        };
    }
}
