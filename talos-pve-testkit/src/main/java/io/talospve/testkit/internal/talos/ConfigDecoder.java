package io.talospve.testkit.internal.talos;

import io.talospve.spec.Cidr;
import io.talospve.testkit.internal.talos.ConfigSchema.Shape;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Turns the nodes of one document into values by its schema, collecting wrong types and unknown keys as Go does. */
final class ConfigDecoder {
    private static final Pattern DURATION = Pattern.compile("-?([0-9.]+(ns|us|µs|ms|s|m|h))+|0");
    private static final Pattern SIZE = Pattern.compile("-?\\d+(\\.\\d+)?\\s*([kKMGTP]i?B?|B)?|\\d+%");
    private static final List<String> BOND_MODES = List.of(
            "balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb");

    private final List<String> wrong = new ArrayList<>();

    /** Types that did not fit, one line each with its line number. */
    List<String> wrong() {
        return wrong;
    }

    /** The value of a node, decoded without a schema. */
    static @Nullable Object plain(Node node) {
        if (node instanceof MappingNode map) {
            Map<String, Object> out = new LinkedHashMap<>();
            for (NodeTuple tuple : map.getValue()) {
                out.put(key(tuple), plain(tuple.getValueNode()));
            }
            return out;
        }
        if (node instanceof SequenceNode list) {
            List<Object> out = new ArrayList<>();
            list.getValue().forEach(item -> out.add(plain(item)));
            return out;
        }
        ScalarNode scalar = (ScalarNode) node;
        if (scalar.getTag().equals(Tag.NULL)) {
            return null;
        }
        if (scalar.getTag().equals(Tag.BOOL)) {
            return Boolean.valueOf(scalar.getValue());
        }
        if (scalar.getTag().equals(Tag.INT)) {
            return new java.math.BigInteger(scalar.getValue().replace("+", "")).bitLength() < 32
                    ? (Object) Integer.valueOf(scalar.getValue().replace("+", ""))
                    : new java.math.BigInteger(scalar.getValue().replace("+", ""));
        }
        if (scalar.getTag().equals(Tag.FLOAT)) {
            return Double.valueOf(scalar.getValue());
        }
        return scalar.getValue();
    }

    static String key(NodeTuple tuple) {
        return tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : tuple.getKeyNode().toString();
    }

    /**
     * Decodes an object.
     *
     * @param unknown gets the keys that the schema does not have, with what is below them
     */
    Map<String, Object> struct(MappingNode node, Shape.Struct shape, Map<String, Object> unknown) {
        Map<String, Object> out = new LinkedHashMap<>();
        for (NodeTuple tuple : node.getValue()) {
            String key = key(tuple);
            Shape field = shape.fields().get(key);
            if (field == null) {
                unknown.put(key, plain(tuple.getValueNode()));
                continue;
            }
            Object value = value(tuple.getValueNode(), field, key, unknown);
            if (value != null) {
                out.put(key, value);
            }
        }
        return out;
    }

    private @Nullable Object value(Node node, Shape shape, String key, Map<String, Object> unknown) {
        if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL)) {
            return null;
        }
        if (shape instanceof Shape.Struct struct) {
            if (!(node instanceof MappingNode map)) {
                return mismatch(node, "v1alpha1." + Character.toUpperCase(key.charAt(0)) + key.substring(1) + "Config");
            }
            Map<String, Object> below = new TreeMap<>();
            Object out = struct(map, struct, below);
            if (!below.isEmpty()) {
                unknown.put(key, below);
            }
            return out;
        }
        if (shape instanceof Shape.Listed listed) {
            if (!(node instanceof SequenceNode list)) {
                return mismatch(node, "[]" + key);
            }
            List<Object> out = new ArrayList<>();
            List<Object> lost = new ArrayList<>();
            for (Node item : list.getValue()) {
                Map<String, Object> below = new TreeMap<>();
                Object one = value(item, listed.item(), key, below);
                if (one != null) {
                    out.add(one);
                }
                if (below.get(key) != null) {
                    lost.add(below.get(key));
                }
            }
            if (!lost.isEmpty()) {
                unknown.put(key, lost);
            }
            return out;
        }
        if (shape instanceof Shape.Keyed keyed) {
            if (!(node instanceof MappingNode map)) {
                return mismatch(node, "map[string]" + key);
            }
            Map<String, Object> out = new LinkedHashMap<>();
            Map<String, Object> lost = new TreeMap<>();
            for (NodeTuple tuple : map.getValue()) {
                Object one = value(tuple.getValueNode(), keyed.value(), key(tuple), lost);
                out.put(key(tuple), one == null ? Map.of() : one);
            }
            if (!lost.isEmpty()) {
                unknown.put(key, lost);
            }
            return out;
        }
        return plainTyped(node, ((Shape.Plain) shape).type());
    }

    private @Nullable Object plainTyped(Node node, String type) {
        switch (type) {
            case "any":
                return plain(node);
            case "strings":
                if (!(node instanceof SequenceNode list)) {
                    return mismatch(node, "[]string");
                }
                List<Object> items = new ArrayList<>();
                list.getValue().forEach(item -> Optional.ofNullable(plainTyped(item, "string")).ifPresent(items::add));
                return items;
            case "stringmap":
                if (!(node instanceof MappingNode map)) {
                    return mismatch(node, "map[string]string");
                }
                Map<String, Object> out = new LinkedHashMap<>();
                for (NodeTuple tuple : map.getValue()) {
                    Object one = plainTyped(tuple.getValueNode(), "string");
                    out.put(key(tuple), one == null ? "" : one);
                }
                return out;
            default:
                return node instanceof ScalarNode scalar ? scalar(scalar, type) : mismatch(node, goName(type));
        }
    }

    private @Nullable Object scalar(ScalarNode node, String type) {
        String text = node.getValue();
        return switch (type) {
            case "bool", "flag" -> node.getTag().equals(Tag.BOOL) ? Boolean.valueOf(text) : mismatch(node, "bool");
            case "int", "filemode" -> {
                // Go's YAML also reads octal and hexadecimal.
                String digits = text.replace("_", "");
                try {
                    yield digits.matches("0[oO]?[0-7]+")
                            ? Integer.valueOf(digits.replaceAll("[oO]", ""), 8)
                            : Long.decode(digits).intValue();
                } catch (NumberFormatException e) {
                    yield mismatch(node, "int");
                }
            }
            case "duration" -> DURATION.matcher(text).matches() ? text : mismatch(node, "time.Duration");
            case "base64" -> base64(node, text);
            case "url" -> url(node, text);
            case "address" -> Cidr.isAddress(text) ? text : problem(node, "ParseAddr(\"" + text + "\"): unable to parse IP");
            case "prefix" -> prefix(node, text);
            case "size" -> SIZE.matcher(text).matches() ? text : problem(node, "failed to parse size \"" + text + "\"");
            case "bondmode" -> BOND_MODES.contains(text) ? text : problem(node, text + " does not belong to BondMode values");
            case "autohostname" -> List.of("stable", "off").contains(text)
                    ? text
                    : problem(node, text + " does not belong to AutoHostnameKind values");
            default -> text;
        };
    }

    private @Nullable Object base64(Node node, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (!(Character.isLetterOrDigit(c) && c < 128 || c == '+' || c == '/' || c == '=' || c == '\n')) {
                return problem(node, "illegal base64 data at input byte " + i);
            }
        }
        try {
            Base64.getDecoder().decode(text.replace("\n", ""));
            return text.replace("\n", "");
        } catch (IllegalArgumentException e) {
            return problem(node, "illegal base64 data at input byte " + (text.length() - text.length() % 4));
        }
    }

    private @Nullable Object url(Node node, String text) {
        int colon = text.indexOf(':');
        int slash = text.indexOf('/');
        boolean scheme = colon > 0 && text.substring(0, colon).matches("[A-Za-z][A-Za-z0-9+.-]*");
        if (colon >= 0 && !scheme && (slash < 0 || colon < slash)) {
            return problem(node, "parse \"" + text + "\": first path segment in URL cannot contain colon");
        }
        try {
            new java.net.URI(text);
            return text;
        } catch (java.net.URISyntaxException e) {
            return problem(node, "parse \"" + text + "\": invalid URL");
        }
    }

    private @Nullable Object prefix(Node node, String text) {
        if (text.indexOf('/') < 0) {
            return problem(node, "netip.ParsePrefix(\"" + text + "\"): no '/'");
        }
        try {
            Cidr.parse(text);
            return text;
        } catch (IllegalArgumentException e) {
            String address = text.substring(0, text.indexOf('/'));
            return problem(
                    node,
                    Cidr.isAddress(address)
                            ? "netip.ParsePrefix(\"" + text + "\"): prefix length out of range"
                            : "netip.ParsePrefix(\"" + text + "\"): ParseAddr(\"" + address + "\"): unable to parse IP");
        }
    }

    private @Nullable Object mismatch(Node node, String goType) {
        String found;
        if (node instanceof ScalarNode scalar) {
            String text = scalar.getValue();
            found = tag(scalar) + " `" + (text.length() > 10 ? text.substring(0, 7) + "..." : text) + "`";
        } else {
            found = node instanceof MappingNode ? "!!map" : "!!seq";
        }
        return problem(node, "cannot unmarshal " + found + " into " + goType);
    }

    private static String tag(ScalarNode node) {
        Tag tag = node.getTag();
        return tag.equals(Tag.BOOL) ? "!!bool" : tag.equals(Tag.INT) ? "!!int" : tag.equals(Tag.FLOAT) ? "!!float" : "!!str";
    }

    private static String goName(String type) {
        return switch (type) {
            case "flag" -> "bool";
            case "filemode" -> "int";
            case "duration" -> "time.Duration";
            case "base64" -> "v1alpha1.Base64Bytes";
            case "url" -> "v1alpha1.Endpoint";
            case "address" -> "netip.Addr";
            case "prefix" -> "netip.Prefix";
            default -> type;
        };
    }

    private @Nullable Object problem(Node node, String text) {
        int line = node.getStartMark().map(m -> m.getLine() + 1).orElse(1);
        wrong.add("line " + line + ": " + text);
        return null;
    }
}
