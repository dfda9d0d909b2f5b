package io.talospve.secrets.bitwarden;

import io.talospve.secrets.internal.Deadline;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSource;
import java.util.List;
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
        Deadline deadline = Deadline.in(BitwardenSink.LONGEST_CALL);
        List<String> ids = project.find(key, deadline);
        if (ids.size() > 1) {
            throw project.ambiguous(key, ids);
        }
        return ids.stream().findFirst().map(id -> Secret.of(project.value(id, deadline)));
    }
}
