package io.talospve.testkit.internal.pve;

import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The shape of JSON data: names and kinds, not values. */
final class Shape {
    private Shape() {}

    /** The first difference between two shapes. */
    static Optional<String> difference(String at, JsonNode real, JsonNode ours) {
        if (real.isObject() && ours.isObject()) {
            TreeSet<String> names = new TreeSet<>();
            real.propertyNames().forEach(names::add);
            TreeSet<String> own = new TreeSet<>();
            ours.propertyNames().forEach(own::add);
            if (!names.equals(own)) {
                TreeSet<String> missing = new TreeSet<>(names);
                missing.removeAll(own);
                own.removeAll(names);
                return Optional.of(at + ": missing " + missing + ", too many " + own);
            }
            for (String name : names) {
                Optional<String> found = difference(at + "." + name, real.get(name), ours.get(name));
                if (found.isPresent()) {
                    return found;
                }
            }
            return Optional.empty();
        }
        if (real.isArray() && ours.isArray()) {
            return elements(at, real, ours);
        }
        return kind(real).equals(kind(ours))
                ? Optional.empty()
                : Optional.of(at + ": " + kind(real) + " became " + kind(ours));
    }

    private static Optional<String> elements(String at, JsonNode real, JsonNode ours) {
        TreeMap<String, JsonNode> own = new TreeMap<>();
        ours.forEach(e -> own.putIfAbsent(group(e), e));
        if (real.isEmpty() != ours.isEmpty()) {
            return Optional.of(at + ": " + real.size() + " elements became " + ours.size());
        }
        TreeSet<String> seen = new TreeSet<>();
        for (JsonNode element : real) {
            String group = group(element);
            if (!seen.add(group)) {
                continue;
            }
            JsonNode match = own.get(group);
            if (match == null && element.has("vmid")) {
                match = late(element, ours);
                if (match != null) {
                    continue;
                }
            }
            if (match == null) {
                return Optional.of(at + ": no element " + group + ", but " + own.keySet());
            }
            Optional<String> found = difference(at + "[" + group + "]", element, match);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    /** A machine of which the other hosts have heard in one cluster and not yet in the other: a matter of time. */
    private static @Nullable JsonNode late(JsonNode real, JsonNode ours) {
        for (JsonNode element : ours) {
            boolean same = element.path("id").equals(real.path("id")) && element.path("node").equals(real.path("node"));
            boolean unknown = real.path("status").asString("").equals("unknown")
                    || element.path("status").asString("").equals("unknown");
            if (same && unknown) {
                return element;
            }
        }
        return null;
    }

    private static String group(JsonNode element) {
        StringBuilder group = new StringBuilder();
        for (String name : new String[] {"vmid", "key", "storage", "volid", "type", "status", "content", "node"}) {
            if (element.isObject() && element.path(name).isValueNode() && !element.path(name).isMissingNode()) {
                String value = element.get(name).asString();
                group.append(name.equals("content") && value.contains(",") ? "" : value).append('/');
            }
        }
        return group.toString();
    }

    private static String kind(JsonNode node) {
        return node.isNumber() ? "number" : node.isString() ? "string" : node.isNull() ? "null"
                : node.isObject() ? "object" : node.isArray() ? "array" : "boolean";
    }
}
