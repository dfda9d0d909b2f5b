package io.talospve.apply;

import io.talospve.store.internal.StoreFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Files whose writes are crash points. */
record CrashingFiles(StoreFiles files, CrashPoints points) implements StoreFiles {
    @Override
    public Optional<byte[]> read(String path) {
        return files.read(path);
    }

    @Override
    public void write(String path, byte[] content) {
        points.run("write " + path, () -> files.write(path, content));
    }

    @Override
    public boolean create(String path, byte[] content) {
        return points.call("create " + path, () -> files.create(path, content));
    }

    @Override
    public void append(String path, byte[] content) {
        points.run("append journal", () -> files.append(path, content));
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
}
