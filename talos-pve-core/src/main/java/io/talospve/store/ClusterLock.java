package io.talospve.store;

import java.time.Instant;

/** Keeps a second process off a cluster. The operating system releases it when the process dies. Thread-safe. */
public interface ClusterLock {
    /**
     * Takes the lock.
     *
     * @param who the holder, for the one who is refused
     * @param now when it is taken
     * @return the held lock
     * @throws io.talospve.error.StoreException with code {@code LOCKED} that names who holds it since when
     */
    Held acquire(String who, Instant now);

    /** A held lock. */
    interface Held extends AutoCloseable {
        /** Releases it. */
        @Override
        void close();
    }
}
