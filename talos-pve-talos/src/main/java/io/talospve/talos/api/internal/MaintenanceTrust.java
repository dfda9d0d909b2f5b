package io.talospve.talos.api.internal;

import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts one key and no name: the required one, else the first that is seen. A machine in maintenance mode signs its
 * certificate with a throw-away CA, so there is nothing else to check.
 */
final class MaintenanceTrust extends X509ExtendedTrustManager {
    private final @Nullable String required;
    private final AtomicReference<@Nullable String> pin;
    private final AtomicReference<@Nullable String> issuer = new AtomicReference<>();

    MaintenanceTrust(@Nullable String required) {
        this.required = required;
        this.pin = new AtomicReference<>(required);
    }

    /** The key this trust is bound to; null as long as nothing was required or seen. */
    @Nullable String pin() {
        return pin.get();
    }

    /** Issuer of the certificate that was presented, empty for maintenance mode; null if none was seen. */
    @Nullable String issuer() {
        return issuer.get();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
        check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain);
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        issuer.set(chain[0].getIssuerX500Principal().getName());
        String seen = pinOf(chain[0]);
        if (!pin.compareAndSet(null, seen) && !seen.equals(pin.get())) {
            throw new WrongKeyException(pin.get(), seen, required != null);
        }
    }

    private static String pinOf(X509Certificate certificate) {
        try {
            byte[] key = certificate.getPublicKey().getEncoded();
            return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        throw new CertificateException("trusts servers only");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
        throw new CertificateException("trusts servers only");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("trusts servers only");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    /** Another key than the one that is trusted. */
    static final class WrongKeyException extends CertificateException {
        private static final long serialVersionUID = 1L;

        WrongKeyException(@Nullable String expected, String seen, boolean required) {
            super("the key presented has pin " + seen + ", " + (required ? "required" : "seen before") + " was " + expected);
        }
    }
}
