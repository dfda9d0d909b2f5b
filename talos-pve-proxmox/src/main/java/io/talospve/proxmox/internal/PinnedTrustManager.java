package io.talospve.proxmox.internal;

import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Believes a server whose certificate has one of the given fingerprints. Extended, so that the JDK leaves name checking
 * to it: the pinned certificate is the identity, its name does not matter.
 */
final class PinnedTrustManager extends X509ExtendedTrustManager {
    private static final X509Certificate[] NO_ISSUERS = {};

    private final Set<String> pins;

    PinnedTrustManager(Set<String> pins) {
        this.pins = pins;
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
            throw new UnknownFingerprintException(HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest));
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
        throw new CertificateException("not for clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
        throw new CertificateException("not for clients");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        throw new CertificateException("not for clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return NO_ISSUERS;
    }

    /** The server showed another certificate than the pinned one. */
    static final class UnknownFingerprintException extends CertificateException {
        private static final long serialVersionUID = 1L;

        private final String seen;

        UnknownFingerprintException(String seen) {
            super("the server's certificate has the SHA-256 fingerprint " + seen + ", which is not a pinned one");
            this.seen = seen;
        }

        /** The fingerprint that was seen, upper-case pairs with colons. */
        String seen() {
            return seen;
        }
    }
}
