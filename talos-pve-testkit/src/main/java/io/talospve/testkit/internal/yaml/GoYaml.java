package io.talospve.testkit.internal.yaml;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists and scalars as Go's yaml.v3 does with an indentation of four. Thread-safe. */
public final class GoYaml {
    /** Plain texts that a YAML reader would not take for a string. */
    private static final Pattern NOT_A_STRING = Pattern.compile(
            "|~|null|Null|NULL|true|True|TRUE|false|False|FALSE"
                    + "|y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|<<|="
                    + "|[-+]?[0-9][0-9_]*|[-+]?0[bB][01_]+|[-+]?0[oO]?[0-7_]+|[-+]?0[xX][0-9a-fA-F_]+"
                    + "|[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?"
                    + "|[-+]?\\.(inf|Inf|INF)|\\.(nan|NaN|NAN)"
                    + "|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\\.[0-9_]*)?"
                    + "|\\d{4}-\\d{1,2}-\\d{1,2}([Tt ].*)?");

    private GoYaml() {}

    /** The document of a value made of maps (in their order), lists, strings, numbers and booleans. */
    public static String write(Object value) {
        StringBuilder out = new StringBuilder();
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            map(map, 0, false, out);
        } else if (value instanceof List<?> list && !list.isEmpty()) {
            list(list, 0, out);
        } else {
            out.append(scalar(value, 4)).append('\n');
        }
        return out.toString();
    }

    private static void map(Map<?, ?> map, int indent, boolean firstInline, StringBuilder out) {
        boolean inline = firstInline;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            out.append(inline ? "" : " ".repeat(indent)).append(scalar(entry.getKey(), indent)).append(':');
            inline = false;
            value(entry.getValue(), indent, out);
        }
    }

    private static void value(@Nullable Object value, int indent, StringBuilder out) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            out.append('\n');
            map(map, deeper(indent), false, out);
        } else if (value instanceof List<?> list && !list.isEmpty()) {
            out.append('\n');
            list(list, deeper(indent), out);
        } else {
            out.append(' ').append(scalar(value, deeper(indent))).append('\n');
        }
    }

    /** The next multiple of four: what is below a list's item is indented by two only. */
    private static int deeper(int indent) {
        return (indent + 4) / 4 * 4;
    }

    private static void list(List<?> list, int indent, StringBuilder out) {
        for (Object item : list) {
            out.append(" ".repeat(indent)).append("- ");
            if (item instanceof Map<?, ?> map && !map.isEmpty()) {
                map(map, indent + 2, true, out);
            } else if (item instanceof List<?> inner && !inner.isEmpty()) {
                StringBuilder nested = new StringBuilder();
                list(inner, indent + 2, nested);
                out.append(nested.substring(indent + 2));
            } else {
                out.append(scalar(item, indent + 2)).append('\n');
            }
        }
    }

    private static String scalar(@Nullable Object value, int indent) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Map) {
            return "{}";
        }
        if (value instanceof List) {
            return "[]";
        }
        if (!(value instanceof String text)) {
            return value.toString();
        }
        if (NOT_A_STRING.matcher(text).matches()) {
            return '"' + text + '"';
        }
        if (text.chars().anyMatch(c -> c < 0x20 && c != '\n' || c == 0x7F)) {
            return doubleQuoted(text);
        }
        if (text.indexOf('\n') >= 0) {
            return literal(text, indent);
        }
        return plain(text) ? text : "'" + text.replace("'", "''") + "'";
    }

    private static boolean plain(String text) {
        char first = text.charAt(0);
        if (text.startsWith(" ") || text.endsWith(" ") || text.endsWith(":")
                || "#,[]{}&*!|>'\"%@`".indexOf(first) >= 0
                || (first == '-' || first == '?' || first == ':') && (text.length() == 1 || text.charAt(1) == ' ')
                || text.startsWith("---") || text.startsWith("...")) {
            return false;
        }
        return !text.contains(": ") && !text.contains(" #");
    }

    private static String literal(String text, int indent) {
        String body = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        StringBuilder out = new StringBuilder(text.endsWith("\n") ? "|" : "|-");
        for (String line : body.split("\n", -1)) {
            out.append('\n').append(line.isEmpty() ? "" : " ".repeat(indent) + line);
        }
        return out.toString();
    }

    private static String doubleQuoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\t' -> out.append("\\t");
                case '\r' -> out.append("\\r");
                default -> {
                    if (c < 0x20 || c == 0x7F) {
                        out.append(String.format("\\x%02X", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        return out.append('"').toString();
    }
}
