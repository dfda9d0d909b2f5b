package io.talospve.spec.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Judges Kubernetes manifests that stand in a spec as text: Talos takes any text and fails when it applies it. */
final class Manifests {
    private Manifests() {}

    /** Why a text is not a list of Kubernetes objects without secrets; empty if it is. */
    static Optional<String> whyNot(String text) {
        List<Object> documents = new ArrayList<>();
        try {
            YamlText.checkBounds(text);
            LoadSettings settings = LoadSettings.builder()
                    .setSchema(YamlText.SCHEMA)
                    .setCodePointLimit(YamlText.MAX_LENGTH)
                    .setMaxAliasesForCollections(50)
                    .setBufferSize(Math.max(1024, text.length()))
                    .build();
            new Load(settings).loadAllFromString(text).forEach(documents::add);
        } catch (MarkedYamlEngineException e) {
            String place = e.getProblemMark().map(mark -> " in its line " + (mark.getLine() + 1)).orElse("");
            return Optional.of("is not YAML" + place + ": " + e.getProblem());
        } catch (YamlEngineException e) {
            return Optional.of("is not YAML: " + e.getMessage());
        }
        documents.removeIf(java.util.Objects::isNull);
        if (documents.isEmpty()) {
            return Optional.of("holds no object");
        }
        for (Object document : documents) {
            if (!(document instanceof Map<?, ?> object)
                    || !(object.get("kind") instanceof String kind)
                    || !(object.get("apiVersion") instanceof String)) {
                return Optional.of("is not a Kubernetes object: it needs apiVersion and kind");
            }
            boolean filled = object.get("data") instanceof Map<?, ?> data && !data.isEmpty()
                    || object.get("stringData") instanceof Map<?, ?> strings && !strings.isEmpty();
            if (kind.equals("Secret") && filled) {
                return Optional.of("holds a Secret; a spec holds no secrets");
            }
        }
        return Optional.empty();
    }
}
