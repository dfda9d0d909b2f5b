package io.talospve.secrets.file;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Delivers secrets as files of a folder: one file for each name, readable by its owner only from the moment it exists,
 * replaced as a whole and durably (temporary file, fsync, rename, fsync of the folder).
 *
 * <p>The name is the file's name, so it may hold letters, digits, {@code . _ -} and no path; a file that is a symbolic link
 * is refused, for it could lead anywhere. The folder is made (0700) if it does not exist; one that others can write to is
 * refused. Errors: {@link StoreException} with code {@code STORE_FAILED}, {@link RefusedException}. Thread-safe, also
 * between processes: the last writer wins with a whole file. Needs a file system with POSIX permissions.
 */
public final class FileSink implements SecretSink {
    private static final int MAX_BYTES = 16 << 20;
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> PRIVATE_FOLDER =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final AtomicLong TEMPORARY = new AtomicLong();

    private final Path folder;

    /**
     * A sink into a folder, which need not exist yet.
     *
     * @param folder the folder
     */
    public FileSink(Path folder) {
        this.folder = folder.toAbsolutePath().normalize();
    }

    /** {@code file:} and the folder. */
    @Override
    public String name() {
        return "file:" + folder;
    }

    @Override
    public Presence check(String key, Secret<String> value) {
        Path file = FileNames.file(folder, key);
        try {
            BasicFileAttributes found =
                    Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            requirePlain(file, found);
            if (found.size() > MAX_BYTES) {
                return Presence.DIFFERENT;
            }
            boolean same = MessageDigest.isEqual(read(file), value.reveal().getBytes(StandardCharsets.UTF_8))
                    && Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)
                            .equals(PRIVATE_FILE.value());
            return same ? Presence.SAME : Presence.DIFFERENT;
        } catch (NoSuchFileException e) {
            return Presence.ABSENT;
        } catch (IOException | UnsupportedOperationException e) {
            throw failed("read", file, e);
        }
    }

    /** Writes the file unless it holds the value already with mode 0600 (a file that others can read is replaced). */
    @Override
    public void put(String key, Secret<String> value) {
        Path file = FileNames.file(folder, key);
        makeFolder();
        if (check(key, value) == Presence.SAME) {
            return;
        }
        Path temporary = folder.resolve("." + key + "." + ProcessHandle.current().pid() + "-"
                + HexFormat.of().toHexDigits(System.nanoTime()) + "-" + TEMPORARY.incrementAndGet() + ".tmp");
        try {
            try (FileChannel channel = (FileChannel) Files.newByteChannel(
                    temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), PRIVATE_FILE)) {
                ByteBuffer bytes = ByteBuffer.wrap(value.reveal().getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        } catch (IOException | UnsupportedOperationException e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException again) {
                e.addSuppressed(again);
            }
            throw failed("write", file, e);
        }
    }

    /** Does nothing: nothing is held open. */
    @Override
    public void close() {
        // nothing is held open
    }

    @Override
    public String toString() {
        return name();
    }

    private void makeFolder() {
        try {
            Path parent = folder.getParent();
            if (parent != null) {
                Files.createDirectories(parent);
            }
            try {
                Files.createDirectory(folder, PRIVATE_FOLDER);
            } catch (FileAlreadyExistsException e) {
                Set<PosixFilePermission> allowed = Files.getPosixFilePermissions(folder);
                if (!Files.isDirectory(folder)) {
                    throw e;
                }
                if (allowed.contains(PosixFilePermission.GROUP_WRITE)
                        || allowed.contains(PosixFilePermission.OTHERS_WRITE)) {
                    throw new RefusedException(
                            ErrorCode.STORE_FAILED,
                            "others can write to the folder " + folder + ", so they could swap the secrets in it",
                            "chmod 700 " + folder);
                }
            }
        } catch (IOException | UnsupportedOperationException e) {
            throw failed("make", folder, e);
        }
    }

    private static byte[] read(Path file) throws IOException {
        try (var channel = Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
            ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), MAX_BYTES));
            while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
                continue;
            }
            byte[] result = new byte[bytes.flip().remaining()];
            bytes.get(result);
            return result;
        }
    }

    private static void requirePlain(Path file, BasicFileAttributes found) {
        if (!found.isRegularFile()) {
            throw new RefusedException(
                    ErrorCode.STORE_FAILED,
                    file + " is " + (found.isSymbolicLink() ? "a symbolic link" : "not a file")
                            + ": a secret is neither read nor written through it",
                    "remove it, or choose another folder");
        }
    }

    private static StoreException failed(String what, Path file, Exception cause) {
        return new StoreException(
                ErrorCode.STORE_FAILED,
                "cannot " + what + " " + file + ": " + cause.getClass().getSimpleName()
                        + (cause.getMessage() == null ? "" : ": " + cause.getMessage()),
                "check its owner, its permissions and the free space",
                cause);
    }
}
