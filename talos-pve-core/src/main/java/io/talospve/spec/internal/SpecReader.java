package io.talospve.spec.internal;

import io.talospve.error.Problem;
import io.talospve.error.Problem.Position;
import io.talospve.error.Problem.Severity;
import io.talospve.error.SpecException;
import io.talospve.spec.TalosCluster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** Reads a spec's YAML, as strictly as its keys say. What it finds goes to {@link Findings}. */
public final class SpecReader {
    private SpecReader() {}

    /**
     * What a file says, as far as it could be read.
     *
     * @param builder filled, with placeholders where something is wrong
     * @param findings what is wrong
     */
    public record Result(TalosCluster.Builder builder, Findings findings) {}

    /** The text of a spec's file. */
    private static String load(Path file) {
        String name = name(file);
        byte[] bytes;
        try {
            long size = Files.size(file);
            if (size > YamlText.MAX_LENGTH) {
                throw YamlText.refuse(name, 1, 1, "the file has " + size + " bytes; a spec has at most " + YamlText.MAX_LENGTH);
            }
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new SpecException(List.of(new Problem(
                    Severity.ERROR,
                    null,
                    "",
                    "cannot read " + file + ": "
                            + (e instanceof java.nio.file.NoSuchFileException ? "no such file" : e.toString()))));
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw YamlText.refuse(name, 1, 1, "the file is not UTF-8");
        }
    }

    /** How a file is called in problems. */
    private static String name(Path file) {
        Path last = file.getFileName();
        return last == null ? file.toString() : last.toString();
    }

    /** Reads a file, and the files beside it that it names. */
    public static Result readFile(Path file) {
        return read(load(file), name(file), SpecFolder.of(file));
    }

    /** Reads a text, which may name no files. */
    public static Result read(String text, String file) {
        return read(text, file, SpecFolder.NONE);
    }

    private static Result read(String text, String file, SpecFolder folder) {
        Node root = YamlText.compose(text, file);
        Findings findings = new Findings();
        Reading reading = new Reading(file, findings, folder);
        findings.place("", new Position(file, 1, 1));
        findSecrets(root, "", "", reading);
        ClusterDraft draft = new ClusterDraft();
        SpecKeys.ROOT.readInto(root, "", reading, draft);
        return new Result(draft.finish(), findings);
    }

    /** Reports every pasted secret, also under keys that nobody knows, and keeps its text out of all other messages. */
    private static void findSecrets(Node node, String key, String path, Reading reading) {
        if (node instanceof MappingNode mapping) {
            if (isReference(mapping)) {
                reading.hide(mapping.getValue().get(0).getValueNode());
                return;
            }
            for (NodeTuple tuple : mapping.getValue()) {
                String name = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
                findSecrets(tuple.getKeyNode(), "", path, reading);
                findSecrets(tuple.getValueNode(), name, Mapping.Entries.child(path, name), reading);
            }
        } else if (node instanceof SequenceNode sequence) {
            int index = 0;
            for (Node item : sequence.getValue()) {
                findSecrets(item, key, path + "[" + index++ + "]", reading);
            }
        } else if (node instanceof ScalarNode scalar && !scalar.getTag().equals(Tag.NULL) && !scalar.getTag().equals(Tag.BOOL)) {
            Optional<String> kind = LiteralSecrets.find(key, scalar.getValue());
            kind.ifPresent(found -> {
                reading.unreadable(node, path, LiteralSecrets.message(found));
                reading.hide(node);
            });
        }
    }

    /** Whether this is {@code { secret: "<source>:<key>" }}. Where no key takes one, its reader refuses it. */
    static boolean isReference(MappingNode mapping) {
        return mapping.getValue().size() == 1
                && mapping.getValue().get(0).getKeyNode() instanceof ScalarNode key
                && key.getValue().equals("secret")
                && mapping.getValue().get(0).getValueNode() instanceof ScalarNode value
                && value.getValue().matches("[a-z][a-z0-9-]*:\\S+");
    }
}
