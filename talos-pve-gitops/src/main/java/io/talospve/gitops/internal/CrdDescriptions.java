package io.talospve.gitops.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Drops the descriptions from a CustomResourceDefinition's schemas: prose, most of its size. Stateless. */
public final class CrdDescriptions {
    private static final Set<String> ONE_SCHEMA = Set.of("items", "additionalProperties", "additionalItems", "not");
    private static final Set<String> NAMED_SCHEMAS = Set.of("properties", "patternProperties", "definitions");
    private static final Set<String> SCHEMA_LISTS = Set.of("allOf", "anyOf", "oneOf", "items");

    private CrdDescriptions() {}

    /**
     * Drops them in place.
     *
     * @param definition a CustomResourceDefinition
     */
    public static void drop(Node definition) {
        YamlStream.child(definition, "spec").ifPresent(spec -> {
            YamlStream.child(spec, "versions").ifPresent(versions -> {
                if (versions instanceof SequenceNode list) {
                    list.getValue().forEach(CrdDescriptions::dropInVersion);
                }
            });
            dropInVersion(spec);
        });
    }

    private static void dropInVersion(Node version) {
        YamlStream.child(version, "schema")
                .flatMap(schema -> YamlStream.child(schema, "openAPIV3Schema"))
                .ifPresent(CrdDescriptions::dropInSchema);
        YamlStream.child(version, "additionalPrinterColumns").ifPresent(columns -> {
            if (columns instanceof SequenceNode list) {
                list.getValue().forEach(CrdDescriptions::dropHere);
            }
        });
    }

    /** A property may be called "description" itself: only the keyword of a schema goes. */
    private static void dropInSchema(Node node) {
        if (!(node instanceof MappingNode schema)) {
            return;
        }
        dropHere(schema);
        for (NodeTuple tuple : schema.getValue()) {
            String keyword = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            Node value = tuple.getValueNode();
            if (NAMED_SCHEMAS.contains(keyword) && value instanceof MappingNode named) {
                named.getValue().forEach(each -> dropInSchema(each.getValueNode()));
            } else if (SCHEMA_LISTS.contains(keyword) && value instanceof SequenceNode list) {
                list.getValue().forEach(CrdDescriptions::dropInSchema);
            } else if (ONE_SCHEMA.contains(keyword)) {
                dropInSchema(value);
            }
        }
    }

    private static void dropHere(Node node) {
        if (node instanceof MappingNode mapping) {
            List<NodeTuple> kept = new ArrayList<>();
            for (NodeTuple tuple : mapping.getValue()) {
                boolean description = tuple.getKeyNode() instanceof ScalarNode key
                        && key.getValue().equals("description")
                        && tuple.getValueNode() instanceof ScalarNode;
                if (!description) {
                    kept.add(tuple);
                }
            }
            mapping.setValue(kept);
        }
    }
}
