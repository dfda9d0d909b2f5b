package io.talospve.secrets.bitwarden;

import io.talospve.http.Deadline;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSource;
import java.util.Optional;

/**
 * Reads secrets of one Bitwarden project by name. Made by {@link BitwardenSink#source()}, whose connection and login it
 * shares. Thread-safe.
 */
public final class BitwardenSource implements SecretSource {
    private final BitwardenProject project;

    BitwardenSource(BitwardenProject project) {
        this.project = project;
    }

    /**
     * Reads a secret.
     *
     * @throws io.talospve.error.RefusedException with code {@code AMBIGUOUS_SECRET} if several have this name
     * @throws io.talospve.error.RemoteException if Bitwarden cannot be asked
     */
    @Override
    public Optional<Secret<String>> read(String key) {
        return project.read(key, Deadline.in(BitwardenSink.LONGEST_CALL));
    }
}
