package io.talospve.testkit.internal.kube.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads objects from YAML (and so from JSON). */
public final class Documents {
    private Documents() {}

    /**
     * All objects of a text, those of a List one by one; empty documents are left out.
     *
     * @throws IllegalArgumentException if it is not YAML, or a document is no object
     */
    public static List<Map<String, Object>> objects(String text) {
        List<Map<String, Object>> out = new ArrayList<>();
        try {
            for (Object document : load().loadAllFromString(text)) {
                if (document == null) {
                    continue;
                }
                if (!(document instanceof Map)) {
                    throw new IllegalArgumentException("a document is not an object");
                }
                Map<String, Object> object = Tree.asMap(document);
                if (Tree.text(object, "kind").endsWith("List") && object.get("items") instanceof List<?> items) {
                    items.forEach(item -> out.add(Tree.asMap(item)));
                } else if (!object.isEmpty()) {
                    out.add(object);
                }
            }
        } catch (YamlEngineException e) {
            throw new IllegalArgumentException("yaml: " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""), e);
        }
        return out;
    }

    /** A text of one document. */
    static Object one(String text) {
        try {
            Object value = load().loadFromString(text);
            if (value == null) {
                throw ApiError.badRequest("the body is empty");
            }
            return value;
        } catch (YamlEngineException e) {
            throw ApiError.badRequest("error decoding YAML: " + e.getMessage());
        }
    }

    private static Load load() {
        return new Load(LoadSettings.builder()
                .setAllowDuplicateKeys(false)
                .setMaxAliasesForCollections(1000)
                .setCodePointLimit(64 << 20)
                .build());
    }
}
