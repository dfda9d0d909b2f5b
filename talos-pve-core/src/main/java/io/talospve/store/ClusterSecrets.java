package io.talospve.store;

import io.talospve.spec.Secret;
import java.util.Optional;

/**
 * The secrets of one cluster: its bundle, in talosctl's {@code secrets.yaml} format, and what else was made once for it. Never
 * overwritten. Thread-safe.
 */
public interface ClusterSecrets {
    /** The bundle; empty if the cluster has none yet. */
    Optional<Secret<String>> load();

    /**
     * Stores a bundle durably unless there is one.
     *
     * @return true if it was stored, false if there was one already (which stays)
     */
    boolean createIfAbsent(Secret<String> bundle);

    /**
     * A secret beside the bundle.
     *
     * @param name its name: lower-case letters, digits, hyphens and dots
     * @return empty if it was not made yet
     */
    Optional<Secret<String>> load(String name);

    /**
     * Stores a secret beside the bundle durably unless there is one of this name.
     *
     * @param name its name: lower-case letters, digits, hyphens and dots
     * @param value the secret
     * @return true if it was stored, false if there was one already (which stays)
     */
    boolean createIfAbsent(String name, Secret<String> value);
}
