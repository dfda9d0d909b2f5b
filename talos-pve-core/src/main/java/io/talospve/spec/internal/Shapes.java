package io.talospve.spec.internal;

import io.talospve.spec.Cidr;
import io.talospve.spec.SecretReference;
import io.talospve.spec.SecretValue;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The shapes that mappings are made of. */
final class Shapes {
    private static final int MAX_DIGITS = 100;

    private Shapes() {}

    /** A text that is not empty; a number or boolean must be quoted. */
    static Shape<String> text() {
        return scalar("text", "", ordered("type", "string", "minLength", 1), node -> {
            if (!node.getTag().equals(Tag.STR) || node.getValue().isEmpty()) {
                return null;
            }
            return node.getValue();
        }, value -> value);
    }

    /** A whole number. */
    static Shape<Integer> integer(int minimum, int maximum) {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "integer");
        schema.put("minimum", minimum);
        schema.put("maximum", maximum);
        return scalar("whole number", minimum, schema, node -> {
            if (!node.getTag().equals(Tag.INT)) {
                return null;
            }
            try {
                return wholeNumber(node.getValue()).intValueExact();
            } catch (ArithmeticException e) {
                return null;
            }
        }, value -> value);
    }

    /** {@code true} or {@code false}. */
    static Shape<Boolean> bool() {
        return scalar("true or false", false, Map.of("type", "boolean"),
                node -> node.getTag().equals(Tag.BOOL) ? Boolean.valueOf(node.getValue().toLowerCase(Locale.ROOT)) : null,
                value -> value);
    }

    /** One of the constants of an enum, in lower case. */
    static <E extends Enum<E>> Shape<E> choice(Class<E> type) {
        return choice(List.of(type.getEnumConstants()), constant -> constant.name().toLowerCase(Locale.ROOT));
    }

    /** One of several texts. */
    static Shape<String> oneOf(String... allowed) {
        return choice(List.of(allowed), text -> text);
    }

    /** One of several values, each with its name. */
    static <E> Shape<E> choice(List<E> values, Function<E, String> nameOf) {
        List<String> allowed = values.stream().map(nameOf).toList();
        return new Shape<>() {
            @Override
            public E read(Node node, String path, Reading reading) {
                int index = node instanceof ScalarNode scalar ? allowed.indexOf(scalar.getValue()) : -1;
                if (index >= 0) {
                    return values.get(index);
                }
                String hint = node instanceof ScalarNode scalar ? NearMiss.hint(scalar.getValue(), allowed) : "";
                reading.unreadable(
                        node, path, "expected one of " + String.join(", ", allowed) + "; found " + reading.describe(node) + hint);
                return placeholder();
            }

            @Override
            public Object write(E value) {
                return nameOf.apply(value);
            }

            @Override
            public E placeholder() {
                return values.get(0);
            }

            @Override
            public Map<String, Object> schema() {
                return Map.of("enum", allowed);
            }

            @Override
            public String kind() {
                return String.join(" or ", allowed);
            }
        };
    }

    /** A text as it is written, so that numbers and booleans need no quotes; it may be empty. */
    static Shape<String> plain() {
        List<Tag> tags = List.of(Tag.STR, Tag.INT, Tag.FLOAT, Tag.BOOL);
        return scalar("plain text", "", Map.of("type", List.of("string", "number", "boolean")),
                node -> tags.contains(node.getTag()) ? node.getValue() : null, value -> value);
    }

    /** A reference to a secret. */
    static Shape<SecretValue> secret() {
        return new Shape<>() {
            @Override
            public SecretValue read(Node node, String path, Reading reading) {
                if (node instanceof MappingNode mapping && SpecReader.isReference(mapping)) {
                    ScalarNode text = (ScalarNode) mapping.getValue().get(0).getValueNode();
                    return SecretValue.of(SecretReference.parse(text.getValue()).orElseThrow());
                }
                reading.unreadable(
                        node,
                        path,
                        "a secret is read from a secret store: expected { secret: \"<source>:<key>\" }, found "
                                + (node instanceof ScalarNode ? "a literal value" : "something else"));
                return placeholder();
            }

            /** Written out by {@link SpecWriter}. */
            @Override
            public Object write(SecretValue value) {
                return value;
            }

            @Override
            public SecretValue placeholder() {
                return SecretValue.of(new SecretReference("none", "none"));
            }

            @Override
            public Map<String, Object> schema() {
                Map<String, Object> schema = new LinkedHashMap<>();
                schema.put("type", "object");
                schema.put("properties", Map.of("secret", ordered("type", "string", "pattern", "^[a-z][a-z0-9-]*:\\S+$")));
                schema.put("required", List.of("secret"));
                schema.put("additionalProperties", false);
                return schema;
            }

            @Override
            public String kind() {
                return "secret reference";
            }
        };
    }

    /** A file below the spec's folder: the value is its text, which is never written back. */
    static Shape<String> fileText() {
        Shape<String> text = text();
        return new Shape<>() {
            @Override
            public String read(Node node, String path, Reading reading) {
                String name = text.read(node, path, reading);
                if (reading.findings().isBroken(path)) {
                    return placeholder();
                }
                try {
                    return reading.folder().read(name);
                } catch (SpecFolder.UnreadableException e) {
                    reading.unreadable(node, path, String.valueOf(e.getMessage()));
                    return placeholder();
                }
            }

            @Override
            public Object write(String value) {
                throw new IllegalStateException("the text is written, not the name of its file");
            }

            @Override
            public String placeholder() {
                return "";
            }

            @Override
            public Map<String, Object> schema() {
                return text.schema();
            }

            @Override
            public String kind() {
                return "path of a file";
            }
        };
    }

    /** An address with its prefix length. */
    static Shape<Cidr> cidr() {
        Shape<String> text = text();
        return new Shape<>() {
            @Override
            public Cidr read(Node node, String path, Reading reading) {
                if (!(node instanceof ScalarNode scalar) || !scalar.getTag().equals(Tag.STR)) {
                    reading.unreadable(
                            node,
                            path,
                            "expected an address with prefix length such as 192.168.62.21/24; found "
                                    + reading.describe(node));
                    return placeholder();
                }
                try {
                    return Cidr.parse(scalar.getValue());
                } catch (IllegalArgumentException e) {
                    reading.unreadable(node, path, "bad address " + reading.describe(node).substring(5) + ": " + e.getMessage());
                    return placeholder();
                }
            }

            @Override
            public Object write(Cidr value) {
                return value.toString();
            }

            @Override
            public Cidr placeholder() {
                return new Cidr("0.0.0.0", 0);
            }

            @Override
            public Map<String, Object> schema() {
                return text.schema();
            }

            @Override
            public String kind() {
                return "address/prefix";
            }
        };
    }

    /** A list. */
    static <T> Shape<List<T>> list(Shape<T> item) {
        return new Shape<>() {
            @Override
            public List<T> read(Node node, String path, Reading reading) {
                if (!(node instanceof SequenceNode sequence)) {
                    reading.unreadable(node, path, "expected a list; found " + reading.describe(node));
                    return List.of();
                }
                List<T> values = new ArrayList<>();
                for (Node element : sequence.getValue()) {
                    String child = path + "[" + values.size() + "]";
                    reading.place(child, element);
                    values.add(item.read(element, child, reading));
                }
                return values;
            }

            @Override
            public Object write(List<T> values) {
                return values.stream().map(item::write).toList();
            }

            @Override
            public List<T> placeholder() {
                return List.of();
            }

            @Override
            public Map<String, Object> schema() {
                return ordered("type", "array", "items", item.schema());
            }

            @Override
            public String kind() {
                return "list of " + item.kind();
            }

            @Override
            public void visit(String path, BiConsumer<String, Mapping<?, ?>> mapping) {
                item.visit(path + "[]", mapping);
            }
        };
    }

    /** A mapping with keys that the user chooses. */
    static <V> Shape<Map<String, V>> map(Shape<V> value) {
        return new FreeMapping<Map<String, V>, V>(value) {
            @Override
            Map<String, V> collect(Map<String, V> entries) {
                return Collections.unmodifiableMap(entries);
            }

            @Override
            Map<String, V> entries(Map<String, V> value) {
                return value;
            }

            @Override
            V readEntry(String name, Node node, String path, Reading reading) {
                return value.read(node, path, reading);
            }
        };
    }

    /** A mapping with keys that the user chooses, each the name of the value below it. */
    static <V, B> Shape<List<V>> named(Mapping<V, B> value, BiConsumer<B, String> setName, Function<V, String> getName) {
        return new FreeMapping<List<V>, V>(value) {
            @Override
            List<V> collect(Map<String, V> entries) {
                return List.copyOf(entries.values());
            }

            @Override
            Map<String, V> entries(List<V> values) {
                Map<String, V> entries = new LinkedHashMap<>();
                values.forEach(item -> entries.put(getName.apply(item), item));
                return entries;
            }

            @Override
            V readEntry(String name, Node node, String path, Reading reading) {
                return value.read(node, path, reading, setName, name);
            }
        };
    }

    private abstract static class FreeMapping<T, V> implements Shape<T> {
        private final Shape<V> value;

        FreeMapping(Shape<V> value) {
            this.value = value;
        }

        abstract T collect(Map<String, V> entries);

        abstract Map<String, V> entries(T collected);

        abstract V readEntry(String name, Node node, String path, Reading reading);

        @Override
        public T read(Node node, String path, Reading reading) {
            if (!(node instanceof MappingNode mapping)) {
                reading.unreadable(node, path, "expected a mapping; found " + reading.describe(node));
                return placeholder();
            }
            Map<String, V> values = new LinkedHashMap<>();
            Map<String, Integer> seen = new HashMap<>();
            for (NodeTuple tuple : mapping.getValue()) {
                Mapping.Entries.key(tuple, path, reading).ifPresent(name -> {
                    String child = Mapping.Entries.child(path, name);
                    if (Mapping.Entries.firstTime(seen, name, tuple, child, reading)) {
                        Mapping.Entries.place(tuple, child, reading);
                        values.put(name, readEntry(name, tuple.getValueNode(), child, reading));
                    }
                });
            }
            return collect(values);
        }

        @Override
        public Object write(T collected) {
            Map<String, Object> tree = new LinkedHashMap<>();
            entries(collected).forEach((name, item) -> tree.put(name, value.write(item)));
            return tree;
        }

        @Override
        public T placeholder() {
            return collect(new LinkedHashMap<>());
        }

        @Override
        public Map<String, Object> schema() {
            return ordered("type", "object", "additionalProperties", value.schema());
        }

        @Override
        public String kind() {
            return "mapping of name to " + value.kind();
        }

        @Override
        public void visit(String path, BiConsumer<String, Mapping<?, ?>> mapping) {
            value.visit(path + ".<name>", mapping);
        }
    }

    /** Whatever YAML can say without tags: maps with text keys, lists, texts, numbers, booleans, null. */
    static Shape<Map<String, Object>> tree() {
        return tree(false);
    }

    /** Values of a chart: a {@link #tree()} in which references to secrets may stand too. */
    static Shape<Map<String, Object>> values() {
        return tree(true);
    }

    private static Shape<Map<String, Object>> tree(boolean references) {
        return new Shape<>() {
            @Override
            public Map<String, Object> read(Node node, String path, Reading reading) {
                if (node instanceof MappingNode mapping) {
                    return treeMap(mapping, path, reading, references);
                }
                reading.unreadable(node, path, "expected a mapping; found " + reading.describe(node));
                return placeholder();
            }

            @Override
            public Object write(Map<String, Object> value) {
                return value;
            }

            @Override
            public Map<String, Object> placeholder() {
                return Map.of();
            }

            @Override
            public Map<String, Object> schema() {
                return Map.of("type", "object");
            }

            @Override
            public String kind() {
                return references ? "values" : "free mapping";
            }
        };
    }

    private static Map<String, Object> treeMap(
            MappingNode node, String path, Reading reading, boolean references) {
        Map<String, Object> tree = new LinkedHashMap<>();
        Map<String, Integer> seen = new HashMap<>();
        for (NodeTuple tuple : node.getValue()) {
            Mapping.Entries.key(tuple, path, reading).ifPresent(name -> {
                String child = Mapping.Entries.child(path, name);
                if (Mapping.Entries.firstTime(seen, name, tuple, child, reading)) {
                    Mapping.Entries.place(tuple, child, reading);
                    tree.put(name, treeValue(tuple.getValueNode(), child, reading, references));
                }
            });
        }
        return Collections.unmodifiableMap(tree);
    }

    private static @Nullable Object treeValue(Node node, String path, Reading reading, boolean references) {
        if (node instanceof MappingNode mapping) {
            if (SpecReader.isReference(mapping)) {
                if (references) {
                    return secret().read(node, path, reading);
                }
                reading.unreadable(node, path, "a secret reference is not resolved here; it would be written as it stands");
            }
            return treeMap(mapping, path, reading, references);
        }
        if (node instanceof SequenceNode sequence) {
            List<@Nullable Object> values = new ArrayList<>();
            for (Node element : sequence.getValue()) {
                String child = path + "[" + values.size() + "]";
                reading.place(child, element);
                values.add(treeValue(element, child, reading, references));
            }
            return Collections.unmodifiableList(values);
        }
        if (!(node instanceof ScalarNode scalar)) {
            throw new IllegalStateException("aliases are resolved before");
        }
        Tag tag = scalar.getTag();
        String text = scalar.getValue();
        if (tag.equals(Tag.STR)) {
            return text;
        }
        if (tag.equals(Tag.NULL)) {
            return null;
        }
        if (tag.equals(Tag.BOOL)) {
            return Boolean.valueOf(text.toLowerCase(Locale.ROOT));
        }
        if (tag.equals(Tag.INT)) {
            try {
                return Trees.narrow(wholeNumber(text));
            } catch (ArithmeticException e) {
                reading.unreadable(node, path, "is too large a number: " + reading.describe(node));
                return 0;
            }
        }
        if (tag.equals(Tag.FLOAT) && text.length() <= MAX_DIGITS) {
            try {
                return Trees.finite(new BigDecimal(text).doubleValue());
            } catch (IllegalArgumentException e) {
                reading.unreadable(node, path, "not a finite number: " + reading.describe(node));
                return 0;
            }
        }
        reading.unreadable(node, path, "is not a value of a plain tree: " + reading.describe(node));
        return "";
    }

    /** Throws ArithmeticException for a number so long that reading it would take long. */
    private static BigInteger wholeNumber(String text) {
        if (text.length() > MAX_DIGITS) {
            throw new ArithmeticException("a number of " + text.length() + " digits");
        }
        if (text.startsWith("0x")) {
            return new BigInteger(text.substring(2), 16);
        }
        if (text.startsWith("0o")) {
            return new BigInteger(text.substring(2), 8);
        }
        return new BigInteger(text.startsWith("+") ? text.substring(1) : text);
    }

    private static <T> Shape<T> scalar(
            String kind,
            T placeholder,
            Map<String, Object> schema,
            Function<ScalarNode, @Nullable T> convert,
            Function<T, Object> write) {
        return new Shape<>() {
            @Override
            public T read(Node node, String path, Reading reading) {
                T value = node instanceof ScalarNode scalar ? convert.apply(scalar) : null;
                if (value != null) {
                    return value;
                }
                boolean quotable = kind.equals("text") && node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL);
                reading.unreadable(
                        node,
                        path,
                        "expected " + (kind.startsWith("true") ? "" : "a ") + kind + "; found " + reading.describe(node)
                                + (quotable && !reading.describe(node).startsWith("text") ? " (put it in quotes)" : ""));
                return placeholder;
            }

            @Override
            public Object write(T value) {
                return write.apply(value);
            }

            @Override
            public T placeholder() {
                return placeholder;
            }

            @Override
            public Map<String, Object> schema() {
                return schema;
            }

            @Override
            public String kind() {
                return kind;
            }
        };
    }

    static Map<String, Object> ordered(String key1, Object value1, String key2, Object value2) {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(key1, value1);
        map.put(key2, value2);
        return map;
    }
}
