package io.talospve.testkit.internal.tls;

import io.talospve.spec.Cidr;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority for servers that speak HTTPS. Valid from a day ago (wall time) for ten years. Thread-safe. */
public final class TestCa {
    private static final Duration VALIDITY = Duration.ofDays(3650);

    private final X500Name name;
    private final KeyPair keys;
    private final X509Certificate certificate;
    private final AtomicLong serial = new AtomicLong(Instant.now().toEpochMilli());

    /** A new authority. */
    public TestCa(String commonName) {
        try {
            name = new X500Name("O=talos-pve test kit,CN=" + commonName);
            keys = newKeys();
            JcaX509v3CertificateBuilder builder = builder(name, keys);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            certificate = sign(builder);
        } catch (CertIOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A server's certificate and key. */
    public record Issued(X509Certificate certificate, PrivateKey key) {
        /** SHA-256 over the certificate as Proxmox prints it: upper-case pairs with colons. */
        public String fingerprint() {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
                return HexFormat.ofDelimiter(":").withUpperCase().formatHex(digest);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /**
     * Issues a server certificate.
     *
     * @param commonName common name
     * @param subjects DNS names and IP addresses it is valid for
     */
    public Issued issue(String commonName, List<String> subjects) {
        try {
            KeyPair pair = newKeys();
            JcaX509v3CertificateBuilder builder = builder(new X500Name("CN=" + commonName), pair);
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            builder.addExtension(
                    Extension.subjectAlternativeName,
                    false,
                    new GeneralNames(subjects.stream()
                            .map(s -> new GeneralName(
                                    Cidr.isAddress(s) ? GeneralName.iPAddress : GeneralName.dNSName,
                                    s.toLowerCase(Locale.ROOT)))
                            .toArray(GeneralName[]::new)));
            return new Issued(sign(builder), pair.getPrivate());
        } catch (CertIOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's own certificate. */
    public X509Certificate certificate() {
        return certificate;
    }

    /** The authority's certificate as PEM, for a client's trust store. */
    public String pem() {
        try (StringWriter text = new StringWriter();
                JcaPEMWriter writer = new JcaPEMWriter(text)) {
            writer.writeObject(certificate);
            writer.flush();
            return text.toString();
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private JcaX509v3CertificateBuilder builder(X500Name subject, KeyPair pair) {
        Instant start = Instant.now().minus(Duration.ofDays(1));
        return new JcaX509v3CertificateBuilder(
                name,
                BigInteger.valueOf(serial.incrementAndGet()),
                Date.from(start),
                Date.from(start.plus(VALIDITY)),
                subject,
                pair.getPublic());
    }

    private X509Certificate sign(JcaX509v3CertificateBuilder builder) {
        try {
            return new JcaX509CertificateConverter()
                    .getCertificate(builder.build(
                            new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
