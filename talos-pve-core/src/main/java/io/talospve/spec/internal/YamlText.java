package io.talospve.spec.internal;

import io.talospve.error.Problem;
import io.talospve.error.Problem.Position;
import io.talospve.error.Problem.Severity;
import io.talospve.error.SpecException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionEndEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.DocumentStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.Schema;

/**
 * YAML text to nodes and back, within bounds that a spec never meets and a bomb always does: size, depth and number of
 * values, aliases counted as what they stand for.
 */
public final class YamlText {
    /** Largest text, in characters. */
    public static final int MAX_LENGTH = 4 * 1024 * 1024;

    static final Schema SCHEMA = new SharedCoreSchema();

    private static final int MAX_DEPTH = 64;
    private static final int MAX_VALUES = 100_000;
    private static final int MAX_ALIASES = 10_000;

    private YamlText() {}

    /** The one document of a text. */
    static Node compose(String text, String file) {
        if (text.length() > MAX_LENGTH) {
            throw refuse(file, 1, 1, "the file has " + text.length() + " characters; a spec has at most " + MAX_LENGTH);
        }
        String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setSchema(SCHEMA)
                .setCodePointLimit(MAX_LENGTH)
                .setAllowNonScalarKeys(true)
                // The scanner copies its buffer for every piece of a long value.
                .setBufferSize(Math.max(1024, body.length()))
                .setMaxAliasesForCollections(MAX_ALIASES)
                .build();
        try {
            checkBounds(() -> parser(settings, body), file);
            Optional<Node> root = new Composer(settings, parser(settings, body)).getSingleNode();
            if (root.isEmpty()) {
                throw refuse(file, 1, 1, "the file holds no spec");
            }
            checkExpansion(root.get(), file);
            return root.get();
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            String context = e.getContext() == null || e.getContext().isEmpty() ? "" : e.getContext() + ": ";
            throw refuse(
                    file,
                    mark.map(m -> m.getLine() + 1).orElse(1),
                    mark.map(m -> m.getColumn() + 1).orElse(1),
                    "not YAML: " + context + e.getProblem());
        } catch (ReaderException e) {
            int[] place = place(body, e.getPosition());
            throw refuse(file, place[0], place[1], "not YAML: a control character is not allowed");
        } catch (YamlEngineException e) {
            throw refuse(file, 1, 1, "not YAML: " + e.getMessage());
        }
    }

    /** Not by api.lowlevel, which the library's module does not export. */
    private static ParserImpl parser(LoadSettings settings, String text) {
        return new ParserImpl(settings, new StreamReader(settings, text));
    }

    /** Refuses a text of several documents that is made to exhaust a reader. */
    static void checkBounds(String text) {
        LoadSettings settings = LoadSettings.builder()
                .setCodePointLimit(MAX_LENGTH)
                .setBufferSize(Math.max(1024, text.length()))
                .build();
        int depth = 0;
        ParserImpl events = parser(settings, text);
        while (events.hasNext()) {
            Event event = events.next();
            depth += event instanceof CollectionStartEvent ? 1 : event instanceof CollectionEndEvent ? -1 : 0;
            if (depth > MAX_DEPTH) {
                throw new YamlEngineException("nested deeper than " + MAX_DEPTH + " levels");
            }
        }
    }

    private static void checkBounds(Iterable<Event> events, String file) {
        int depth = 0;
        int values = 0;
        int aliases = 0;
        int documents = 0;
        for (Event event : events) {
            if (event instanceof CollectionStartEvent) {
                depth++;
                values++;
            } else if (event instanceof CollectionEndEvent) {
                depth--;
            } else if (event instanceof ScalarEvent) {
                values++;
            } else if (event instanceof AliasEvent) {
                aliases++;
            } else if (event instanceof DocumentStartEvent) {
                documents++;
            }
            Optional<String> tag = event instanceof ScalarEvent scalar
                    ? scalar.getTag()
                    : event instanceof CollectionStartEvent collection ? collection.getTag() : Optional.empty();
            String excess = tag.isPresent()
                    ? "a tag is not allowed; write a plain value, in quotes if it is a text"
                    : depth > MAX_DEPTH
                    ? "nested deeper than " + MAX_DEPTH + " levels"
                    : values > MAX_VALUES
                            ? "more than " + MAX_VALUES + " values"
                            : aliases > MAX_ALIASES
                                    ? "more than " + MAX_ALIASES + " aliases"
                                    : documents > 1 ? "a second document; a spec is one document" : "";
            if (!excess.isEmpty()) {
                int line = event.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
                int column = event.getStartMark().map(mark -> mark.getColumn() + 1).orElse(1);
                throw refuse(file, line, column, excess);
            }
        }
    }

    /**
     * What stands below a node when aliases are replaced.
     *
     * @param values how many values
     * @param depth how many levels
     */
    private record Extent(int values, int depth) {
        static final Extent OPEN = new Extent(-1, -1);

        Extent plus(Extent child) {
            return new Extent(Math.min(values + child.values, 2 * MAX_VALUES), Math.max(depth, child.depth + 1));
        }
    }

    private static void checkExpansion(Node root, String file) {
        Extent extent = extent(root, file, new IdentityHashMap<>());
        if (extent.values > MAX_VALUES) {
            throw refuse(file, 1, 1, "its aliases stand for more than " + MAX_VALUES + " values");
        }
        if (extent.depth > MAX_DEPTH) {
            throw refuse(file, 1, 1, "its aliases nest deeper than " + MAX_DEPTH + " levels");
        }
    }

    /** Each node is measured once: anchors precede their aliases, so the recursion is as deep as the text, not as the aliases. */
    private static Extent extent(Node node, String file, Map<Node, Extent> known) {
        Extent before = known.get(node);
        if (before != null) {
            if (before == Extent.OPEN) {
                Mark mark = node.getStartMark().orElseThrow();
                throw refuse(file, mark.getLine() + 1, mark.getColumn() + 1, "an alias stands inside what it stands for");
            }
            return before;
        }
        known.put(node, Extent.OPEN);
        Extent extent = new Extent(1, 1);
        if (node instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                extent = extent.plus(extent(tuple.getKeyNode(), file, known)).plus(extent(tuple.getValueNode(), file, known));
            }
        } else if (node instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                extent = extent.plus(extent(item, file, known));
            }
        }
        known.put(node, extent);
        return extent;
    }

    private static int[] place(String text, int index) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < Math.min(index, text.length()); i++) {
            if (text.charAt(i) == '\n') {
                line++;
                column = 1;
            } else {
                column++;
            }
        }
        return new int[] {line, column};
    }

    /** An error about the file as a whole. */
    static SpecException refuse(String file, int line, int column, String message) {
        return new SpecException(
                List.of(new Problem(Severity.ERROR, new Position(file, line, column), "", message)));
    }

    /** A tree as YAML in block style. */
    static String dump(@Nullable Object tree) {
        DumpSettings settings = DumpSettings.builder()
                .setDefaultFlowStyle(FlowStyle.BLOCK)
                .setSchema(SCHEMA)
                .setIndent(2)
                .setIndicatorIndent(2)
                .setIndentWithIndicator(true)
                .setSplitLines(false)
                .setDereferenceAliases(true)
                .build();
        return new Dump(settings).dumpToString(tree);
    }
}
