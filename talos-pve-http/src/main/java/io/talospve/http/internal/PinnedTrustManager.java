package io.talospve.http.internal;

import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes a server whose certificate has one of the given fingerprints. Extended, so that the JDK leaves name checking
 * to it: the pinned certificate is the identity, its name does not matter.
 */
public final class PinnedTrustManager extends X509ExtendedTrustManager {
    private static final X509Certificate[] NO_ISSUERS = {};

    private final Set<String> pins;

    /**
     * Believes these certificates.
     *
     * @param pins SHA-256 over the certificate, 64 lower-case hexadecimal digits each
     */
    public PinnedTrustManager(Set<String> pins) {
        this.pins = Set.copyOf(pins);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        byte[] digest;
        try {
            digest = MessageDigest.getInstance("SHA-256").digest(chain[0].getEncoded());
        } catch (NoSuchAlgorithmException e) {
            throw new CertificateException(e);
        }
        if (!pins.contains(HexFormat.of().formatHex(digest))) {
            throw new UnknownFingerprintException(digest, pins);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        checkServerTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("only servers are checked here");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        checkClientTrusted(chain, authType);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return NO_ISSUERS;
    }

    /** The server showed another certificate than a pinned one. */
    public static final class UnknownFingerprintException extends CertificateException {
        private static final long serialVersionUID = 1L;

        private final String seen;

        UnknownFingerprintException(byte[] digest, Set<String> pins) {
            super("the server's certificate has fingerprint " + HexFormat.of().formatHex(digest) + ", pinned is "
                    + String.join(" or ", new TreeSet<>(pins)));
            this.seen = HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
        }

        /** The fingerprint that was seen, upper-case pairs with colons as openssl prints it. */
        public String seen() {
            return seen;
        }
    }
}
