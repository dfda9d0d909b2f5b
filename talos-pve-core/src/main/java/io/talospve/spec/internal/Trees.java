package io.talospve.spec.internal;

import io.talospve.spec.SecretValue;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Plain trees: maps with text keys, lists, texts, numbers, booleans, null. */
public final class Trees {
    private static final int MAX_DEPTH = 64;

    private final boolean secrets;

    private Trees(boolean secrets) {
        this.secrets = secrets;
    }

    /**
     * An immutable copy in canonical form: whole numbers as the smallest of Integer, Long, BigInteger, others as Double.
     *
     * @throws IllegalArgumentException with the path and the reason, if the tree holds anything else
     */
    public static Map<String, Object> copy(Map<String, ?> tree) {
        return new Trees(false).copyMap(tree, "", 0);
    }

    /**
     * {@link #copy} of values of a chart, which may hold {@link SecretValue}s.
     *
     * @throws IllegalArgumentException with the path and the reason, if the tree holds anything else
     */
    public static Map<String, Object> copyValues(Map<String, ?> tree) {
        return new Trees(true).copyMap(tree, "", 0);
    }

    /** {@link #copyValues} of each value. */
    public static Map<String, Map<String, Object>> copyAllValues(Map<String, ? extends Map<String, ?>> trees) {
        Map<String, Map<String, Object>> copies = new LinkedHashMap<>();
        trees.forEach((name, tree) -> copies.put(name, new Trees(true).copyMap(tree, name, 0)));
        return copies;
    }

    private Map<String, Object> copyMap(Map<?, ?> tree, String path, int depth) {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("nested deeper than " + MAX_DEPTH + " levels");
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        tree.forEach((key, value) -> {
            if (!(key instanceof String name) || name.isEmpty()) {
                throw new IllegalArgumentException(at(path) + "a key is not a text");
            }
            copy.put(name, copyValue(value, Mapping.Entries.child(path, name), depth + 1));
        });
        return Collections.unmodifiableMap(copy);
    }

    private @Nullable Object copyValue(@Nullable Object value, String path, int depth) {
        if (value == null || value instanceof String || value instanceof Boolean) {
            return value;
        }
        if (secrets && value instanceof SecretValue) {
            return value;
        }
        if (value instanceof Map<?, ?> map) {
            return copyMap(map, path, depth);
        }
        if (value instanceof List<?> list) {
            if (depth > MAX_DEPTH) {
                throw new IllegalArgumentException("nested deeper than " + MAX_DEPTH + " levels");
            }
            List<@Nullable Object> copy = new ArrayList<>();
            for (Object item : list) {
                copy.add(copyValue(item, path + "[" + copy.size() + "]", depth + 1));
            }
            return Collections.unmodifiableList(copy);
        }
        if (value instanceof BigInteger number) {
            return narrow(number);
        }
        if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) {
            return narrow(BigInteger.valueOf(((Number) value).longValue()));
        }
        if (value instanceof Double || value instanceof Float) {
            try {
                return finite(((Number) value).doubleValue());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(at(path) + e.getMessage(), e);
            }
        }
        throw new IllegalArgumentException(at(path) + value.getClass().getSimpleName()
                + " is not a map, list, text, number or boolean");
    }

    private static String at(String path) {
        return path.isEmpty() ? "" : path + ": ";
    }

    static Number narrow(BigInteger number) {
        if (number.bitLength() < Integer.SIZE) {
            return number.intValueExact();
        }
        return number.bitLength() < Long.SIZE ? (Number) number.longValueExact() : number;
    }

    static Double finite(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            throw new IllegalArgumentException("not a finite number");
        }
        return number;
    }
}
