package io.talospve.spi;

/**
 * A secret that a cluster's manifests need and that is made once in the life of the cluster: kept beside its bundle, never
 * made again. Immutable.
 */
public sealed interface KeptSecret {
    /** Under which name it is kept: lower-case letters, digits, hyphens and dots. */
    String name();

    /**
     * A CA, a server's and a client's key pair under it. Its text is six PEM blocks: the CA's certificate and key, the
     * server's, the client's.
     *
     * @param name under which name it is kept
     * @param serverName DNS name in the server's certificate, may be a wildcard
     * @param clientName DNS name in the client's certificate
     */
    record Certificates(String name, String serverName, String clientName) implements KeptSecret {}

    /**
     * A random password of letters and digits.
     *
     * @param name under which name it is kept
     */
    record Password(String name) implements KeptSecret {}
}
