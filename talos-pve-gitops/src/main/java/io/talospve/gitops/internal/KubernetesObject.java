package io.talospve.gitops.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.common.ScalarStyle;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** One Kubernetes object as YAML nodes, and the edits that manifests need. Mutable; not thread-safe. */
public final class KubernetesObject {
    private final MappingNode root;
    private final MappingNode metadata;
    private final String apiVersion;
    private final String kind;
    private final String name;

    private KubernetesObject(MappingNode root, MappingNode metadata, String apiVersion, String kind, String name) {
        this.root = root;
        this.metadata = metadata;
        this.apiVersion = apiVersion;
        this.kind = kind;
        this.name = name;
    }

    /**
     * The objects of a text; lists are expanded.
     *
     * @param origin where the text is from, for messages
     * @param text the text
     * @return the objects, in the order of the text
     * @throws io.talospve.error.RefusedException if a document is no object
     */
    public static List<KubernetesObject> read(String origin, String text) {
        List<KubernetesObject> objects = new ArrayList<>();
        for (Node root : YamlStream.compose(origin, text)) {
            expand(origin, root, objects, 0);
        }
        return objects;
    }

    private static void expand(String origin, Node node, List<KubernetesObject> objects, int depth) {
        Optional<String> kind = YamlStream.text(node, "kind");
        Optional<Node> items = YamlStream.child(node, "items");
        if (kind.isPresent() && kind.get().endsWith("List") && depth < 8
                && (items.isEmpty() || items.get() instanceof SequenceNode || YamlStream.isEmpty(items.get()))
                && YamlStream.text(node, "apiVersion").isPresent()
                && (items.isPresent() || !hasName(node))) {
            if (items.isPresent() && items.get() instanceof SequenceNode list) {
                for (Node item : list.getValue()) {
                    expand(origin, item, objects, depth + 1);
                }
            }
            return;
        }
        objects.add(of(origin, node, objects.size() + 1));
    }

    private static boolean hasName(Node node) {
        return YamlStream.child(node, "metadata").flatMap(it -> YamlStream.text(it, "name")).isPresent();
    }

    private static KubernetesObject of(String origin, Node node, int number) {
        String where = origin + ": object " + number;
        if (!(node instanceof MappingNode root)) {
            throw YamlStream.refuse(where, "it is no Kubernetes object: not a mapping");
        }
        String apiVersion = YamlStream.text(root, "apiVersion").orElse("");
        String kind = YamlStream.text(root, "kind").orElse("");
        Node metadata = YamlStream.child(root, "metadata").orElse(null);
        String name = metadata == null ? "" : YamlStream.text(metadata, "name").orElse("");
        if (apiVersion.isEmpty() || kind.isEmpty() || name.isEmpty() || !(metadata instanceof MappingNode mapping)) {
            String missing = apiVersion.isEmpty() ? "apiVersion" : kind.isEmpty() ? "kind" : "metadata.name";
            throw YamlStream.refuse(
                    where,
                    "it is no Kubernetes object: " + (kind.isEmpty() ? "" : kind + " ")
                            + (name.isEmpty() ? "" : name + " ") + "has no " + missing);
        }
        return new KubernetesObject(root, mapping, apiVersion, kind, name);
    }

    /** For example {@code apps/v1}. */
    public String apiVersion() {
        return apiVersion;
    }

    /** For example {@code Deployment}. */
    public String kind() {
        return kind;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** Its namespace, empty if it names none. */
    public Optional<String> namespace() {
        return YamlStream.text(metadata, "namespace");
    }

    /** Its root. */
    public Node root() {
        return root;
    }

    /** Whether Helm runs it as a hook instead of installing it. */
    public boolean isHook() {
        return YamlStream.child(metadata, "annotations")
                .flatMap(annotations -> YamlStream.text(annotations, "helm.sh/hook"))
                .isPresent();
    }

    /** Sets the namespace, after the name. */
    public void setNamespace(String namespace) {
        List<NodeTuple> tuples = withoutNamespace();
        int at = 0;
        while (!(tuples.get(at).getKeyNode() instanceof ScalarNode key && key.getValue().equals("name"))) {
            at++;
        }
        tuples.add(at + 1, new NodeTuple(plain("namespace"), text(namespace)));
        metadata.setValue(tuples);
    }

    /** Takes the namespace away. */
    public void removeNamespace() {
        metadata.setValue(withoutNamespace());
    }

    private List<NodeTuple> withoutNamespace() {
        List<NodeTuple> tuples = new ArrayList<>(metadata.getValue());
        tuples.removeIf(tuple -> tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals("namespace"));
        return tuples;
    }

    /** The document's text. */
    public String write() {
        return YamlStream.write(root);
    }

    /** A Namespace. */
    public static KubernetesObject namespace(String name, Map<String, String> labels) {
        List<NodeTuple> metadata = new ArrayList<>();
        metadata.add(new NodeTuple(plain("name"), text(name)));
        if (!labels.isEmpty()) {
            List<NodeTuple> entries = new ArrayList<>();
            labels.entrySet().stream()
                    .sorted(Map.Entry.comparingByKey())
                    .forEach(label -> entries.add(new NodeTuple(plain(label.getKey()), text(label.getValue()))));
            metadata.add(new NodeTuple(plain("labels"), new MappingNode(Tag.MAP, entries, FlowStyle.BLOCK)));
        }
        MappingNode mapping = new MappingNode(Tag.MAP, metadata, FlowStyle.BLOCK);
        MappingNode root = new MappingNode(
                Tag.MAP,
                List.of(
                        new NodeTuple(plain("apiVersion"), plain("v1")),
                        new NodeTuple(plain("kind"), plain("Namespace")),
                        new NodeTuple(plain("metadata"), mapping)),
                FlowStyle.BLOCK);
        return new KubernetesObject(root, mapping, "v1", "Namespace", name);
    }

    private static ScalarNode plain(String text) {
        return new ScalarNode(Tag.STR, text, ScalarStyle.PLAIN);
    }

    /** In quotes when YAML 1.1 could read it as something else than a text: a namespace may be called "on" or "1e3". */
    private static ScalarNode text(String text) {
        boolean harmless = text.length() > 5 && text.matches("[a-z]+(-[a-z]+)*");
        return new ScalarNode(Tag.STR, text, harmless ? ScalarStyle.PLAIN : ScalarStyle.DOUBLE_QUOTED);
    }
}
