package io.talospve.testkit.internal.talos;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Takes the YAML of a machine configuration apart into documents. */
final class ConfigDocuments {
    private ConfigDocuments() {}

    static List<Map<String, Object>> parse(String text) throws ConfigException {
        List<Map<String, Object>> out = new ArrayList<>();
        try {
            LoadSettings settings = LoadSettings.builder()
                    .setMaxAliasesForCollections(1000)
                    .setCodePointLimit(64 << 20)
                    .build();
            for (Object document : new Load(settings).loadAllFromString(text)) {
                if (document == null) {
                    continue;
                }
                if (!(document instanceof Map<?, ?> map)) {
                    throw new ConfigException(ConfigException.Kind.PARSE, "expected a YAML document at line 1");
                }
                Map<String, Object> copy = new LinkedHashMap<>();
                map.forEach((k, v) -> copy.put(String.valueOf(k), v));
                out.add(copy);
            }
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(m -> m.getLine() + 1).orElse(1);
            throw new ConfigException(
                    ConfigException.Kind.PARSE, "decode error: yaml: line " + line + ": " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new ConfigException(ConfigException.Kind.PARSE, "decode error: yaml: " + e.getMessage());
        }
        if (out.isEmpty()) {
            throw new ConfigException(ConfigException.Kind.PARSE, "config not found");
        }
        return out;
    }
}
