package io.talospve.store.internal;

import io.talospve.error.StoreException;
import io.talospve.store.StoreCipher;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Encrypts the files that hold secrets. All others stay readable: they hold none, and a journal that one can read when the
 * key is lost is worth more than one that nobody can.
 */
public final class EncryptedFiles implements StoreFiles {
    /** Folder of the secrets beside the bundle. */
    static final String KEPT = "secrets/";

    private static final Set<String> SECRET = Set.of("secrets.yaml", "digest.key", "credentials/issued.json");

    private final StoreFiles files;
    private final StoreCipher cipher;

    /** Files whose secrets are encrypted. */
    public EncryptedFiles(StoreFiles files, StoreCipher cipher) {
        this.files = files;
        this.cipher = cipher;
    }

    @Override
    public Optional<byte[]> read(String path) {
        Optional<byte[]> content = files.read(path);
        if (!secret(path)) {
            return content;
        }
        return content.map(encrypted -> {
            try {
                return cipher.decrypt(encrypted);
            } catch (StoreException e) {
                throw new StoreException(
                        e.code(),
                        files.location(path).map(Path::toString).orElse(path) + ": " + e.getMessage(),
                        e.hint().orElse(null),
                        e);
            }
        });
    }

    @Override
    public void write(String path, byte[] content) {
        files.write(path, secret(path) ? cipher.encrypt(content) : content);
    }

    @Override
    public boolean create(String path, byte[] content) {
        return files.create(path, secret(path) ? cipher.encrypt(content) : content);
    }

    @Override
    public void append(String path, byte[] content) {
        files.append(path, content);
    }

    @Override
    public List<String> list(String folder) {
        return files.list(folder);
    }

    @Override
    public Optional<AutoCloseable> lock(String path) {
        return files.lock(path);
    }

    @Override
    public Optional<Path> location(String path) {
        return files.location(path);
    }

    /** Paths begin with the cluster's folder. */
    private static boolean secret(String path) {
        String own = path.substring(path.indexOf('/') + 1);
        return SECRET.contains(own) || own.startsWith(KEPT);
    }
}
