package io.talospve.talos.api.internal;

import io.talospve.error.ConfigurationException;
import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PEM texts to what the JDK's TLS wants. Netty's own reader refuses Talos' label {@code ED25519 PRIVATE KEY}. */
final class Pem {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");
    private static final List<String> ALGORITHMS = List.of("Ed25519", "EC", "RSA");

    private Pem() {}

    static X509Certificate[] certificates(String what, String pem) {
        List<X509Certificate> found = new ArrayList<>();
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            if (block.group(1).equals("CERTIFICATE")) {
                found.add(certificate(what, block.group(2)));
            }
        }
        if (found.isEmpty()) {
            throw new ConfigurationException(what + " holds no PEM certificate", null);
        }
        return found.toArray(X509Certificate[]::new);
    }

    private static X509Certificate certificate(String what, String base64) {
        try {
            byte[] der = Base64.getMimeDecoder().decode(base64);
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException | IllegalArgumentException e) {
            throw new ConfigurationException(what + " holds a certificate that cannot be read: " + e.getMessage(), null);
        }
    }

    /** A private key in PKCS#8, under any label that ends with {@code PRIVATE KEY}. */
    static PrivateKey privateKey(String what, String pem) {
        Matcher block = BLOCK.matcher(pem);
        while (block.find()) {
            if (block.group(1).endsWith("PRIVATE KEY")) {
                byte[] der = Base64.getMimeDecoder().decode(block.group(2));
                for (String algorithm : ALGORITHMS) {
                    try {
                        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
                    } catch (GeneralSecurityException e) {
                        // Another kind of key; the text of the exception could show parts of it, so none is kept.
                        continue;
                    }
                }
            }
        }
        throw new ConfigurationException(what + " holds no PEM private key in PKCS#8 (Ed25519, EC or RSA)", null);
    }
}
