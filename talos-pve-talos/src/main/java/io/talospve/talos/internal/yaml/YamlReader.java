package io.talospve.talos.internal.yaml;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * Reads YAML into maps (in the order of the text), lists, strings, numbers, booleans and null, strictly: no duplicate
 * keys, no keys but strings, bounded aliases, depth and size. Errors never quote the text, which may be secret. Stateless.
 */
public final class YamlReader {
    private static final int LARGEST = 16 * 1024 * 1024;

    private YamlReader() {}

    /**
     * Reads all documents of a text; each must be a map.
     *
     * @param label what the text is, for errors
     * @param text the YAML
     * @return the documents in order; empty ones are left out
     * @throws YamlSyntaxException if it is not such a text; says where, quotes nothing
     */
    public static List<Map<String, Object>> readAll(String label, String text) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(label)
                .setAllowDuplicateKeys(false)
                .setAllowRecursiveKeys(false)
                .setMaxAliasesForCollections(50)
                .setCodePointLimit(LARGEST)
                .build();
        List<Map<String, Object>> documents = new ArrayList<>();
        try {
            for (Object document : new Load(settings).loadAllFromString(text)) {
                if (document != null) {
                    documents.add(map(label, document));
                }
            }
        } catch (YamlEngineException e) {
            throw new YamlSyntaxException(label + ": " + place(e) + "not valid YAML (" + problem(e) + ")");
        } catch (StackOverflowError e) {
            throw new YamlSyntaxException(label + ": nested too deeply");
        }
        return documents;
    }

    /**
     * Reads a text of exactly one document.
     *
     * @param label what the text is, for errors
     * @param text the YAML
     * @return the document
     * @throws YamlSyntaxException if it is not such a text
     */
    public static Map<String, Object> read(String label, String text) {
        List<Map<String, Object>> documents = readAll(label, text);
        if (documents.size() != 1) {
            throw new YamlSyntaxException(label + ": expected one YAML document, found " + documents.size());
        }
        return documents.get(0);
    }

    private static Map<String, Object> map(String label, Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new YamlSyntaxException(label + ": expected a map of keys and values");
        }
        Map<String, Object> checked = new LinkedHashMap<>();
        map.forEach((key, inner) -> checked.put(key(label, key), checked(label, inner)));
        return checked;
    }

    private static Object checked(String label, Object value) {
        if (value instanceof Map<?, ?>) {
            return map(label, value);
        }
        if (value instanceof List<?> list) {
            List<Object> items = new ArrayList<>(list.size());
            list.forEach(item -> items.add(checked(label, item)));
            return items;
        }
        return value;
    }

    private static String key(String label, Object key) {
        if (!(key instanceof String text)) {
            throw new YamlSyntaxException(label + ": the key " + key + " is not a string: quote it");
        }
        return text;
    }

    private static String place(YamlEngineException e) {
        if (e instanceof org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException marked
                && marked.getProblemMark().isPresent()) {
            var mark = marked.getProblemMark().get();
            return "line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1) + ": ";
        }
        return "";
    }

    private static String problem(YamlEngineException e) {
        if (e instanceof org.snakeyaml.engine.v2.exceptions.DuplicateKeyException) {
            return "a key stands twice";
        }
        return e.getClass().getSimpleName().replace("Exception", "");
    }
}
