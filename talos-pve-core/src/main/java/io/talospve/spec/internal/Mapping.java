package io.talospve.spec.internal;

import io.talospve.error.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A mapping with a fixed set of keys: the declarative table from which the reader, the writer, the schema and the
 * documentation of a value are made. Filled once, then only read.
 *
 * @param <T> the value
 * @param <B> its builder
 */
final class Mapping<T, B> implements Shape<T> {
    private final String kind;
    private final Supplier<B> begin;
    private final Function<B, T> end;
    private final Map<String, Key<T, B, ?>> keys = new LinkedHashMap<>();

    Mapping(String kind, Supplier<B> begin, Function<B, T> end) {
        this.kind = kind;
        this.begin = begin;
        this.end = end;
    }

    /**
     * One key of a mapping.
     *
     * @param name as it stands in the YAML
     * @param shape what stands under it
     * @param required whether it must be there
     * @param fallback what holds without it, for people; empty if it is required
     * @param doc what it means, with its unit
     * @param example a YAML value, in flow style
     * @param section the keys below it when they fill the same builder, else null
     */
    record Key<T, B, V>(
            String name,
            @Nullable Shape<V> shape,
            boolean required,
            String fallback,
            String doc,
            String example,
            Function<T, Optional<V>> get,
            BiConsumer<B, V> set,
            @Nullable Mapping<T, B> section) {
        void read(Node node, String path, Reading reading, B builder) {
            if (section != null) {
                section.readInto(node, path, reading, builder);
            } else if (shape != null) {
                set.accept(builder, shape.read(node, path, reading));
            }
        }

        void fill(B builder) {
            if (section != null) {
                section.fillRequired(builder);
            } else if (shape != null) {
                set.accept(builder, shape.placeholder());
            }
        }

        Optional<Object> write(T value) {
            if (section != null) {
                Map<String, Object> inner = section.write(value);
                return inner.isEmpty() && !required ? Optional.empty() : Optional.of(inner);
            }
            Shape<V> known = shape;
            return known == null ? Optional.empty() : get.apply(value).map(known::write);
        }

        Map<String, Object> schema() {
            Map<String, Object> schema = new LinkedHashMap<>();
            schema.put("description", fallback.isEmpty() ? doc : doc + " Default: " + fallback + ".");
            schema.putAll(section != null ? section.schema() : shape != null ? shape.schema() : Map.of());
            return schema;
        }

        String kind() {
            return section != null ? section.kind() : shape != null ? shape.kind() : "";
        }

        void visit(String path, BiConsumer<String, Mapping<?, ?>> mapping) {
            Shape<?> below = section != null ? section : shape;
            if (below != null) {
                below.visit(Entries.child(path, name), mapping);
            }
        }

        /** What is wrong with the example; empty if it can be read. */
        List<Problem> checkExample() {
            if (example.isEmpty() || shape == null) {
                return List.of();
            }
            Findings findings = new Findings();
            Reading reading = new Reading("example", findings, SpecFolder.OF_EXAMPLES);
            shape.read(YamlText.compose(example, "example"), name, reading);
            return findings.problems();
        }
    }

    /** A key that must be there. */
    <V> Mapping<T, B> required(
            String name, Shape<V> shape, Function<T, V> get, BiConsumer<B, V> set, String doc, String example) {
        return add(new Key<>(name, shape, true, "", doc, example, value -> Optional.of(get.apply(value)), set, null));
    }

    /** A key that may be absent. */
    <V> Mapping<T, B> optional(
            String name,
            Shape<V> shape,
            Function<T, Optional<V>> get,
            BiConsumer<B, V> set,
            String fallback,
            String doc,
            String example) {
        return add(new Key<>(name, shape, false, fallback, doc, example, get, set, null));
    }

    /** A key whose absence means a fixed value; not written when it has that value. */
    <V> Mapping<T, B> defaulted(
            String name, Shape<V> shape, V value, Function<T, V> get, BiConsumer<B, V> set, String doc, String example) {
        return add(new Key<>(
                name,
                shape,
                false,
                shape instanceof Mapping<?, ?>
                        ? "those below"
                        : value instanceof List<?> list
                        ? list.isEmpty() ? "none" : list.stream().map(String::valueOf).collect(Collectors.joining(", "))
                        : value instanceof Map<?, ?> map && map.isEmpty() ? "none" : String.valueOf(value),
                doc,
                example,
                source -> Optional.of(get.apply(source)).filter(found -> !found.equals(value)),
                set,
                null));
    }

    /** A key whose own keys fill the same builder. */
    Mapping<T, B> section(String name, boolean required, String doc, Mapping<T, B> section) {
        return add(new Key<T, B, Object>(
                name, null, required, "", doc, "", value -> Optional.empty(), (builder, value) -> {}, section));
    }

    private Mapping<T, B> add(Key<T, B, ?> key) {
        keys.put(key.name(), key);
        return this;
    }

    Iterable<Key<T, B, ?>> keys() {
        return keys.values();
    }

    @Override
    public T read(Node node, String path, Reading reading) {
        B builder = begin.get();
        readInto(node, path, reading, builder);
        return end.apply(builder);
    }

    /** A value from a builder that has something already, such as the key the mapping stands under. */
    T read(Node node, String path, Reading reading, BiConsumer<B, String> setName, String name) {
        B builder = begin.get();
        setName.accept(builder, name);
        readInto(node, path, reading, builder);
        return end.apply(builder);
    }

    /** Reads the keys into a builder; fills placeholders in where mandatory ones are missing. */
    void readInto(Node node, String path, Reading reading, B builder) {
        if (!(node instanceof MappingNode mapping)) {
            reading.unreadable(node, path, "expected a mapping with " + allowed() + "; found " + reading.describe(node));
            fillRequired(builder);
            return;
        }
        Map<String, Integer> seen = new HashMap<>();
        Set<String> meant = new HashSet<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Entries.key(tuple, path, reading).ifPresent(name -> {
                String child = Entries.child(path, name);
                if (!Entries.firstTime(seen, name, tuple, child, reading)) {
                    return;
                }
                Key<T, B, ?> key = keys.get(name);
                if (key == null) {
                    unknown(tuple, name, child, reading, meant);
                    return;
                }
                Entries.place(tuple, child, reading);
                key.read(tuple.getValueNode(), child, reading, builder);
            });
        }
        for (Key<T, B, ?> key : keys.values()) {
            if (seen.containsKey(key.name())) {
                continue;
            }
            String child = Entries.child(path, key.name());
            if (meant.contains(key.name())) {
                // The unknown key next to it is reported; what follows from its absence is not.
                reading.findings().markBroken(child);
            } else if (key.required()) {
                reading.findings().missing(child, key.doc());
            }
            if (key.required()) {
                key.fill(builder);
            }
        }
    }

    private void unknown(
            NodeTuple tuple, String name, String child, Reading reading, Set<String> meant) {
        NearMiss.of(name, keys.keySet()).ifPresent(meant::add);
        reading.unreadable(
                tuple.getKeyNode(), child, "unknown key" + NearMiss.hint(name, keys.keySet()) + "; allowed: " + allowed());
    }

    private String allowed() {
        return String.join(", ", keys.keySet());
    }

    private void fillRequired(B builder) {
        for (Key<T, B, ?> key : keys.values()) {
            if (key.required()) {
                key.fill(builder);
            }
        }
    }

    /** Gives a builder the placeholder of one key. */
    void fill(B builder, String key) {
        Key<T, B, ?> known = keys.get(key);
        if (known == null) {
            throw new IllegalArgumentException(kind + " has no key " + key);
        }
        known.fill(builder);
    }

    @Override
    public Map<String, Object> write(T value) {
        Map<String, Object> tree = new LinkedHashMap<>();
        for (Key<T, B, ?> key : keys.values()) {
            key.write(value).ifPresent(written -> tree.put(key.name(), written));
        }
        return tree;
    }

    @Override
    public T placeholder() {
        B builder = begin.get();
        fillRequired(builder);
        return end.apply(builder);
    }

    /** A stand-in for a value that stands under a name. */
    T placeholder(BiConsumer<B, String> setName, String name) {
        B builder = begin.get();
        setName.accept(builder, name);
        fillRequired(builder);
        return end.apply(builder);
    }

    @Override
    public Map<String, Object> schema() {
        Map<String, Object> properties = new LinkedHashMap<>();
        List<String> required = new ArrayList<>();
        for (Key<T, B, ?> key : keys.values()) {
            properties.put(key.name(), key.schema());
            if (key.required()) {
                required.add(key.name());
            }
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", properties);
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        schema.put("additionalProperties", false);
        return schema;
    }

    @Override
    public String kind() {
        return kind;
    }

    @Override
    public void visit(String path, BiConsumer<String, Mapping<?, ?>> mapping) {
        mapping.accept(path, this);
    }

    /** What is common to mappings with fixed and with free keys. */
    static final class Entries {
        private Entries() {}

        static String child(String path, String key) {
            return path.isEmpty() ? key : path + "." + key;
        }

        /** The key of an entry; reports one that is not a plain text. */
        static Optional<String> key(NodeTuple tuple, String path, Reading reading) {
            if (tuple.getKeyNode() instanceof ScalarNode scalar && !scalar.getValue().isEmpty()) {
                return Optional.of(scalar.getValue());
            }
            reading.unreadable(
                    tuple.getKeyNode(), path, "expected a text as key; found " + reading.describe(tuple.getKeyNode()));
            return Optional.empty();
        }

        /** Reports a key that was there before. */
        static boolean firstTime(
                Map<String, Integer> seen, String name, NodeTuple tuple, String child, Reading reading) {
            int line = reading.position(tuple.getKeyNode()).line();
            Integer before = seen.putIfAbsent(name, line);
            if (before != null) {
                reading.findings()
                        .errorAt(
                                reading.position(tuple.getKeyNode()),
                                child,
                                "duplicate key, first given in line " + before);
                return false;
            }
            return true;
        }

        /** A scalar is pointed at itself, anything larger at its key. */
        static void place(NodeTuple tuple, String child, Reading reading) {
            reading.place(
                    child, tuple.getValueNode() instanceof ScalarNode ? tuple.getValueNode() : tuple.getKeyNode());
        }
    }
}
