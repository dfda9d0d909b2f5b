package io.talospve.spec.internal;

import io.talospve.spec.SpecDiff.Change;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** Compares two specs as YAML. */
public final class SpecTexts {
    private static final String MASK = "***";

    private SpecTexts() {}

    /** What the second says otherwise than the first. */
    public static List<Change> compare(String before, String after) {
        Map<String, String> old = leaves(before, "the earlier spec");
        Map<String, String> now = leaves(after, "the later spec");
        List<Change> changes = new ArrayList<>();
        now.forEach((path, value) -> {
            Optional<String> was = Optional.ofNullable(old.get(path));
            if (!was.equals(Optional.of(value))) {
                changes.add(new Change(path, was.map(text -> shown(path, text)), Optional.of(shown(path, value))));
            }
        });
        old.forEach((path, value) -> {
            if (!now.containsKey(path)) {
                changes.add(new Change(path, Optional.of(shown(path, value)), Optional.empty()));
            }
        });
        return changes;
    }

    private static String shown(String path, String value) {
        String key = path.substring(path.lastIndexOf('.') + 1);
        return LiteralSecrets.find(key, value).isPresent() ? MASK : value;
    }

    private static Map<String, String> leaves(String text, String name) {
        Map<String, String> leaves = new LinkedHashMap<>();
        collect(YamlText.compose(text, name), "", leaves);
        return leaves;
    }

    private static void collect(Node node, String path, Map<String, String> leaves) {
        if (node instanceof MappingNode map && !map.getValue().isEmpty()) {
            for (NodeTuple entry : map.getValue()) {
                collect(entry.getValueNode(), Mapping.Entries.child(path, text(entry.getKeyNode())), leaves);
            }
        } else if (node instanceof SequenceNode list && list.getValue().stream().anyMatch(MappingNode.class::isInstance)) {
            List<String> names = identities(list.getValue());
            for (int i = 0; i < names.size(); i++) {
                collect(list.getValue().get(i), path + "[" + names.get(i) + "]", leaves);
            }
        } else {
            leaves.put(path, text(node));
        }
    }

    /** What tells the entries of a list apart: name or address where each has one of its own, else the place. */
    private static List<String> identities(List<Node> entries) {
        List<String> names = entries.stream().map(entry -> identity(entry).orElse("")).toList();
        Set<String> distinct = new HashSet<>(names);
        if (distinct.size() == names.size() && !distinct.contains("")) {
            return names;
        }
        List<String> places = new ArrayList<>();
        entries.forEach(entry -> places.add(Integer.toString(places.size())));
        return places;
    }

    private static Optional<String> identity(Node entry) {
        return child(entry, "name").map(SpecTexts::text).or(() -> child(entry, "networks").flatMap(SpecTexts::address));
    }

    private static Optional<String> address(Node networks) {
        if (!(networks instanceof MappingNode map)) {
            return Optional.empty();
        }
        return map.getValue().stream()
                .flatMap(network -> child(network.getValueNode(), "address").stream())
                .map(SpecTexts::text)
                .findFirst();
    }

    private static Optional<Node> child(Node node, String key) {
        if (!(node instanceof MappingNode map)) {
            return Optional.empty();
        }
        return map.getValue().stream()
                .filter(entry -> text(entry.getKeyNode()).equals(key))
                .map(NodeTuple::getValueNode)
                .findFirst();
    }

    private static String text(Node node) {
        if (node instanceof ScalarNode scalar) {
            return scalar.getValue();
        }
        if (node instanceof SequenceNode list) {
            return list.getValue().stream().map(SpecTexts::text).toList().toString();
        }
        return "{}";
    }
}
