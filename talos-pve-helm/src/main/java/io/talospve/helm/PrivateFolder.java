package io.talospve.helm;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A temporary folder that only this user can read (0700, files 0600 from creation), gone when closed. */
final class PrivateFolder implements AutoCloseable {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    private final Path path;

    private PrivateFolder(Path path) {
        this.path = path;
    }

    static PrivateFolder create() throws IOException {
        return new PrivateFolder(Files.createTempDirectory("talos-pve-helm-", folderMode()));
    }

    static PrivateFolder in(Path parent, String name) throws IOException {
        return new PrivateFolder(Files.createDirectory(parent.resolve(name), folderMode()));
    }

    static FileAttribute<?>[] folderMode() {
        return mode("rwx------");
    }

    private static FileAttribute<?>[] mode(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    Path path() {
        return path;
    }

    /** A new file in it. */
    Path write(String name, byte[] content) throws IOException {
        Path file = path.resolve(name);
        try (var channel = Files.newByteChannel(
                file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode("rw-------"))) {
            java.nio.ByteBuffer rest = java.nio.ByteBuffer.wrap(content);
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        }
        return file;
    }

    /** Deletes it with all that is in it; what cannot be deleted stays, in a folder that nobody else can read. */
    @Override
    public void close() {
        try (Stream<Path> all = Files.walk(path)) {
            List<Path> deepestFirst = all.sorted(Comparator.reverseOrder()).toList();
            for (Path each : deepestFirst) {
                Files.deleteIfExists(each);
            }
        } catch (IOException | java.io.UncheckedIOException e) {
            System.getLogger(PrivateFolder.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} is not deleted: {1}", path, e.toString());
        }
    }
}
