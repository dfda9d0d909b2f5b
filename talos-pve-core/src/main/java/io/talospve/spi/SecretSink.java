package io.talospve.spi;

import io.talospve.spec.Secret;

/**
 * Where credentials are delivered to: a Bitwarden project, a folder. Calls block, take at most 30 s and never sleep; errors
 * are {@link io.talospve.error.RemoteException}. {@link #put} can be repeated: the same value twice is one entry.
 * Implementations are thread-safe.
 */
public interface SecretSink extends AutoCloseable {
    /** A short name of this sink for plans and messages, for example {@code bitwarden:homelab}. */
    String name();

    /**
     * Compares what the sink has with a value. Reads only.
     *
     * @param key the entry's name
     * @param value the wanted value
     */
    Presence check(String key, Secret<String> value);

    /**
     * Makes the entry hold the value: creates or updates it, writes nothing if it is the same.
     *
     * @param key the entry's name
     * @param value the wanted value
     * @throws io.talospve.error.RefusedException with code {@code AMBIGUOUS_SECRET} if several entries have this name
     */
    void put(String key, Secret<String> value);

    @Override
    void close();

    /** What a sink has under a name. */
    enum Presence {
        /** No entry of this name. */
        ABSENT,
        /** The wanted value. */
        SAME,
        /** Another value. */
        DIFFERENT,
        /** Several entries of this name. */
        AMBIGUOUS
    }
}
