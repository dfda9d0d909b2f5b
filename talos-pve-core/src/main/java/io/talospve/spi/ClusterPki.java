package io.talospve.spi;

import io.talospve.spec.Secret;
import java.time.Duration;
import java.util.List;

/**
 * Makes and reads a cluster's secrets bundle, in talosctl's {@code secrets.yaml} format, and issues certificates from it.
 * No I/O. Implementations are thread-safe; time and randomness are given to them when they are made.
 */
public interface ClusterPki {
    /**
     * Makes the secrets of a new cluster: CAs, keys, tokens.
     *
     * @return a secrets.yaml text
     */
    Secret<String> generate();

    /**
     * Identifies a bundle without revealing it.
     *
     * @param bundle a secrets.yaml text
     * @return lower-case hexadecimal SHA-256 of the OS CA's certificate (DER)
     * @throws io.talospve.error.TalosPveException if the text is not a bundle
     */
    String osCaFingerprint(Secret<String> bundle);

    /**
     * When the CAs of a bundle end.
     *
     * @param bundle a secrets.yaml text
     * @return one entry per CA; empty if this implementation cannot tell
     * @throws io.talospve.error.TalosPveException if the text is not a bundle
     */
    default List<CertificateEnd> caEnds(Secret<String> bundle) {
        return List.of();
    }

    /**
     * When the client certificates in credentials end.
     *
     * @param kubeconfig a kubeconfig
     * @param talosconfig a talosconfig
     * @return one entry per certificate; empty if this implementation cannot tell
     * @throws io.talospve.error.TalosPveException if a text is not what it should be
     */
    default List<CertificateEnd> clientEnds(Secret<String> kubeconfig, Secret<String> talosconfig) {
        return List.of();
    }

    /**
     * Issues a short-lived admin client certificate for this library's own calls.
     *
     * @param bundle a secrets.yaml text
     * @param lifetime how long it is valid
     */
    TalosAccess access(Secret<String> bundle, Duration lifetime);

    /**
     * Issues a talosconfig with an admin client certificate of one year.
     *
     * @param bundle a secrets.yaml text
     * @param cluster name of the context
     * @param endpoints addresses of the control planes
     * @param nodes addresses of all machines
     * @return the YAML text
     */
    Secret<String> talosconfig(Secret<String> bundle, String cluster, List<String> endpoints, List<String> nodes);

    /**
     * Makes a secret that is kept beside the bundle.
     *
     * @param wanted what it is
     * @return its text, in the form that {@code wanted} describes
     */
    Secret<String> make(KeptSecret wanted);
}
