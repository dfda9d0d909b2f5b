package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Label and field selectors. */
public final class Selectors {
    private static final Pattern SET = Pattern.compile("\\s*([^\\s!=,()]+)\\s+(in|notin)\\s*\\(([^)]*)\\)\\s*");

    private Selectors() {}

    /** Whether labels match a selector of matchLabels and matchExpressions. */
    public static boolean matches(Map<String, Object> selector, Map<String, Object> labels) {
        for (Map.Entry<String, Object> wanted : child(selector, "matchLabels").entrySet()) {
            if (!Objects.equals(wanted.getValue(), labels.get(wanted.getKey()))) {
                return false;
            }
        }
        return list(selector, "matchExpressions").stream().allMatch(e -> expression(e, labels));
    }

    /** Whether labels match one of {@code key}, {@code operator}, {@code values}. */
    public static boolean expression(Object expression, Map<String, Object> labels) {
        Object value = labels.get(text(expression, "key"));
        boolean listed = list(expression, "values").contains(value);
        return switch (text(expression, "operator")) {
            case "In" -> value != null && listed;
            case "NotIn" -> value == null || !listed;
            case "Exists" -> value != null;
            case "DoesNotExist" -> value == null;
            default -> false;
        };
    }

    /** Reads the query parameter {@code labelSelector}. */
    static Predicate<Map<String, Object>> labels(String selector) {
        Predicate<Map<String, Object>> all = object -> true;
        Matcher none = Pattern.compile("\\s*").matcher(selector);
        if (none.matches()) {
            return all;
        }
        for (String part : selector.split(",(?![^(]*\\))")) {
            all = all.and(label(part.strip()));
        }
        return all;
    }

    private static Predicate<Map<String, Object>> label(String part) {
        Matcher set = SET.matcher(part);
        if (set.matches()) {
            List<String> values = Arrays.stream(set.group(3).split(",")).map(String::strip).toList();
            boolean in = set.group(2).equals("in");
            return object -> {
                Object value = child(object, "metadata.labels").get(set.group(1));
                return in ? value != null && values.contains(value) : value == null || !values.contains(value);
            };
        }
        String[] sides = part.split("!=|==|=", 2);
        if (sides.length == 2) {
            boolean equal = !part.contains("!=");
            return object -> equal
                    == sides[1].strip().equals(child(object, "metadata.labels").get(sides[0].strip()));
        }
        boolean absent = part.startsWith("!");
        String key = absent ? part.substring(1).strip() : part;
        return object -> absent != child(object, "metadata.labels").containsKey(key);
    }

    /** Reads the query parameter {@code fieldSelector}. */
    static Predicate<Map<String, Object>> fields(String selector) {
        Predicate<Map<String, Object>> all = object -> true;
        for (String part : selector.split(",")) {
            if (part.isBlank()) {
                continue;
            }
            String[] sides = part.split("!=|==|=", 2);
            if (sides.length < 2) {
                throw ApiError.badRequest("invalid selector: '" + selector + "'; can't understand '" + part + "'");
            }
            boolean equal = !part.contains("!=");
            all = all.and(object -> equal == text(object, sides[0].strip()).equals(sides[1].strip()));
        }
        return all;
    }
}
