package io.talospve.talos.internal.yaml;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes maps, lists, strings, numbers, booleans and null as one YAML document, byte for byte as the YAML library that
 * Talos and talosctl use: four spaces, lists indented below their key, block scalars for texts of several lines, its
 * quoting rules. Maps keep the order they iterate in. Stateless.
 */
public final class YamlWriter {
    private static final int STEP = 4;
    /** Longer keys get the explicit form ({@code ? key}), as readers look ahead only so far. */
    private static final int LONGEST_SIMPLE_KEY = 128;

    private final StringBuilder out;

    private YamlWriter(StringBuilder out) {
        this.out = out;
    }

    /**
     * Writes one document.
     *
     * @param document a map (or any other value) of maps, lists, strings, numbers, booleans and null
     * @return its text, with a line break at the end
     * @throws IllegalArgumentException if a value is of another type
     */
    public static String write(Object document) {
        StringBuilder out = new StringBuilder(2048);
        append(out, document);
        return out.toString();
    }

    /**
     * Writes several documents with {@code ---} between them.
     *
     * @param documents the documents in order
     * @return the text
     */
    public static String writeAll(Iterable<? extends Map<String, ?>> documents) {
        StringBuilder out = new StringBuilder(16 * 1024);
        for (Map<String, ?> document : documents) {
            if (out.length() > 0) {
                out.append("---\n");
            }
            append(out, document);
        }
        return out.toString();
    }

    private static void append(StringBuilder out, Object document) {
        YamlWriter writer = new YamlWriter(out);
        if (document instanceof Map<?, ?> map && !map.isEmpty()) {
            writer.map(map, 0);
        } else if (document instanceof List<?> list && !list.isEmpty()) {
            writer.list(list, 0);
        } else {
            writer.scalar(document, 0, false);
            out.append('\n');
        }
    }

    private void map(Map<?, ?> map, int indent) {
        boolean first = true;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (!first) {
                indent(indent);
            }
            first = false;
            String key = (String) entry.getKey();
            if (isSimpleKey(key)) {
                string(key);
                out.append(':');
                mapValue(entry.getValue(), indent, false);
            } else {
                out.append("? ");
                int next = nextStep(indent);
                scalar(key, next, next - indent == STEP);
                out.append('\n');
                indent(indent);
                out.append(':');
                mapValue(entry.getValue(), indent, true);
            }
        }
    }

    private void mapValue(@Nullable Object value, int indent, boolean afterLongKey) {
        boolean map = value instanceof Map<?, ?> m && !m.isEmpty();
        boolean list = value instanceof List<?> l && !l.isEmpty();
        int next = nextStep(indent);
        if (map || list) {
            if (afterLongKey) {
                indent(next - indent - 1);
            } else {
                out.append('\n');
                indent(next);
            }
            if (map) {
                map((Map<?, ?>) value, next);
            } else {
                list((List<?>) value, next);
            }
        } else {
            out.append(' ');
            scalar(value, next, next - indent == STEP);
            out.append('\n');
        }
    }

    private void list(List<?> list, int indent) {
        boolean first = true;
        for (Object item : list) {
            if (!first) {
                indent(indent);
            }
            first = false;
            out.append("- ");
            int next = indent + 2;
            if (item instanceof Map<?, ?> map && !map.isEmpty()) {
                map(map, next);
            } else if (item instanceof List<?> inner && !inner.isEmpty()) {
                list(inner, next);
            } else {
                scalar(item, next, false);
                out.append('\n');
            }
        }
    }

    private static int nextStep(int indent) {
        return (indent + STEP) / STEP * STEP;
    }

    private void indent(int width) {
        out.append(" ".repeat(width));
    }

    /** {@code hintIsTrue}: a block scalar's indentation hint, which is always 4, would tell the truth here. */
    private void scalar(@Nullable Object value, int indent, boolean hintIsTrue) {
        if (value instanceof String text) {
            if (text.indexOf('\n') >= 0 && literalAllowed(text, hintIsTrue)) {
                literal(text, indent);
            } else {
                string(text);
            }
        } else if (value instanceof Double || value instanceof Float || value instanceof BigDecimal) {
            out.append(floating(((Number) value).doubleValue()));
        } else if (value == null || value instanceof Boolean || value instanceof Number) {
            out.append(value);
        } else if (value instanceof Map<?, ?>) {
            out.append("{}");
        } else if (value instanceof List<?>) {
            out.append("[]");
        } else {
            throw new IllegalArgumentException("cannot write a " + value.getClass().getName() + " as YAML");
        }
    }

    private static boolean isSimpleKey(String key) {
        return key.chars().noneMatch(c -> isBreak((char) c)) && utf8Length(key) <= LONGEST_SIMPLE_KEY;
    }

    private static int utf8Length(String text) {
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            length += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return length;
    }

    /** Several lines fit a literal block if they hold a visible character and no spaces before a line's end. */
    private static boolean literalAllowed(String text, boolean hintIsTrue) {
        boolean visible = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            visible |= !Character.isWhitespace(c) && !Character.isSpaceChar(c);
            if (c == ' ' && (i + 1 == text.length() || isBreak(text.charAt(i + 1)))) {
                return false;
            }
            if (c != '\t' && !isPrintable(c) || c == '\u2028' || c == '\u2029') {
                return false;
            }
        }
        char first = text.charAt(0);
        return visible && (hintIsTrue || first != ' ' && !isBreak(first));
    }

    private void literal(String text, int indent) {
        out.append('|');
        char first = text.charAt(0);
        if (first == ' ' || first == '\n') {
            out.append(STEP);
        }
        if (!text.endsWith("\n")) {
            out.append('-');
        } else if (text.endsWith("\n\n")) {
            out.append('+');
        }
        int start = 0;
        int length = text.endsWith("\n") ? text.length() - 1 : text.length();
        while (start <= length) {
            int end = text.indexOf('\n', start);
            end = end < 0 || end > length ? length : end;
            out.append('\n');
            if (end > start) {
                indent(indent);
                out.append(text, start, end);
            }
            start = end + 1;
        }
    }

    private void string(String text) {
        boolean plain = ScalarRules.readsAsString(text);
        boolean oneLine = text.indexOf('\n') < 0;
        if (!plain || !oneLine) {
            doubleQuoted(text);
            return;
        }
        boolean indicators = text.startsWith("---") || text.startsWith("...");
        boolean quotable = true;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\t' || !isPrintable(c) || c == '\u2028' || c == '\u2029') {
                quotable = false;
            }
            indicators |= isIndicator(text, i, c);
        }
        if (!quotable) {
            doubleQuoted(text);
        } else if (indicators || text.charAt(0) == ' ' || text.charAt(text.length() - 1) == ' ') {
            out.append('\'').append(text.replace("'", "''")).append('\'');
        } else {
            out.append(text);
        }
    }

    private static boolean isIndicator(String text, int index, char c) {
        boolean blankFollows = index + 1 == text.length() || text.charAt(index + 1) == ' ' || text.charAt(index + 1) == '\t';
        if (c == ':') {
            return blankFollows;
        }
        if (index == 0) {
            return "#,[]{}&*!|>'\"%@`".indexOf(c) >= 0 || (c == '?' || c == '-') && blankFollows;
        }
        return c == '#' && (text.charAt(index - 1) == ' ' || text.charAt(index - 1) == '\t');
    }

    private void doubleQuoted(String text) {
        out.append('"');
        text.codePoints().forEach(this::escaped);
        out.append('"');
    }

    private void escaped(int c) {
        int known = "\0\u0007\b\t\n\u000b\f\r\u001b\"\\\u0085\u2028\u2029".indexOf(c);
        if (known >= 0) {
            out.append('\\').append("0abtnvfre\"\\NLP".charAt(known));
        } else if (c <= 0xFFFF && isPrintable((char) c)) {
            out.append((char) c);
        } else if (c <= 0xFF) {
            out.append(String.format("\\x%02X", c));
        } else if (c <= 0xFFFF) {
            out.append(String.format("\\u%04X", c));
        } else {
            out.append(String.format("\\U%08X", c));
        }
    }

    private static boolean isBreak(char c) {
        return c == '\n' || c == '\r' || c == '\u0085' || c == '\u2028' || c == '\u2029';
    }

    /** Everything outside the basic plane is escaped: surrogates are not printable here. */
    private static boolean isPrintable(char c) {
        return c == '\n' || c >= 0x20 && c <= 0x7E || c >= 0xA0 && c < 0xD800 || c >= 0xE000 && c < 0xFFFE && c != 0xFEFF;
    }

    /** The shortest form; an exponent below 1e-4 and from 1e+06... on, of two digits at least. */
    private static String floating(double value) {
        if (Double.isNaN(value)) {
            return ".nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? ".inf" : "-.inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0" : "0";
        }
        BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        String digits = exact.unscaledValue().abs().toString();
        int exponent = digits.length() - 1 - exact.scale();
        if (exponent >= -4 && exponent < 6) {
            return exact.toPlainString();
        }
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        return (value < 0 ? "-" : "")
                + digits.charAt(0)
                + fraction
                + String.format("e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
}
