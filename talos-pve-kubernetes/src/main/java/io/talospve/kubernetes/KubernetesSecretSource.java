package io.talospve.kubernetes;

import io.talospve.http.Deadline;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSource;
import java.util.Optional;

/**
 * Reads Secret objects of one namespace. The key is the object's name; {@code name#field} reads another field than the usual
 * one. Made by {@link KubernetesSecretSink#source()}, whose connection it shares. Thread-safe.
 */
public final class KubernetesSecretSource implements SecretSource {
    private final KubernetesSecrets secrets;
    private final String field;

    KubernetesSecretSource(KubernetesSecrets secrets, String field) {
        this.secrets = secrets;
        this.field = field;
    }

    /**
     * Reads a field of a Secret object.
     *
     * @return empty if there is no such object or it has no such field
     * @throws io.talospve.error.RemoteException if the API server cannot be asked
     */
    @Override
    public Optional<Secret<String>> read(String key) {
        int hash = key.lastIndexOf('#');
        String chosen = hash < 0 ? field : key.substring(hash + 1);
        return secrets.read(hash < 0 ? key : key.substring(0, hash), Deadline.in(KubernetesSecretSink.LONGEST_CALL))
                .flatMap(secret -> secrets.field(secret, chosen))
                .map(Secret::of);
    }
}
