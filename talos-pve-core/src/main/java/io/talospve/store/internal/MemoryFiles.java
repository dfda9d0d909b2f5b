package io.talospve.store.internal;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Files in memory. */
public final class MemoryFiles implements StoreFiles {
    private final TreeMap<String, ByteArrayOutputStream> files = new TreeMap<>();
    private final Set<String> locks = new HashSet<>();

    @Override
    public synchronized Optional<byte[]> read(String path) {
        return Optional.ofNullable(files.get(path)).map(ByteArrayOutputStream::toByteArray);
    }

    @Override
    public synchronized void write(String path, byte[] content) {
        files.put(path, of(content));
    }

    @Override
    public synchronized boolean create(String path, byte[] content) {
        return files.putIfAbsent(path, of(content)) == null;
    }

    @Override
    public synchronized void append(String path, byte[] content) {
        files.computeIfAbsent(path, created -> new ByteArrayOutputStream()).writeBytes(content);
    }

    private static ByteArrayOutputStream of(byte[] content) {
        ByteArrayOutputStream file = new ByteArrayOutputStream(content.length);
        file.writeBytes(content);
        return file;
    }

    @Override
    public synchronized List<String> list(String folder) {
        String prefix = folder + "/";
        return files.keySet().stream()
                .filter(path -> path.startsWith(prefix))
                .map(path -> path.substring(prefix.length()).split("/", 2)[0])
                .distinct()
                .sorted()
                .toList();
    }

    @Override
    public synchronized Optional<AutoCloseable> lock(String path) {
        if (!locks.add(path)) {
            return Optional.empty();
        }
        return Optional.of(() -> {
            synchronized (this) {
                locks.remove(path);
            }
        });
    }

    @Override
    public Optional<Path> location(String path) {
        return Optional.empty();
    }
}
