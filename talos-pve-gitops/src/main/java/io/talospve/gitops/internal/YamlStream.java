package io.talospve.gitops.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.StreamDataWriter;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.emitter.Emitter;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.serializer.Serializer;

/**
 * A stream of YAML documents to nodes and back. Scalars keep the text and quoting they had, so that whoever reads them by the
 * rules of YAML 1.1 (as Kubernetes does: 0644 is octal, yes is true) reads what the chart meant. Comments go. Stateless.
 */
public final class YamlStream {
    /** Largest text, in characters. */
    public static final int MAX_LENGTH = 32 * 1024 * 1024;

    private static final int MAX_DEPTH = 100;
    private static final int MAX_VALUES = 2_000_000;

    private YamlStream() {}

    /**
     * Reads every document that holds something.
     *
     * @param origin where the text is from, for messages
     * @param text the text; it may hold secrets
     * @return the documents' roots, in the order of the text
     * @throws RefusedException if it is not YAML or exceeds the bounds; the message quotes nothing of the text
     */
    public static List<Node> compose(String origin, String text) {
        if (text.length() > MAX_LENGTH) {
            throw refuse(origin, "it has " + text.length() + " characters; at most " + MAX_LENGTH + " are read");
        }
        LoadSettings settings = LoadSettings.builder()
                .setLabel("manifests")
                .setCodePointLimit(MAX_LENGTH)
                .setAllowDuplicateKeys(true)
                .setAllowNonScalarKeys(true)
                // The scanner copies its buffer for every piece of a long value.
                .setBufferSize(Math.max(1024, Math.min(text.length(), 1024 * 1024)))
                .setMaxAliasesForCollections(MAX_VALUES)
                .build();
        try {
            checkBounds(origin, parser(settings, text));
            List<Node> documents = new ArrayList<>();
            for (Composer roots = new Composer(settings, parser(settings, text)); roots.hasNext(); ) {
                Node root = roots.next();
                if (!isEmpty(root)) {
                    documents.add(lastKeyCounts(origin, root));
                }
            }
            return documents;
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(1);
            throw refuse(origin, "not YAML: line " + line + source(text, line) + ": " + e.getProblem());
        } catch (YamlEngineException e) {
            // Its message may quote the text.
            throw refuse(origin, "not YAML: " + e.getClass().getSimpleName());
        }
    }

    /**
     * Writes one document.
     *
     * @param root its root
     * @return its text without separator, ending with a newline
     */
    public static String write(Node root) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setIndent(2)
                .setSplitLines(false)
                .setWidth(Integer.MAX_VALUE)
                .setMaxSimpleKeyLength(1024)
                .build();
        StringBuilder out = new StringBuilder();
        Serializer serializer = new Serializer(settings, new Emitter(settings, new StreamDataWriter() {
            @Override
            public void write(String part) {
                out.append(part);
            }

            @Override
            public void write(String part, int from, int length) {
                out.append(part, from, from + length);
            }
        }));
        serializer.emitStreamStart();
        serializer.serializeDocument(root);
        serializer.emitStreamEnd();
        String text = out.toString();
        // "|+" at the end makes the emitter close the document with "...".
        String body = text.endsWith("\n...\n") ? text.substring(0, text.length() - 4) : text;
        return body.endsWith("\n") ? body : body + "\n";
    }

    /** Not by api.lowlevel, which the library's module does not export. */
    private static ParserImpl parser(LoadSettings settings, String text) {
        return new ParserImpl(settings, new StreamReader(settings, text));
    }

    static boolean isEmpty(Node root) {
        return root instanceof ScalarNode scalar
                && (scalar.getValue().isEmpty() || scalar.getValue().equals("null") || scalar.getValue().equals("~"))
                && scalar.isPlain();
    }

    /** Says which template the line came from: Helm writes it above each document. */
    private static String source(String text, int line) {
        String[] lines = text.split("\n", line + 1);
        for (int at = Math.min(line, lines.length) - 1; at >= 0; at--) {
            if (lines[at].startsWith("# Source: ")) {
                return " (" + lines[at].substring("# Source: ".length()).strip() + ")";
            }
        }
        return "";
    }

    private static void checkBounds(String origin, Iterator<Event> events) {
        int depth = 0;
        int values = 0;
        int aliases = 0;
        while (events.hasNext()) {
            Event event = events.next();
            if (event instanceof CollectionStartEvent) {
                depth++;
                values++;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            } else if (event instanceof ScalarEvent) {
                values++;
            } else if (event instanceof AliasEvent) {
                aliases++;
            }
            if (depth > MAX_DEPTH) {
                throw refuse(origin, "nested deeper than " + MAX_DEPTH + " levels");
            }
            if (values + aliases > MAX_VALUES) {
                throw refuse(origin, "more than " + MAX_VALUES + " values");
            }
        }
    }

    /** A repeated key: the last one counts, as it does for Kubernetes. Measures aliases as what they stand for. */
    private static Node lastKeyCounts(String origin, Node root) {
        if (unrepeated(origin, root, new IdentityHashMap<>(), 1) > MAX_VALUES) {
            throw refuse(origin, "its aliases stand for more than " + MAX_VALUES + " values");
        }
        return root;
    }

    private static long unrepeated(String origin, Node node, Map<Node, Long> known, int depth) {
        Long before = known.get(node);
        if (before != null) {
            if (before < 0) {
                throw refuse(origin, "an alias stands inside what it stands for");
            }
            return before;
        }
        if (depth > MAX_DEPTH) {
            throw refuse(origin, "nested deeper than " + MAX_DEPTH + " levels");
        }
        known.put(node, -1L);
        long values = 1;
        if (node instanceof MappingNode mapping) {
            Map<String, NodeTuple> last = new LinkedHashMap<>();
            for (NodeTuple tuple : mapping.getValue()) {
                values += unrepeated(origin, tuple.getKeyNode(), known, depth + 1);
                values += unrepeated(origin, tuple.getValueNode(), known, depth + 1);
                String key = tuple.getKeyNode() instanceof ScalarNode scalar
                        ? scalar.getValue()
                        : "\u0000" + System.identityHashCode(tuple.getKeyNode());
                last.put(key, tuple);
            }
            if (last.size() < mapping.getValue().size()) {
                mapping.setValue(new ArrayList<>(last.values()));
            }
        } else if (node instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                values += unrepeated(origin, item, known, depth + 1);
            }
        }
        values = Math.min(values, 2L * MAX_VALUES);
        known.put(node, values);
        return values;
    }

    static RefusedException refuse(String origin, String what) {
        return new RefusedException(ErrorCode.REJECTED, origin + ": " + what, null);
    }

    /**
     * The value under a key.
     *
     * @param node where to look
     * @param key the key
     * @return the value, empty if the node is no mapping or has no such key
     */
    public static Optional<Node> child(Node node, String key) {
        return tuple(node, key).map(NodeTuple::getValueNode);
    }

    static Optional<NodeTuple> tuple(Node node, String key) {
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (tuple.getKeyNode() instanceof ScalarNode scalar && scalar.getValue().equals(key)) {
                    return Optional.of(tuple);
                }
            }
        }
        return Optional.empty();
    }

    /**
     * The text of a scalar under a key.
     *
     * @param node where to look
     * @param key the key
     * @return the text, empty if there is none or it is null or empty
     */
    public static Optional<String> text(Node node, String key) {
        return child(node, key)
                .filter(value -> value instanceof ScalarNode scalar && !isEmpty(scalar))
                .map(value -> ((ScalarNode) value).getValue())
                .filter(value -> !value.isEmpty());
    }
}
