package io.talospve.gitops;

import io.talospve.gitops.internal.EncryptedRenderings;
import io.talospve.gitops.internal.RenderingStore;
import io.talospve.spec.Secret;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * Keeps renderings. They hold secrets wherever the values do, so on disk they are encrypted (AES-256-GCM), and the name of a
 * file is an HMAC of what was rendered: without the key neither content nor values can be read or guessed. Thread-safe.
 */
public final class RenderingCache {
    private final RenderingStore store;

    private RenderingCache(RenderingStore store) {
        this.store = store;
    }

    /**
     * Keeps renderings for as long as this lives.
     *
     * @return a cache of at most 64 renderings
     */
    public static RenderingCache inMemory() {
        return new RenderingCache(RenderingStore.memory());
    }

    /**
     * Keeps renderings in memory and in a folder.
     *
     * @param folder a folder, created with mode 0700; may be deleted at any time
     * @param key at least 32 random bytes that are kept as other secrets of the cluster are; with another key what is there is
     *     not found
     * @param random for nonces
     * @return a cache
     * @throws IllegalArgumentException if the key is too short
     */
    public static RenderingCache directory(Path folder, Secret<byte[]> key, SecureRandom random) {
        return new RenderingCache(new EncryptedRenderings(folder, key, random));
    }

    RenderingStore store() {
        return store;
    }
}
