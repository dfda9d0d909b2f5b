package io.talospve.secrets;

import io.talospve.spec.Secret;
import io.talospve.spi.SecretSink;
import io.talospve.spi.SecretSource;

/** A store of secrets that can be read, and in which an entry can be made without ever overwriting one. Thread-safe. */
public interface SecretVault extends SecretSink, SecretSource {
    /**
     * Makes an entry unless there is one.
     *
     * @param key the entry's name
     * @param value its value
     * @return true if it was made, false if there was one already (which stays), also if another process made it at the
     *     same moment
     * @throws io.talospve.error.RemoteException retryable if it is unknown which of several processes came first; then
     *     nothing was overwritten
     * @throws io.talospve.error.RefusedException with code {@code AMBIGUOUS_SECRET} if several entries have this name
     */
    boolean createIfAbsent(String key, Secret<String> value);
}
