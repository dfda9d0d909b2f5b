package io.talospve.talos.config.internal.patch;

import io.talospve.talos.config.internal.patch.FieldType.Field;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The fields of every kind of document that Talos 1.12 knows, read once from a table that interop/talos makes. Thread-safe. */
final class DocumentFields {
    /** Kind of the main document, which has none. */
    static final String MAIN = "v1alpha1";

    private static final DocumentFields TALOS_1_12 = read("fields-v1.12.json");

    private final Map<String, FieldType.Struct> kinds = new LinkedHashMap<>();

    private DocumentFields(JsonNode table) {
        table.properties().forEach(kind -> kinds.put(kind.getKey(), struct(kind.getValue())));
    }

    static DocumentFields talos112() {
        return TALOS_1_12;
    }

    /** The fields of a kind, empty if it is not known. */
    Optional<FieldType.Struct> of(String kind) {
        return Optional.ofNullable(kinds.get(kind));
    }

    private static DocumentFields read(String name) {
        try (InputStream in = DocumentFields.class.getResourceAsStream(name)) {
            return new DocumentFields(JsonMapper.shared().readTree(Objects.requireNonNull(in, name).readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FieldType.Struct struct(JsonNode list) {
        Map<String, Field> fields = new LinkedHashMap<>();
        list.forEach(field -> fields.put(field.get("name").stringValue(), field(field)));
        return new FieldType.Struct(fields);
    }

    private static Field field(JsonNode node) {
        FieldType type = type(node);
        boolean takenOver = type == FieldType.Scalar.BYTES
                || type == FieldType.Scalar.TEXT && node.has("merge") && !flag(node, "pointer");
        return new Field(type, flag(node, "pointer"), flag(node, "omitEmpty"), flag(node, "replace"), takenOver);
    }

    private static boolean flag(JsonNode node, String name) {
        return node.has(name) && node.get(name).booleanValue();
    }

    private static FieldType type(JsonNode node) {
        String kind = node.get("kind").stringValue();
        return switch (kind) {
            case "struct" -> struct(node.get("fields"));
            case "list" -> new FieldType.ListOf(
                    field(node.get("element")),
                    ElementKey.named(node.has("merge") ? node.get("merge").stringValue() : null));
            case "map" -> new FieldType.MapOf(field(node.get("element")));
            case "any" -> new FieldType.Anything();
            case "string" -> FieldType.Scalar.STRING;
            case "bool" -> FieldType.Scalar.BOOL;
            case "number" -> FieldType.Scalar.NUMBER;
            case "bytes" -> FieldType.Scalar.BYTES;
            case "text" -> FieldType.Scalar.TEXT;
            default -> throw new IllegalStateException("the table of fields has a kind " + kind);
        };
    }
}
