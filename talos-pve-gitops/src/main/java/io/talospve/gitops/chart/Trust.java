package io.talospve.gitops.chart;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** TLS contexts for one client each: further CAs beside the usual ones, or one pinned certificate. Stateless. */
final class Trust {
    private Trust() {}

    /**
     * Trusts the given CAs and those of the Java runtime, host name checked.
     *
     * @throws IllegalArgumentException if the text holds no certificate
     */
    static SSLContext also(String pem) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int count = 0;
            for (X509Certificate usual : managers(null)[0].getAcceptedIssuers()) {
                store.setCertificateEntry("usual-" + count++, usual);
            }
            int usual = count;
            for (Certificate given : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)))) {
                store.setCertificateEntry("given-" + count++, given);
            }
            if (count == usual) {
                throw new IllegalArgumentException("the CA text holds no PEM certificate");
            }
            return context(managers(store));
        } catch (CertificateException e) {
            throw new IllegalArgumentException("the CA text is not PEM certificates: " + e.getMessage(), e);
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("making a trust store of CA certificates", e);
        }
    }

    private static X509ExtendedTrustManager[] managers(@Nullable KeyStore store) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return Arrays.stream(factory.getTrustManagers())
                .flatMap(manager -> manager instanceof X509ExtendedTrustManager found ? Stream.of(found) : Stream.empty())
                .toArray(X509ExtendedTrustManager[]::new);
    }

    /**
     * Trusts exactly one certificate, whatever name it has.
     *
     * @throws IllegalArgumentException if it is no SHA-256 fingerprint
     */
    static SSLContext pinned(String fingerprint) {
        String wanted = fingerprint.replace(":", "").toLowerCase(Locale.ROOT);
        if (!wanted.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException("\"" + fingerprint + "\" is not a SHA-256 fingerprint: 64 hexadecimal digits");
        }
        try {
            return context(new TrustManager[] {new Pin(wanted)});
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("making a TLS context", e);
        }
    }

    private static SSLContext context(TrustManager[] managers) throws GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers, null);
        return context;
    }

    private static final class Pin extends X509ExtendedTrustManager {
        private final String wanted;

        Pin(String wanted) {
            this.wanted = wanted;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            String seen = ChartArchive.sha256(chain[0].getEncoded());
            if (!seen.equals(wanted)) {
                throw new CertificateException("the server's certificate has fingerprint " + seen + ", pinned is " + wanted);
            }
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
            throw new CertificateException("only servers are checked here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
            throw new CertificateException("only servers are checked here");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("only servers are checked here");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
