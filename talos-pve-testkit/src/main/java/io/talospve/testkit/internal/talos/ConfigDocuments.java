package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.yaml.GoYaml;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;

/** Takes the YAML of a machine configuration apart into documents and decodes each by its kind. */
final class ConfigDocuments {
    private ConfigDocuments() {}

    /** The documents; those of kind v1alpha1 have no key {@code kind}. */
    static List<Map<String, Object>> parse(String text) throws ConfigException {
        List<Map<String, Object>> out = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        try {
            LoadSettings settings = LoadSettings.builder()
                    .setMaxAliasesForCollections(100_000)
                    .setCodePointLimit(64 << 20)
                    .setAllowDuplicateKeys(true)
                    .build();
            // Not by api.lowlevel, which the library's module does not export.
            Composer documents = new Composer(settings, new ParserImpl(settings, new StreamReader(settings, bare(text))));
            while (documents.hasNext()) {
                Node node = documents.next();
                if (node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL)) {
                    continue;
                }
                int line = line(node);
                if (!(node instanceof MappingNode map)) {
                    throw unreadable("expected a YAML document at line " + line);
                }
                out.add(document(map, line, seen));
            }
        } catch (MarkedYamlEngineException e) {
            throw unreadable("decode error: yaml: " + goProblem(e));
        } catch (YamlEngineException e) {
            throw unreadable("decode error: yaml: " + e.getMessage());
        }
        if (out.isEmpty()) {
            throw unreadable("config not found");
        }
        return out;
    }

    /** The words of Go's YAML reader; where it has none of its own, those of the reader here. */
    private static String goProblem(MarkedYamlEngineException e) {
        int line = e.getProblemMark().map(m -> m.getLine() + 1).orElse(1);
        String problem = e.getProblem();
        if (problem.contains("that cannot start any token")) {
            return "line " + line + ": found character that cannot start any token";
        }
        if (problem.startsWith("expected ',' or")) {
            // Go names the line in which the collection was left open.
            return "line " + Math.max(1, line - 1) + ": did not find "
                    + problem.substring(0, problem.indexOf(", but got"));
        }
        return "line " + line + ": " + problem;
    }

    private static String bare(String text) {
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    private static int line(Node node) {
        return node.getStartMark().map(m -> m.getLine() + 1).orElse(1);
    }

    private static Map<String, Object> document(MappingNode map, int line, Set<String> seen) throws ConfigException {
        Optional<String> kind = text(map, "kind");
        boolean main = kind.isEmpty();
        String name = main ? "" : text(map, "name").orElse("");
        String title = main
                ? "/v1alpha1/"
                : text(map, "apiVersion").orElse("") + "/" + kind.get() + "/" + name;
        String where = title + " (line " + line + ")";
        if (main && text(map, "version").isEmpty()) {
            throw unreadable("error decoding document " + where + ": missing kind");
        }
        String version = text(map, "apiVersion").orElse("");
        ConfigSchema.Shape.Struct shape = ConfigSchema.kind(main ? "v1alpha1" : kind.get())
                .filter(s -> main || version.equals("v1alpha1"))
                .orElse(null);
        if (shape == null) {
            throw unreadable("error decoding document " + where + ": \"" + kind.orElse("") + "\" \"" + version + "\": not registered");
        }
        if (!seen.add(title)) {
            throw unreadable("duplicate document " + title + " is not allowed (line " + line + ")");
        }
        ConfigDecoder decoder = new ConfigDecoder();
        Map<String, Object> unknown = new TreeMap<>();
        Map<String, Object> values = new LinkedHashMap<>();
        if (!main) {
            values.put("apiVersion", version);
            values.put("kind", kind.get());
        }
        values.putAll(decoder.struct(main ? map : withoutHeader(map), shape, unknown));
        if (!decoder.wrong().isEmpty()) {
            throw unreadable("error decoding document " + where + ": error decoding " + kind.orElse("") + " to *"
                    + shape.goType() + ": yaml: unmarshal errors:\n  " + String.join("\n  ", decoder.wrong()));
        }
        if (!unknown.isEmpty()) {
            throw unreadable("error decoding document " + where + ": unknown keys found during decoding:\n" + GoYaml.write(unknown));
        }
        return values;
    }

    private static MappingNode withoutHeader(MappingNode map) {
        List<NodeTuple> rest = new ArrayList<>();
        for (NodeTuple tuple : map.getValue()) {
            if (!List.of("apiVersion", "kind").contains(ConfigDecoder.key(tuple))) {
                rest.add(tuple);
            }
        }
        return new MappingNode(map.getTag(), rest, map.getFlowStyle());
    }

    private static Optional<String> text(MappingNode map, String key) {
        for (NodeTuple tuple : map.getValue()) {
            if (ConfigDecoder.key(tuple).equals(key) && tuple.getValueNode() instanceof ScalarNode scalar
                    && !scalar.getTag().equals(Tag.NULL)) {
                return Optional.of(scalar.getValue());
            }
        }
        return Optional.empty();
    }

    private static ConfigException unreadable(String message) {
        return new ConfigException(ConfigException.Kind.PARSE, message);
    }
}
