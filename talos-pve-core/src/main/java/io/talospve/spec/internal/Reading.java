package io.talospve.spec.internal;

import io.talospve.error.Problem.Position;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** One pass over a file: where things stand and what is wrong with them. Not thread-safe. */
final class Reading {
    private static final int SHOWN = 60;

    private final String file;
    private final Findings findings;
    private final SpecFolder folder;
    private final Set<Node> secrets = Collections.newSetFromMap(new IdentityHashMap<>());

    Reading(String file, Findings findings) {
        this(file, findings, SpecFolder.NONE);
    }

    Reading(String file, Findings findings, SpecFolder folder) {
        this.file = file;
        this.findings = findings;
        this.folder = folder;
    }

    /** Whose files may be named. */
    SpecFolder folder() {
        return folder;
    }

    Findings findings() {
        return findings;
    }

    /** From now on the text of this node is not repeated in any message. */
    void hide(Node node) {
        secrets.add(node);
    }

    Position position(Node node) {
        return node.getStartMark()
                .map(mark -> new Position(file, mark.getLine() + 1, mark.getColumn() + 1))
                .orElseGet(() -> new Position(file, 1, 1));
    }

    void place(String path, Node node) {
        findings.place(path, position(node));
    }

    /** Reports what cannot be read. */
    void unreadable(Node node, String path, String message) {
        if (secrets.contains(node)) {
            // Said already, without the value.
            findings.markBroken(path);
        } else {
            findings.unreadable(position(node), path, message);
        }
    }

    /** Names what stands at a node, for "found …". */
    String describe(Node node) {
        if (node instanceof MappingNode) {
            return "a mapping";
        }
        if (node instanceof SequenceNode) {
            return "a list";
        }
        if (node instanceof ScalarNode scalar) {
            Tag tag = scalar.getTag();
            if (tag.equals(Tag.NULL)) {
                return "nothing";
            }
            String kind = tag.equals(Tag.INT) || tag.equals(Tag.FLOAT)
                    ? "number "
                    : tag.equals(Tag.BOOL) ? "" : "text ";
            String text = shown(scalar);
            return kind.equals("text ") ? kind + "\"" + text + "\"" : kind + text;
        }
        return "something else";
    }

    private String shown(ScalarNode scalar) {
        if (secrets.contains(scalar)) {
            return "***";
        }
        String text = scalar.getValue().replace("\n", "\\n");
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }
}
