package io.talospve.talos.config.internal.patch;

import io.talospve.talos.config.internal.patch.FieldType.Field;
import io.talospve.talos.config.internal.patch.FieldType.ListOf;
import io.talospve.talos.config.internal.patch.FieldType.MapOf;
import io.talospve.talos.config.internal.patch.FieldType.Struct;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Strategic merge of documents as Talos does it: a patch is merged into the document of its apiVersion, kind and name, or
 * becomes a document of its own; {@code $patch: delete} removes keys, list elements, documents. Kinds that are not known
 * pass through. Stateless.
 */
public final class StrategicMerge {
    private static final Set<String> MAIN_KEYS = Set.of("version", "debug", "persist", "machine", "cluster");

    private StrategicMerge() {}

    /**
     * Applies patches one after the other.
     *
     * @param documents a configuration
     * @param patches each one document
     * @param strict whether keys that Talos 1.12 does not know are errors in kinds that it knows
     * @return the patched configuration; documents that no patch touches are as they were
     * @throws PatchException if a patch cannot be merged; it says which
     */
    public static List<Map<String, Object>> apply(
            List<Map<String, Object>> documents, List<Map<String, Object>> patches, boolean strict) {
        List<Map<String, Object>> result = new ArrayList<>(documents);
        for (int i = 0; i < patches.size(); i++) {
            try {
                apply(result, patches.get(i), strict);
            } catch (PatchException e) {
                throw new PatchException(i, String.valueOf(e.getMessage()));
            }
        }
        return result;
    }

    private static void apply(List<Map<String, Object>> documents, Map<String, Object> patch, boolean strict) {
        Identity identity = Identity.of(patch);
        Optional<Struct> fields = DocumentFields.talos112().of(identity.kind());
        Deletions deletions = new Deletions(patch);
        if (!deletions.any() && deletions.rest().isEmpty()) {
            throw new PatchException("it says nothing");
        }
        if (strict) {
            fields.ifPresent(type -> refuseUnknown(deletions.rest(), type, identity.kind()));
        }
        int index = -1;
        for (int i = 0; i < documents.size() && index < 0; i++) {
            index = Identity.of(documents.get(i)).equals(identity) ? i : -1;
        }
        if (index < 0) {
            if (deletions.any()) {
                throw new PatchException("there is no document " + identity + " to delete from");
            }
            documents.add(canonical(deletions.rest(), fields));
        } else if (deletions.wholeDocument()) {
            if (identity.kind().equals(DocumentFields.MAIN)) {
                throw new PatchException("the main document cannot be deleted");
            }
            documents.remove(index);
        } else {
            Map<String, Object> changed = deletions.applyTo(documents.get(index), fields.orElse(null));
            documents.set(index, canonical(merged(changed, deletions.rest(), fields, identity.kind()), fields));
        }
    }

    private static Map<String, Object> merged(
            Map<String, Object> left, Map<String, Object> right, Optional<Struct> fields, String path) {
        Struct type = fields.orElseGet(() -> new Struct(Map.of()));
        return Merge.struct(left, right, type, path);
    }

    private static Map<String, Object> canonical(Map<String, Object> document, Optional<Struct> fields) {
        return fields.map(type -> Canonical.struct(document, type)).orElse(document);
    }

    private static void refuseUnknown(Map<?, ?> tree, Struct type, String path) {
        tree.forEach((key, value) -> {
            Field field = type.fields().get(String.valueOf(key));
            if (field == null) {
                throw new PatchException(path + "." + key + ": Talos knows no such key");
            }
            refuseUnknown(value, field.type(), path + "." + key);
        });
    }

    private static void refuseUnknown(@Nullable Object value, FieldType type, String path) {
        if (type instanceof Struct struct && value instanceof Map<?, ?> map) {
            refuseUnknown(map, struct, path);
        } else if (type instanceof ListOf list && value instanceof List<?> elements) {
            elements.forEach(element -> refuseUnknown(element, list.element().type(), path + "[]"));
        } else if (type instanceof MapOf of && value instanceof Map<?, ?> map) {
            map.forEach((key, element) -> refuseUnknown(element, of.element().type(), path + "." + key));
        }
    }

    /** What makes two documents the same. */
    private record Identity(String apiVersion, String kind, String name) {
        static Identity of(Map<String, Object> document) {
            Object kind = document.get("kind");
            if (kind == null) {
                for (String key : document.keySet()) {
                    if (!MAIN_KEYS.contains(key) && !key.equals("$patch")) {
                        throw new PatchException(key + ": a document without kind is the main one, whose keys are "
                                + "version, debug, persist, machine, cluster");
                    }
                }
                return new Identity("", DocumentFields.MAIN, "");
            }
            if (!(document.get("apiVersion") instanceof String apiVersion)) {
                throw new PatchException(kind + ": apiVersion is missing (v1alpha1)");
            }
            Object name = document.get("name");
            return new Identity(apiVersion, String.valueOf(kind), name == null ? "" : String.valueOf(name));
        }

        @Override
        public String toString() {
            return kind + (name.isEmpty() ? "" : " \"" + name + "\"");
        }
    }
}
