package io.talospve.http;

import io.talospve.http.internal.PinnedTrustManager;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Which server certificates one client believes, and who it says that it is. Nothing global is read or changed but the
 * authorities of the Java runtime, where they are asked for. Immutable.
 */
public final class HttpTrust {
    private static final HttpTrust JVM = new HttpTrust(null, null);

    /** Null: those that the Java runtime makes of its authorities, only when they are needed. */
    private final TrustManager @Nullable [] managers;

    private final KeyManager @Nullable [] identity;
    private volatile @Nullable SSLContext context;

    private HttpTrust(TrustManager @Nullable [] managers, KeyManager @Nullable [] identity) {
        this.managers = managers;
        this.identity = identity;
    }

    /** Believes the authorities of the Java runtime, for the name or address that is asked for. Always the same object. */
    public static HttpTrust jvm() {
        return JVM;
    }

    /**
     * Believes these authorities and no others, for the name or address that is asked for.
     *
     * @param pem one or more PEM certificates
     * @throws IllegalArgumentException if the text holds no certificate or a broken one
     */
    public static HttpTrust authorities(String pem) {
        return authorities(PemCertificates.read(pem));
    }

    /**
     * Believes these authorities and no others, for the name or address that is asked for.
     *
     * @param certificates theirs, at least one
     * @throws IllegalArgumentException if there is none
     */
    public static HttpTrust authorities(Collection<X509Certificate> certificates) {
        if (certificates.isEmpty()) {
            // an empty key store would be refused much later, with a message that helps nobody
            throw new IllegalArgumentException("no certificate is given");
        }
        return new HttpTrust(managers(store(certificates)), null);
    }

    /**
     * Believes these authorities beside those of the Java runtime.
     *
     * @param pem one or more PEM certificates
     * @throws IllegalArgumentException if the text holds no certificate or a broken one
     */
    public static HttpTrust jvmAnd(String pem) {
        List<X509Certificate> all = new ArrayList<>(PemCertificates.read(pem));
        for (TrustManager usual : managers(null)) {
            if (usual instanceof X509TrustManager known) {
                all.addAll(Arrays.asList(known.getAcceptedIssuers()));
            }
        }
        return authorities(all);
    }

    /**
     * Believes exactly these certificates, whatever name and issuer they have.
     *
     * @param fingerprints SHA-256 over each certificate, hexadecimal, colons and spaces allowed; at least one
     * @throws IllegalArgumentException if one is no such fingerprint, or there is none
     */
    public static HttpTrust pinned(Collection<String> fingerprints) {
        if (fingerprints.isEmpty()) {
            throw new IllegalArgumentException("no fingerprint is given");
        }
        Set<String> pins = fingerprints.stream().map(HttpTrust::normalized).collect(Collectors.toSet());
        return new HttpTrust(new TrustManager[] {new PinnedTrustManager(pins)}, null);
    }

    /**
     * Shows a client certificate too.
     *
     * @param keys what holds it and its key
     */
    public HttpTrust identifiedBy(KeyManager... keys) {
        return new HttpTrust(managers, keys.clone());
    }

    /** The TLS context of this trust: the same for all its clients, so that they resume each other's sessions. */
    public SSLContext context() {
        SSLContext known = context;
        if (known == null) {
            // two threads may make one each: the same, but for the sessions
            known = newContext();
            context = known;
        }
        return known;
    }

    private SSLContext newContext() {
        try {
            SSLContext made = SSLContext.getInstance("TLS");
            made.init(identity, managers, null);
            return made;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot make a TLS context", e);
        }
    }

    private static String normalized(String fingerprint) {
        String hex = fingerprint.replaceAll("[:\\s]", "").toLowerCase(Locale.ROOT);
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    "\"" + fingerprint + "\" is not a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed");
        }
        return hex;
    }

    private static TrustManager[] managers(@Nullable KeyStore store) {
        try {
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return factory.getTrustManagers();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot check certificates", e);
        }
    }

    private static KeyStore store(Collection<X509Certificate> certificates) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            int number = 0;
            for (X509Certificate certificate : certificates) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException("this Java runtime cannot hold certificates", e);
        }
    }
}
