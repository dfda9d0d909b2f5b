package io.talospve.secrets.file;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.StoreException;
import io.talospve.secrets.internal.LineEnd;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Reads secrets from the files of a folder, for example one that Kubernetes, Docker or systemd mounts.
 *
 * <p>The key is the file's name, without a path. A symbolic link is followed as long as it stays in the folder. A file of one
 * line is that line without its line break (editors and {@code echo} add one); every other file is taken as it is. Thread-safe.
 */
public final class FileSource implements SecretSource {
    private static final int MAX_BYTES = 1 << 20;

    private final Path folder;

    /**
     * A source.
     *
     * @param folder the only folder that is read
     */
    public FileSource(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /**
     * Reads a file.
     *
     * @throws RefusedException if the name is not a plain file name or the file is outside the folder
     * @throws StoreException if it cannot be read
     */
    @Override
    public Optional<Secret<String>> read(String key) {
        Path file = FileNames.file(folder, key);
        try {
            Path real = file.toRealPath();
            if (!real.startsWith(folder.toRealPath())) {
                throw new RefusedException(
                        ErrorCode.STORE_FAILED, file + " is a link that leads out of its folder", "put the file itself there");
            }
            try (InputStream in = Files.newInputStream(real)) {
                byte[] bytes = in.readNBytes(MAX_BYTES + 1);
                if (bytes.length > MAX_BYTES) {
                    throw new RefusedException(
                            ErrorCode.STORE_FAILED, file + " is longer than " + MAX_BYTES + " bytes", null);
                }
                return Optional.of(Secret.of(LineEnd.strip(StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString())));
            }
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (CharacterCodingException e) {
            throw new StoreException(ErrorCode.STORE_FAILED, file + " is not UTF-8 text", null, null);
        } catch (IOException e) {
            throw new StoreException(
                    ErrorCode.STORE_FAILED,
                    "cannot read " + file + ": " + e.getClass().getSimpleName(),
                    "check its owner and its permissions",
                    e);
        }
    }
}
