package io.talospve.testkit.internal.pve;

import java.math.BigDecimal;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Rules for one parameter, with the texts that Proxmox has for what breaks them. Immutable. */
final class Param {
    /** JSON type of a parameter. */
    enum Type {
        STRING, INTEGER, NUMBER, BOOLEAN;

        String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /** Checks text that has a form. */
    @FunctionalInterface
    interface Format {
        /** Throws {@link IllegalArgumentException} with Proxmox's text. */
        void check(String value);
    }

    private final String name;
    private final Type type;
    private boolean required;
    private @Nullable BigDecimal minimum;
    private @Nullable BigDecimal maximum;
    private int minLength = -1;
    private int maxLength = -1;
    private List<String> values = List.of();
    private @Nullable Pattern pattern;
    private @Nullable Format format;
    private @Nullable String requires;

    private Param(String name, Type type) {
        this.name = name;
        this.type = type;
    }

    static Param string(String name) {
        return new Param(name, Type.STRING);
    }

    static Param integer(String name) {
        return new Param(name, Type.INTEGER);
    }

    static Param number(String name) {
        return new Param(name, Type.NUMBER);
    }

    static Param bool(String name) {
        return new Param(name, Type.BOOLEAN);
    }

    static Param oneOf(String name, String... allowed) {
        Param p = new Param(name, Type.STRING);
        p.values = List.of(allowed);
        return p;
    }

    Param must() {
        required = true;
        return this;
    }

    Param min(long value) {
        minimum = BigDecimal.valueOf(value);
        return this;
    }

    Param max(long value) {
        maximum = BigDecimal.valueOf(value);
        return this;
    }

    Param minLength(int value) {
        minLength = value;
        return this;
    }

    Param maxLength(int value) {
        maxLength = value;
        return this;
    }

    Param pattern(String regex) {
        pattern = Pattern.compile(regex, Pattern.DOTALL);
        return this;
    }

    Param format(Format value) {
        format = value;
        return this;
    }

    Param requires(String other) {
        requires = other;
        return this;
    }

    String name() {
        return name;
    }

    Type type() {
        return type;
    }

    boolean required() {
        return required;
    }

    @Nullable BigDecimal minimum() {
        return minimum;
    }

    @Nullable BigDecimal maximum() {
        return maximum;
    }

    int maxLength() {
        return maxLength;
    }

    List<String> values() {
        return values;
    }

    /** The rules of its keys, if it is a property string. */
    @Nullable PropertyString propertyString() {
        return format instanceof PropertyString rules ? rules : null;
    }

    @Nullable String requires() {
        return requires;
    }

    /** What is wrong with a value; null if nothing. */
    @Nullable String problem(Object value) {
        if (value instanceof List) {
            return "type check ('" + type.word() + "') failed - got 'ARRAY'";
        }
        String text = String.valueOf(value);
        String wrongType = "type check ('" + type.word() + "') failed - got '" + text + "'";
        switch (type) {
            case BOOLEAN -> {
                return text.equals("0") || text.equals("1") ? null : wrongType;
            }
            case INTEGER -> {
                if (!text.matches("[+-]?\\d{1,18}")) {
                    return wrongType;
                }
            }
            case NUMBER -> {
                if (!text.matches("[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?")) {
                    return wrongType;
                }
            }
            case STRING -> { }
        }
        if (format != null) {
            try {
                format.check(text);
            } catch (IllegalArgumentException e) {
                return "invalid format - " + e.getMessage() + "\n";
            }
        }
        if (pattern != null && !pattern.matcher(text).matches()) {
            return "value does not match the regex pattern";
        }
        if (minLength >= 0 && text.length() < minLength) {
            return "value must be at least " + minLength + " characters long";
        }
        if (maxLength >= 0 && text.length() > maxLength) {
            return "value may only be " + maxLength + " characters long";
        }
        if (type == Type.INTEGER || type == Type.NUMBER) {
            BigDecimal number = new BigDecimal(text.startsWith("+") ? text.substring(1) : text);
            if (minimum != null && number.compareTo(minimum) < 0) {
                return "value must have a minimum value of " + minimum;
            }
            if (maximum != null && number.compareTo(maximum) > 0) {
                return "value must have a maximum value of " + maximum;
            }
        }
        if (!values.isEmpty() && !values.contains(text)) {
            return "value '" + text + "' does not have a value in the enumeration '" + String.join(", ", values) + "'";
        }
        return null;
    }
}
