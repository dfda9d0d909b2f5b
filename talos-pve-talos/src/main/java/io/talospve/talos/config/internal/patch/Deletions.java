package io.talospve.talos.config.internal.patch;

import io.talospve.talos.config.internal.patch.FieldType.ListOf;
import io.talospve.talos.config.internal.patch.FieldType.MapOf;
import io.talospve.talos.config.internal.patch.FieldType.Struct;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes the {@code $patch: delete} statements out of a patch and does what they say: a key, a list element that is named by
 * its first key, or the whole document. Not thread-safe; one per patch.
 */
final class Deletions {
    private static final String PATCH = "$patch";
    /** Talos takes a patch of nothing else for an empty one. */
    private static final Set<String> NOT_WORTH_MERGING = Set.of("version", "kind", "name");

    private final List<Deletion> found = new ArrayList<>();
    private final boolean wholeDocument;
    private final Map<String, Object> rest;

    private record Deletion(List<String> path, @Nullable String key, @Nullable String value) {}

    Deletions(Map<String, Object> patch) {
        wholeDocument = isDeletion(patch);
        Map<String, Object> stripped = wholeDocument ? Map.of() : strip(patch, List.of(), false);
        rest = NOT_WORTH_MERGING.containsAll(stripped.keySet()) ? Map.of() : stripped;
    }

    /** Whether the patch removes the whole document. */
    boolean wholeDocument() {
        return wholeDocument;
    }

    /** Whether anything is deleted. */
    boolean any() {
        return wholeDocument || !found.isEmpty();
    }

    /** What is left of the patch to merge. */
    Map<String, Object> rest() {
        return rest;
    }

    private static boolean isDeletion(Map<?, ?> map) {
        return "delete".equals(map.get(PATCH));
    }

    private Map<String, Object> strip(Map<String, Object> map, List<String> path, boolean inList) {
        Map<String, Object> stripped = new LinkedHashMap<>();
        map.forEach((key, value) -> {
            List<String> inner = append(path, key);
            if (value instanceof Map<?, ?> child && isDeletion(child)) {
                if (inList) {
                    throw new PatchException(String.join(".", inner) + ": Talos deletes nothing inside a list's element");
                }
                found.add(new Deletion(inner, null, null));
            } else if (value instanceof Map<?, ?> child) {
                keep(stripped, key, value, strip(map(child), inner, inList));
            } else if (value instanceof List<?> list) {
                List<Object> elements = elements(list, inner);
                if (!elements.isEmpty() || list.isEmpty()) {
                    stripped.put(key, elements);
                }
            } else {
                stripped.put(key, value);
            }
        });
        return stripped;
    }

    /** A map that is empty because everything in it was a deletion is not part of the patch. */
    private static void keep(Map<String, Object> to, String key, Object before, Map<String, Object> after) {
        if (!after.isEmpty() || ((Map<?, ?>) before).isEmpty()) {
            to.put(key, after);
        }
    }

    private List<Object> elements(List<?> list, List<String> path) {
        List<Object> elements = new ArrayList<>();
        for (Object element : list) {
            if (element instanceof Map<?, ?> map && isDeletion(map)) {
                found.add(element(map, path));
            } else if (element instanceof Map<?, ?> map) {
                elements.add(strip(map(map), append(path, "[]"), true));
            } else {
                elements.add(element);
            }
        }
        return elements;
    }

    private static Deletion element(Map<?, ?> element, List<String> path) {
        for (Map.Entry<?, ?> entry : element.entrySet()) {
            if (!entry.getKey().equals(PATCH)) {
                return new Deletion(path, (String) entry.getKey(), String.valueOf(entry.getValue()));
            }
        }
        throw new PatchException(String.join(".", path) + ": $patch: delete in a list needs a key that names the element");
    }

    private static List<String> append(List<String> path, String key) {
        List<String> longer = new ArrayList<>(path);
        longer.add(key);
        return longer;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Map<?, ?> map) {
        return (Map<String, Object>) map;
    }

    /** The document without what is deleted. */
    Map<String, Object> applyTo(Map<String, Object> document, @Nullable Struct type) {
        Map<String, Object> result = document;
        for (Deletion deletion : found) {
            result = delete(result, deletion, 0, type);
        }
        return result;
    }

    private static Map<String, Object> delete(Map<String, Object> map, Deletion deletion, int depth, @Nullable FieldType type) {
        String key = deletion.path().get(depth);
        Object value = map.get(key);
        boolean last = depth == deletion.path().size() - 1;
        FieldType inner = type instanceof Struct struct && struct.fields().containsKey(key)
                ? struct.fields().get(key).type()
                : type instanceof MapOf of ? of.element().type() : null;
        boolean known = type instanceof Struct struct && struct.fields().containsKey(key);
        Map<String, Object> changed = new LinkedHashMap<>(map);
        if (last && deletion.key() == null) {
            if (value == null && !known || inner == FieldType.Scalar.BYTES) {
                throw missing(deletion);
            }
            changed.remove(key);
        } else if (last && value instanceof List<?> list) {
            changed.put(key, without(list, deletion, inner));
        } else if (!last && value instanceof Map<?, ?> child) {
            changed.put(key, delete(map(child), deletion, depth + 1, inner));
        } else {
            throw missing(deletion);
        }
        return changed;
    }

    private static List<Object> without(List<?> list, Deletion deletion, @Nullable FieldType type) {
        if (type instanceof ListOf of
                && !(of.element().type() instanceof Struct struct
                        && struct.fields().containsKey(deletion.key())
                        && struct.fields().get(deletion.key()).type() == FieldType.Scalar.STRING)) {
            throw new PatchException(String.join(".", deletion.path()) + ": Talos finds a list's element only by a text field, not by "
                    + deletion.key());
        }
        List<Object> rest = new ArrayList<>(list);
        for (int i = 0; i < rest.size(); i++) {
            if (rest.get(i) instanceof Map<?, ?> element
                    && String.valueOf(element.get(deletion.key())).equals(deletion.value())) {
                rest.remove(i);
                return rest;
            }
        }
        throw missing(deletion);
    }

    private static PatchException missing(Deletion deletion) {
        return new PatchException(String.join(".", deletion.path())
                + (deletion.key() == null ? "" : "[" + deletion.key() + "=" + deletion.value() + "]")
                + ": there is nothing of this name to delete");
    }
}
