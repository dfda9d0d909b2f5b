package io.talospve.spi;

import io.talospve.spec.Secret;
import java.util.Optional;

/**
 * Where secret references of a spec are read from. Registered in code under a name; a spec alone never adds one. Calls
 * block, take at most 30 s and never sleep. Implementations are thread-safe.
 */
public interface SecretSource {
    /**
     * Reads a secret.
     *
     * @param key its name
     * @return the value, empty if there is none
     */
    Optional<Secret<String>> read(String key);
}
