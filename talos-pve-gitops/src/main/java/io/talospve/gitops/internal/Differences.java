package io.talospve.gitops.internal;

import io.talospve.gitops.ManifestDocument;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Names where two renderings differ, without the values. Stateless. */
public final class Differences {
    private static final int SHOWN = 5;

    private Differences() {}

    /**
     * The first objects and fields that differ.
     *
     * @param one a rendering
     * @param other another one
     * @return for example {@code Secret kube-system/ca: data.tls\.crt}
     */
    public static String first(List<ManifestDocument> one, List<ManifestDocument> other) {
        Map<String, ManifestDocument> others = new HashMap<>();
        other.forEach(document -> others.put(name(document), document));
        List<String> found = new ArrayList<>();
        for (ManifestDocument document : one) {
            ManifestDocument twin = others.remove(name(document));
            if (twin == null) {
                found.add(name(document) + " (only in one)");
            } else if (!twin.equals(document)) {
                found.add(name(document) + ": " + path(root(document), root(twin)).orElse("its order"));
            }
        }
        others.keySet().stream().sorted().forEach(name -> found.add(name + " (only in one)"));
        String shown = String.join(", ", found.subList(0, Math.min(SHOWN, found.size())));
        return shown + (found.size() > SHOWN ? " and " + (found.size() - SHOWN) + " more" : "");
    }

    private static String name(ManifestDocument document) {
        return document.kind() + " " + document.namespace().map(it -> it + "/").orElse("") + document.name();
    }

    private static Node root(ManifestDocument document) {
        return YamlStream.compose(name(document), document.yaml().reveal()).get(0);
    }

    private static Optional<String> path(Node one, Node other) {
        if (one instanceof MappingNode first && other instanceof MappingNode second) {
            for (NodeTuple tuple : first.getValue()) {
                String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "?";
                Optional<Node> twin = YamlStream.child(second, key);
                Optional<String> below =
                        twin.isEmpty() ? Optional.of("") : path(tuple.getValueNode(), twin.get());
                if (below.isPresent()) {
                    return Optional.of(join(key.replace(".", "\\."), below.get()));
                }
            }
            return first.getValue().size() == second.getValue().size() ? Optional.empty() : Optional.of("");
        }
        if (one instanceof SequenceNode first && other instanceof SequenceNode second) {
            for (int i = 0; i < Math.min(first.getValue().size(), second.getValue().size()); i++) {
                Optional<String> below = path(first.getValue().get(i), second.getValue().get(i));
                if (below.isPresent()) {
                    return Optional.of(join("[" + i + "]", below.get()));
                }
            }
            return first.getValue().size() == second.getValue().size() ? Optional.empty() : Optional.of("");
        }
        boolean same = one instanceof ScalarNode first
                && other instanceof ScalarNode second
                && first.getValue().equals(second.getValue());
        return same ? Optional.empty() : Optional.of("");
    }

    private static String join(String key, String below) {
        return below.isEmpty() ? key : below.startsWith("[") ? key + below : key + "." + below;
    }
}
