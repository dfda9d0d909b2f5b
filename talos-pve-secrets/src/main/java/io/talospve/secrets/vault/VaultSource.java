package io.talospve.secrets.vault;

import io.talospve.http.Deadline;
import io.talospve.spec.Secret;
import io.talospve.spi.SecretSource;
import java.util.Optional;

/**
 * Reads secrets below one folder of a KV version 2 engine. The key is the path below the folder; {@code path#field} reads
 * another field than the usual one. Made by {@link VaultSink#source()}, whose connection and login it shares. Thread-safe.
 */
public final class VaultSource implements SecretSource {
    private final VaultKv kv;
    private final String folder;
    private final String field;

    VaultSource(VaultKv kv, String folder, String field) {
        this.kv = kv;
        this.folder = folder;
        this.field = field;
    }

    /**
     * Reads a field of a secret.
     *
     * @return empty if there is no such secret, it was deleted, or it has no such field
     * @throws io.talospve.error.RemoteException if Vault cannot be asked
     */
    @Override
    public Optional<Secret<String>> read(String key) {
        int hash = key.lastIndexOf('#');
        String path = VaultKv.path(folder, hash < 0 ? key : key.substring(0, hash));
        return kv.read(path, Deadline.in(VaultSink.LONGEST_CALL))
                .field(hash < 0 ? field : key.substring(hash + 1))
                .map(Secret::of);
    }
}
