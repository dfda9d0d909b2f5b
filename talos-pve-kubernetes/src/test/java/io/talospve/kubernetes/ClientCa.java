package io.talospve.kubernetes;

import java.io.StringWriter;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemObject;

/** An authority for client certificates. */
final class ClientCa {
    private static final X500Name NAME = new X500Name("CN=clients");
    private final KeyPair keys = ec();
    final X509Certificate certificate = sign(NAME, keys, true, Duration.ofDays(1));

    /** A client's certificate and key. */
    record Client(X509Certificate certificate, PrivateKey key) {
        String certificatePem() throws Exception {
            return pem(certificate);
        }

        /** The key as its algorithm's traditional PEM: SEC 1 or PKCS#1. */
        String traditionalKey() throws Exception {
            return pem(key);
        }

        String pkcs8Key(String label) throws Exception {
            return pem(new PemObject(label, key.getEncoded()));
        }
    }

    Client issue(KeyPair pair, Duration validity) {
        return new Client(sign(new X500Name("O=system:masters,CN=admin"), pair, false, validity), pair.getPrivate());
    }

    static KeyPair ec() {
        return generate("EC", "secp256r1", 0);
    }

    static KeyPair generate(String algorithm, String curve, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (!curve.isEmpty()) {
                generator.initialize(new ECGenParameterSpec(curve));
            } else if (bits > 0) {
                generator.initialize(bits);
            }
            return generator.generateKeyPair();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private X509Certificate sign(X500Name subject, KeyPair pair, boolean ca, Duration validity) {
        try {
            Instant start = Instant.now().minus(Duration.ofDays(30));
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    NAME,
                    BigInteger.valueOf(System.nanoTime()),
                    Date.from(start),
                    Date.from(Instant.now().plus(validity)),
                    subject,
                    pair.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static String pem(Object object) throws Exception {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(object);
        }
        return text.toString();
    }
}
