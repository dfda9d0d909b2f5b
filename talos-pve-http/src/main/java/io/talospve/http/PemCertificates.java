package io.talospve.http;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/** Certificates as text. Stateless. */
public final class PemCertificates {
    private PemCertificates() {}

    /**
     * Reads all certificates of a text.
     *
     * @param pem one or more PEM certificates; explanations between them are passed over
     * @return at least one, in their order
     * @throws IllegalArgumentException saying why, if the text holds no certificate or a broken one
     */
    public static List<X509Certificate> read(String pem) {
        try {
            List<X509Certificate> found = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)))
                    .stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            if (found.isEmpty()) {
                throw new IllegalArgumentException("it holds no PEM certificate (-----BEGIN CERTIFICATE-----)");
            }
            return found;
        } catch (CertificateException e) {
            throw new IllegalArgumentException("it is not PEM certificates: " + e.getMessage(), e);
        }
    }
}
