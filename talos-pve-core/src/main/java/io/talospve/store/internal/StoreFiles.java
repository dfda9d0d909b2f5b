package io.talospve.store.internal;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The few things a store does with files. Paths are relative, with {@code /}. A write that returned is durable; a reader
 * sees the old or the new content.
 */
public interface StoreFiles {
    /** A file's content; empty if it does not exist. */
    Optional<byte[]> read(String path);

    /** Replaces a file. */
    void write(String path, byte[] content);

    /** Creates a file; false if it exists, which is then untouched. */
    boolean create(String path, byte[] content);

    /** Adds to the end of a file. */
    void append(String path, byte[] content);

    /** Names in a folder, sorted; empty if it does not exist. */
    List<String> list(String folder);

    /** Takes an exclusive lock that dies with the process; empty if somebody has it. */
    Optional<AutoCloseable> lock(String path);

    /** Where a file is on disk; empty if it is not. */
    Optional<Path> location(String path);
}
