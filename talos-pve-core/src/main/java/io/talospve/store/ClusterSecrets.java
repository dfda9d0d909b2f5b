package io.talospve.store;

import io.talospve.spec.Secret;
import java.util.Optional;

/** The secrets bundle of one cluster, in talosctl's {@code secrets.yaml} format. Never overwritten. Thread-safe. */
public interface ClusterSecrets {
    /** The bundle; empty if the cluster has none yet. */
    Optional<Secret<String>> load();

    /**
     * Stores a bundle durably unless there is one.
     *
     * @return true if it was stored, false if there was one already (which stays)
     */
    boolean createIfAbsent(Secret<String> bundle);
}
