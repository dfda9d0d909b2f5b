package io.talospve.store.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/** Files on disk: folders 0700 and files 0600 from creation; temporary file, fsync, rename, fsync of the folder. */
public final class DirectoryFiles implements StoreFiles {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    private static final FileAttribute<?>[] FOLDER = attributes("rwx------");
    private static final FileAttribute<?>[] FILE = attributes("rw-------");

    /** Followed by the number of the process that writes it. */
    private static final String TEMPORARY = ".tmp-";

    private final Path root;

    /** Files below a folder, which is created when something is first written. */
    public DirectoryFiles(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    @Override
    public Optional<byte[]> read(String path) {
        try {
            return Optional.of(Files.readAllBytes(resolve(path)));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException e) {
            throw failed("read", path, e);
        }
    }

    @Override
    public void write(String path, byte[] content) {
        Path target = resolve(path);
        try {
            Path temporary = writeTemporary(target, content);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncFolder(target.getParent());
        } catch (IOException e) {
            throw failed("write", path, e);
        }
    }

    @Override
    public boolean create(String path, byte[] content) {
        Path target = resolve(path);
        try {
            Path temporary = writeTemporary(target, content);
            try {
                // A hard link fails if the name exists, where a rename would replace it.
                Files.createLink(target, temporary);
            } catch (FileAlreadyExistsException exists) {
                return false;
            } finally {
                Files.deleteIfExists(temporary);
            }
            syncFolder(target.getParent());
            return true;
        } catch (IOException e) {
            throw failed("create", path, e);
        }
    }

    @Override
    public void append(String path, byte[] content) {
        Path target = resolve(path);
        try {
            makeFolder(target.getParent());
            boolean isNew = !Files.exists(target, LinkOption.NOFOLLOW_LINKS);
            if (isNew) {
                Files.createFile(target, FILE);
            }
            append(target, content);
            if (isNew) {
                syncFolder(target.getParent());
            }
        } catch (IOException e) {
            throw failed("append to", path, e);
        }
    }

    @Override
    public List<String> list(String folder) {
        try (Stream<Path> entries = Files.list(resolve(folder))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !name.startsWith(TEMPORARY))
                    .sorted()
                    .toList();
        } catch (NoSuchFileException absent) {
            return List.of();
        } catch (IOException e) {
            throw failed("list", folder, e);
        }
    }

    @Override
    public Optional<AutoCloseable> lock(String path) {
        Path target = resolve(path);
        try {
            makeFolder(target.getParent());
            FileChannel channel =
                    FileChannel.open(target, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE), FILE);
            FileLock lock = null;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException sameProcess) {
                // somebody in this process has it
            } finally {
                if (lock == null) {
                    channel.close();
                }
            }
            if (lock != null) {
                removeLeftovers(target.getParent());
            }
            return Optional.ofNullable(lock).map(held -> channel::close);
        } catch (IOException e) {
            throw failed("lock", path, e);
        }
    }

    @Override
    public Optional<Path> location(String path) {
        return Optional.of(resolve(path));
    }

    private Path resolve(String path) {
        Path resolved = root.resolve(path).normalize();
        if (!resolved.startsWith(root)) {
            throw new StoreException(ErrorCode.STORE_FAILED, "path " + path + " leads out of " + root, null, null);
        }
        return resolved;
    }

    private Path writeTemporary(Path target, byte[] content) throws IOException {
        makeFolder(target.getParent());
        Path temporary = target.resolveSibling(
                TEMPORARY + ProcessHandle.current().pid() + "." + UUID.randomUUID());
        Files.createFile(temporary, FILE);
        append(temporary, content);
        return temporary;
    }

    /** Through a stream: an interrupt of the writing thread would close a channel, and tear the line that says so. */
    private static void append(Path file, byte[] content) throws IOException {
        try (FileOutputStream out = new FileOutputStream(file.toFile(), true)) {
            out.write(content);
            out.getFD().sync();
        }
    }

    /** A process that died while it wrote leaves its temporary file, perhaps with a secret in it. */
    private static void removeLeftovers(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(DirectoryFiles::isLeftover).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isLeftover(Path file) {
        String name = file.getFileName().toString();
        if (!name.startsWith(TEMPORARY)) {
            return false;
        }
        String process = name.substring(TEMPORARY.length()).split("\\.", 2)[0];
        return !process.matches("\\d{1,18}") || ProcessHandle.of(Long.parseLong(process)).isEmpty();
    }

    private void makeFolder(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Files.createDirectories(folder, FOLDER);
        for (Path at = folder; at.startsWith(root); at = at.getParent()) {
            syncFolder(at);
        }
        syncFolder(root.getParent());
    }

    /** Makes a rename durable; only POSIX systems can open a folder. */
    private static void syncFolder(Path folder) throws IOException {
        if (!POSIX) {
            return;
        }
        boolean interrupted = false;
        try {
            for (boolean synced = false; !synced; ) {
                try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                    channel.force(true);
                    synced = true;
                } catch (ClosedByInterruptException again) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static FileAttribute<?>[] attributes(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private StoreException failed(String what, String path, IOException e) {
        return new StoreException(
                ErrorCode.STORE_FAILED,
                "cannot " + what + " " + resolve(path) + ": " + e,
                "Check that the folder is writable for this user and that the disk is not full.",
                e);
    }
}
