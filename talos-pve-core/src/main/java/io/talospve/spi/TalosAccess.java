package io.talospve.spi;

import io.talospve.spec.Secret;
import java.util.Objects;

/**
 * What opens the Talos API of a cluster's machines: its OS CA and a client certificate of it. PEM texts.
 *
 * @param ca certificate of the OS CA
 * @param certificate client certificate
 * @param key private key of the client certificate
 */
public record TalosAccess(String ca, String certificate, Secret<String> key) {
    /** Checks that nothing is missing. */
    public TalosAccess {
        Objects.requireNonNull(ca, "ca");
        Objects.requireNonNull(certificate, "certificate");
        Objects.requireNonNull(key, "key");
    }
}
