package io.talospve.spec.internal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/** Reads the files that a spec may name: those in its own folder and below, whatever links lead elsewhere. */
final class SpecFolder {
    /** A text without a folder. */
    static final SpecFolder NONE = new SpecFolder(Optional.empty(), false);

    /** Where examples of keys name files, which are not there. */
    static final SpecFolder OF_EXAMPLES = new SpecFolder(Optional.empty(), true);

    private final Optional<Path> folder;
    private final boolean imagined;

    private SpecFolder(Optional<Path> folder, boolean imagined) {
        this.folder = folder;
        this.imagined = imagined;
    }

    /** The folder of a spec's file. */
    static SpecFolder of(Path file) {
        return new SpecFolder(Optional.ofNullable(file.toAbsolutePath().getParent()), false);
    }

    /** A file cannot be read; the message says why, for a person. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;

        UnreadableException(String message) {
            super(message);
        }
    }

    /** The text of a file. */
    String read(String name) throws UnreadableException {
        if (imagined) {
            return name;
        }
        if (folder.isEmpty()) {
            throw new UnreadableException(
                    "names the file " + name + ", but this spec is a text without a folder: load it from its file");
        }
        try {
            Path given = Path.of(name);
            Path root = folder.get().toRealPath();
            Path file = root.resolve(given).toRealPath();
            if (given.isAbsolute() || !file.startsWith(root)) {
                throw new UnreadableException(name + " is not below the spec's folder");
            }
            if (!Files.isRegularFile(file)) {
                throw new UnreadableException(name + " is not a file");
            }
            long size = Files.size(file);
            if (size > YamlText.MAX_LENGTH) {
                throw new UnreadableException(name + " has " + size + " bytes; at most " + YamlText.MAX_LENGTH + " are read");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                    .toString();
        } catch (NoSuchFileException e) {
            throw new UnreadableException("there is no file " + name + " in the spec's folder");
        } catch (CharacterCodingException e) {
            throw new UnreadableException(name + " is not UTF-8");
        } catch (InvalidPathException | IOException e) {
            throw new UnreadableException("cannot read " + name + ": " + e.getMessage());
        }
    }
}
