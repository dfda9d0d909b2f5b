package io.talospve.spec.internal;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What people and editors are told about the keys of a spec, made from {@link SpecKeys}. */
public final class SpecReference {
    private SpecReference() {}

    /** The JSON Schema (draft 2020-12) of a spec's YAML, as JSON text. */
    public static String jsonSchema() {
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "talos-pve spec");
        schema.put("description", "A Talos Linux Kubernetes cluster on Proxmox VE.");
        schema.putAll(SpecKeys.ROOT.schema());
        return JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build().writeValueAsString(schema) + "\n";
    }

    /** The reference of all keys, as Markdown. */
    public static String markdown() {
        Map<Mapping<?, ?>, List<String>> places = places();
        StringBuilder text = new StringBuilder();
        places.forEach((mapping, paths) -> {
            text.append("\n### ").append(paths.get(0).isEmpty() ? "Top level" : "`" + paths.get(0) + "`").append("\n\n");
            if (paths.size() > 1) {
                text.append("Also at ")
                        .append(String.join(", ", paths.subList(1, paths.size()).stream().map(path -> "`" + path + "`").toList()))
                        .append(".\n\n");
            }
            text.append("| key | type | default | meaning | example |\n|---|---|---|---|---|\n");
            for (Mapping.Key<?, ?, ?> key : mapping.keys()) {
                text.append("| `").append(key.name()).append("` | ").append(key.kind()).append(" | ");
                text.append(key.required() ? "**mandatory**" : cell(key.fallback())).append(" | ").append(cell(key.doc())).append(" | ");
                text.append(key.example().isEmpty() ? "see below" : "`" + key.example().replace("|", "\\|") + "`").append(" |\n");
            }
        });
        return text.toString();
    }

    private static String cell(String text) {
        return text.replace("|", "\\|").replace("<", "&lt;");
    }

    /** Each mapping with the paths it stands at, in the order of the file. What is below it is listed for its first place only. */
    static Map<Mapping<?, ?>, List<String>> places() {
        Map<Mapping<?, ?>, List<String>> known = new IdentityHashMap<>();
        Map<Mapping<?, ?>, List<String>> ordered = new LinkedHashMap<>();
        BiConsumer<String, Mapping<?, ?>> visitor = new BiConsumer<>() {
            @Override
            public void accept(String path, Mapping<?, ?> mapping) {
                List<String> before = known.get(mapping);
                if (before != null) {
                    before.add(path);
                    return;
                }
                List<String> paths = new ArrayList<>(List.of(path));
                known.put(mapping, paths);
                ordered.put(mapping, paths);
                for (Mapping.Key<?, ?, ?> key : mapping.keys()) {
                    key.visit(path, this);
                }
            }
        };
        SpecKeys.ROOT.visit("", visitor);
        return ordered;
    }
}
