package io.talospve.talos.api.internal;

import java.net.Socket;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts servers whose certificate the cluster's OS CA signed and which is valid for the dialled address, and remembers
 * whether it ever did: what fails after that is about our certificate, not the server's.
 */
final class ClusterTrust extends X509ExtendedTrustManager {
    private final Credentials credentials;
    private final InstantSource clock;
    private volatile @Nullable X509Certificate verified;

    ClusterTrust(Credentials credentials, InstantSource clock) {
        this.credentials = credentials;
        this.clock = clock;
    }

    /** Whether a server was found trustworthy. */
    boolean verified() {
        return verified != null;
    }

    /** The server's certificate that was trusted last; null if none ever was. */
    @Nullable X509Certificate server() {
        return verified;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) throws CertificateException {
        Instant now = clock.instant();
        X509ExtendedTrustManager pkix = credentials.pkix(now);
        checkSigner(pkix, chain, authType, now);
        try {
            pkix.checkServerTrusted(chain, authType, engine);
        } catch (CertificateException e) {
            throw new UntrustedException(Why.WRONG_ADDRESS, "its certificate is not valid for this address, only for "
                    + names(chain[0]) + ": " + e.getMessage());
        }
        verified = chain[0];
    }

    private static void checkSigner(
            X509ExtendedTrustManager pkix, X509Certificate[] chain, String authType, Instant now)
            throws CertificateException {
        try {
            pkix.checkServerTrusted(chain, authType);
        } catch (CertificateException e) {
            Why why = outOfDate(e) ? Why.OUT_OF_DATE : Why.FOREIGN_CA;
            String text = why == Why.OUT_OF_DATE
                    ? Clocks.serverOutOfDate(chain[0], now)
                    : "its certificate (issuer \"" + chain[0].getIssuerX500Principal().getName()
                            + "\") was not signed by the cluster's OS CA";
            throw new UntrustedException(why, text);
        }
    }

    private static boolean outOfDate(Throwable error) {
        for (Throwable t = error; t != null; t = t.getCause()) {
            if (t instanceof CertificateExpiredException
                    || t instanceof CertificateNotYetValidException
                    || t instanceof CertPathValidatorException path
                            && (path.getReason() == BasicReason.EXPIRED
                                    || path.getReason() == BasicReason.NOT_YET_VALID)) {
                return true;
            }
        }
        return false;
    }

    private static String names(X509Certificate certificate) throws CertificateException {
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        return names == null
                ? "no name at all"
                : names.stream().map(name -> String.valueOf(name.get(1))).collect(Collectors.joining(", "));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) throws CertificateException {
        throw new CertificateException("only for engines");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw new CertificateException("only for engines, whose peer's address is known");
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
        return credentials.authorities().toArray(X509Certificate[]::new);
    }

    /** What is wrong with a server's certificate. */
    enum Why {
        FOREIGN_CA,
        OUT_OF_DATE,
        WRONG_ADDRESS
    }

    /** A server's certificate is refused; the message completes "the machine answers, but …". */
    static final class UntrustedException extends CertificateException {
        private static final long serialVersionUID = 1L;
        private final Why why;

        UntrustedException(Why why, String message) {
            super(message);
            this.why = why;
        }

        Why why() {
            return why;
        }

        /** The refusal somewhere among the causes, or null. */
        static @Nullable UntrustedException in(@Nullable Throwable error) {
            for (Throwable t = error; t != null; t = t.getCause()) {
                if (t instanceof UntrustedException untrusted) {
                    return untrusted;
                }
            }
            return null;
        }
    }
}
