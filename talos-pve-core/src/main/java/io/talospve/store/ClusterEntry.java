package io.talospve.store;

import io.talospve.spec.Secret;
import java.nio.file.Path;
import java.util.Optional;

/** Everything a store keeps for one cluster. Thread-safe. */
public interface ClusterEntry {
    /** The secrets bundle. */
    ClusterSecrets secrets();

    /** What is decided once per cluster; empty before the first apply. */
    Optional<ClusterRecord> record();

    /** Replaces the record. */
    void saveRecord(ClusterRecord record);

    /** The credentials that were issued; empty if none were. */
    Optional<Credentials> credentials();

    /** Replaces the credentials, both at once. */
    void saveCredentials(Credentials credentials);

    /**
     * Writes a credential as a plain file of its own, for {@code debug: true}.
     *
     * @param name file name
     * @param content its content
     * @return where it is; empty if this store has no files
     */
    Optional<Path> exportCredential(String name, Secret<String> content);

    /** A random key of this cluster, made at first use, for digests over anything with a secret in it. */
    Secret<byte[]> digestKey();

    /** What was done and intended, line by line. */
    Journal journal();

    /** What was applied, and when. */
    Revisions revisions();

    /** The lock against a second process. */
    ClusterLock lock();
}
