package io.talospve.testkit.junit;

import io.talospve.spec.Secret;
import io.talospve.store.ClusterStore;
import io.talospve.talos.pki.TalosPki;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;

/** Stores that have the secrets of a cluster already: to make their RSA key takes longer than most of what is tested. */
final class StoredSecrets {
    private static final Secret<String> BUNDLE = new TalosPki(InstantSource.system(), new SecureRandom()).generate();

    private StoredSecrets() {}

    /** A store in memory with a bundle for this cluster, the same one in every test of the process. */
    static ClusterStore of(String cluster) {
        ClusterStore store = ClusterStore.inMemory();
        store.open(cluster).secrets().createIfAbsent(BUNDLE);
        return store;
    }

    /** The same bundle, for a cluster that is about to be made. */
    static Secret<String> bundle() {
        return BUNDLE;
    }

    /** Another cluster's bundle. */
    static Secret<String> foreign() {
        try (InputStream in = StoredSecrets.class.getResourceAsStream("/vectors/talos/default/secrets.yaml")) {
            return Secret.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
