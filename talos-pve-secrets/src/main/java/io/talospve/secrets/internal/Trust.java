package io.talospve.secrets.internal;

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
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Whose server certificates are trusted. */
public final class Trust {
    private Trust() {}

    /**
     * A TLS context that trusts exactly these authorities, or the JDK's if there are none.
     *
     * @param caPem certificates in PEM, or null for those of the JDK
     * @param clientKeys what the client identifies itself with, or null
     * @throws ConfigurationException if the text has no certificate in it
     */
    public static SSLContext context(@Nullable String caPem, KeyManager @Nullable [] clientKeys) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(caPem == null ? null : store(caPem));
            context.init(clientKeys, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no TLS", e);
        }
    }

    private static KeyStore store(String caPem) throws GeneralSecurityException {
        Collection<? extends Certificate> certificates;
        try {
            certificates = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(caPem.getBytes(StandardCharsets.UTF_8)));
        } catch (CertificateException e) {
            throw new ConfigurationException("the CA is not a certificate in PEM: " + e.getMessage(), null);
        }
        if (certificates.isEmpty()) {
            throw new ConfigurationException(
                    "the CA has no certificate in it", "give the text of a PEM file (-----BEGIN CERTIFICATE-----)");
        }
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            int number = 0;
            for (Certificate certificate : certificates) {
                store.setCertificateEntry("ca-" + number++, certificate);
            }
            return store;
        } catch (IOException e) {
            throw new IllegalStateException("an empty key store could not be made", e);
        }
    }
}
