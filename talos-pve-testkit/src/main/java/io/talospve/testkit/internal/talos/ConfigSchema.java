package io.talospve.testkit.internal.talos;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The keys that each kind of document may have, with their types and when they are written. */
final class ConfigSchema {
    private static final Map<String, Shape.Struct> KINDS = load();

    private ConfigSchema() {}

    /** When Talos writes a value back. */
    enum Written {
        /** Whenever it was given. */
        GIVEN,
        /** When it is neither empty nor zero. */
        SET,
        /** Even when it was not given. */
        ALWAYS
    }

    /** What a value has to look like. */
    sealed interface Shape {
        /** A scalar, or a simple collection of scalars, by the name of its type. */
        record Plain(String type, Written written) implements Shape {}

        /** An object, its keys in the order in which they are written. */
        record Struct(String goType, Map<String, Shape> fields, Written written) implements Shape {}

        /** A map of values of one shape. */
        record Keyed(Shape value) implements Shape {}

        /** A list of values of one shape. */
        record Listed(Shape item, Written written) implements Shape {}
    }

    /** The shape of a kind; empty for one that Talos v1.12 does not know. */
    static Optional<Shape.Struct> kind(String kind) {
        return Optional.ofNullable(KINDS.get(kind));
    }

    private static Map<String, Shape.Struct> load() {
        try (InputStream stream = Objects.requireNonNull(
                ConfigSchema.class.getResourceAsStream("config-schema.yaml"), "config-schema.yaml")) {
            LoadSettings settings =
                    LoadSettings.builder().setMaxAliasesForCollections(1000).build();
            Map<String, Shape.Struct> out = new LinkedHashMap<>();
            ((Map<?, ?>) new Load(settings).loadFromInputStream(stream)).forEach((kind, shape) -> {
                if (!kind.toString().startsWith("$")) {
                    out.put(kind.toString(), (Shape.Struct) shape(shape));
                }
            });
            return Map.copyOf(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Shape shape(Object value) {
        if (value instanceof List<?> list) {
            return new Shape.Listed(shape(list.get(0)), list.contains("always") ? Written.ALWAYS : Written.SET);
        }
        if (value instanceof Map<?, ?> map) {
            if (map.containsKey("*")) {
                return new Shape.Keyed(shape(map.get("*")));
            }
            Map<String, Shape> fields = new LinkedHashMap<>();
            map.forEach((key, field) -> {
                if (!key.toString().startsWith("$")) {
                    fields.put(key.toString(), shape(field));
                }
            });
            Object when = map.get("$when");
            return new Shape.Struct(
                    String.valueOf(map.get("$go")),
                    Collections.unmodifiableMap(fields),
                    when == null ? Written.GIVEN : Written.valueOf(when.toString().toUpperCase(Locale.ROOT)));
        }
        return plain(value.toString());
    }

    private static Shape.Plain plain(String text) {
        if (text.endsWith("!")) {
            return new Shape.Plain(text.substring(0, text.length() - 1), Written.ALWAYS);
        }
        if (text.endsWith("?")) {
            return new Shape.Plain(text.substring(0, text.length() - 1), Written.GIVEN);
        }
        return new Shape.Plain(text, text.equals("bool") ? Written.GIVEN : Written.SET);
    }
}
