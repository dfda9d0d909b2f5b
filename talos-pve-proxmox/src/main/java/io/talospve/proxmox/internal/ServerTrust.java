package io.talospve.proxmox.internal;

import io.talospve.error.ConfigurationException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Which server certificates are believed, as an SSLContext of its own: nothing global is changed. */
public final class ServerTrust {
    private final SSLContext context;

    private ServerTrust(SSLContext context) {
        this.context = context;
    }

    SSLContext context() {
        return context;
    }

    /** What the JVM trusts: for nodes with a certificate of a public authority. */
    public static ServerTrust ofJvm() {
        return with(null);
    }

    /**
     * Exactly these certificates, whatever their name and issuer.
     *
     * @param fingerprints SHA-256 over the certificate, hexadecimal, with or without colons; one per node
     */
    public static ServerTrust pinned(Collection<String> fingerprints) {
        Set<String> pins = fingerprints.stream().map(ServerTrust::normalize).collect(Collectors.toUnmodifiableSet());
        return with(new TrustManager[] {new PinnedTrustManager(pins)});
    }

    /**
     * Certificates that these authorities signed, for the name that was asked for.
     *
     * @param pem one or more certificates in PEM
     */
    public static ServerTrust authority(String pem) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            Collection<? extends Certificate> certificates = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
            int n = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("ca-" + n++, certificate);
            }
            if (n == 0) {
                throw new CertificateException("it holds no certificate");
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            factory.init(store);
            return with(factory.getTrustManagers());
        } catch (GeneralSecurityException | IOException e) {
            throw new ConfigurationException(
                    "the CA certificate for Proxmox VE is not usable PEM: " + e.getMessage(),
                    "give the content of /etc/pve/pve-root-ca.pem of any node");
        }
    }

    private static String normalize(String fingerprint) {
        String hex = fingerprint.replaceAll("[:\\s]", "").toLowerCase(Locale.ROOT);
        if (!hex.matches("[0-9a-f]{64}")) {
            throw new ConfigurationException(
                    "\"" + fingerprint + "\" is not a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed",
                    "openssl x509 -in /etc/pve/local/pve-ssl.pem -noout -fingerprint -sha256 (or pveproxy-ssl.pem where it exists)");
        }
        return hex;
    }

    private static ServerTrust with(TrustManager @org.jspecify.annotations.Nullable [] managers) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers, null);
            return new ServerTrust(context);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM cannot make a TLS context", e);
        }
    }
}
