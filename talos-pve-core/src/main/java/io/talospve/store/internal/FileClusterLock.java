package io.talospve.store.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.store.ClusterLock;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A lock of the operating system, with a file beside it that says who has it. */
final class FileClusterLock implements ClusterLock {
    private final StoreFiles files;
    private final String folder;

    FileClusterLock(StoreFiles files, String folder) {
        this.files = files;
        this.folder = folder;
    }

    @Override
    public Held acquire(String who, Instant now) {
        AutoCloseable lock = files.lock(folder + "lock").orElseThrow(this::refused);
        boolean said = false;
        try {
            Map<String, String> holder = new TreeMap<>(Map.of("who", who, "since", now.toString()));
            files.write(
                    folder + "lock.json",
                    StoreJson.mapper().writeValueAsString(holder).getBytes(StandardCharsets.UTF_8));
            said = true;
        } finally {
            if (!said) {
                release(lock);
            }
        }
        return () -> release(lock);
    }

    private static void release(AutoCloseable lock) {
        try {
            lock.close();
        } catch (Exception e) {
            throw new StoreException(ErrorCode.STORE_FAILED, "cannot release the lock: " + e, null, e);
        }
    }

    private StoreException refused() {
        Optional<String> holder =
                files.read(folder + "lock.json").map(content -> new String(content, StandardCharsets.UTF_8));
        return new StoreException(
                ErrorCode.LOCKED,
                "another process works on this cluster: " + holder.orElse("it has not said who it is"),
                "Wait until it has ended. A process that died holds no lock.",
                null);
    }
}
