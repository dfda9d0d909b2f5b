package io.talospve.talos.pki.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509ExtensionUtils;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.bc.BcX509ExtensionUtils;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Makes X.509 certificates with the fields that Talos gives its own: 128-bit serial numbers, CAs that sign servers and
 * clients, clients that are nothing else. Thread-safe if its random source is.
 */
public final class Certificates {
    private static final int SERIAL_BITS = 128;

    private final SecureRandom random;
    private final X509ExtensionUtils extensions = new BcX509ExtensionUtils();

    /**
     * Uses a random source for serial numbers.
     *
     * @param random the source
     */
    public Certificates(SecureRandom random) {
        this.random = random;
    }

    /**
     * A certificate authority that signs itself.
     *
     * @param organization its name; empty for a CA without any name, as the aggregator's is
     * @param pair its key pair
     * @param algorithm kind of the pair
     * @param validity from when to when
     * @return a PEM text
     */
    public String authority(String organization, KeyPair pair, KeyAlgorithm algorithm, Validity validity) {
        X500Name name = organization.isEmpty() ? new X500Name(new org.bouncycastle.asn1.x500.RDN[0]) : name(List.of(organization), "");
        SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
        X509v3CertificateBuilder builder = builder(name, name, publicKey, validity);
        try {
            builder.addExtension(
                    Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(
                    Extension.subjectKeyIdentifier, false, extensions.createSubjectKeyIdentifier(publicKey));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sign(builder, new KeyAlgorithm.SigningKey(algorithm, pair.getPrivate()));
    }

    /**
     * A client's certificate.
     *
     * @param organizations who it speaks for: Talos roles, or Kubernetes groups
     * @param commonName its name, may be empty
     * @param pair its key pair
     * @param keyUsage bits of {@link KeyUsage}
     * @param validity from when to when
     * @param authority certificate of the CA
     * @param authorityKey key of the CA
     * @return a PEM text
     */
    public String client(
            List<String> organizations,
            String commonName,
            KeyPair pair,
            int keyUsage,
            Validity validity,
            X509CertificateHolder authority,
            KeyAlgorithm.SigningKey authorityKey) {
        SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
        X509v3CertificateBuilder builder =
                builder(authority.getSubject(), name(organizations, commonName), publicKey, validity);
        try {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(keyUsage));
            builder.addExtension(
                    Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
            SubjectKeyIdentifier issuer = SubjectKeyIdentifier.fromExtensions(authority.getExtensions());
            if (issuer != null) {
                builder.addExtension(
                        Extension.authorityKeyIdentifier,
                        false,
                        new org.bouncycastle.asn1.x509.AuthorityKeyIdentifier(issuer.getKeyIdentifier()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sign(builder, authorityKey);
    }

    /**
     * A certificate of a server that is a client of its kind too.
     *
     * @param dnsName its one name, may be a wildcard
     * @param pair its key pair
     * @param validity from when to when
     * @param authority certificate of the CA
     * @param authorityKey key of the CA
     * @return a PEM text
     */
    public String peer(
            String dnsName,
            KeyPair pair,
            Validity validity,
            X509CertificateHolder authority,
            KeyAlgorithm.SigningKey authorityKey) {
        SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
        X509v3CertificateBuilder builder =
                builder(authority.getSubject(), name(List.of(), dnsName), publicKey, validity);
        try {
            builder.addExtension(
                    Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment));
            builder.addExtension(
                    Extension.extendedKeyUsage,
                    false,
                    new ExtendedKeyUsage(
                            new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
            builder.addExtension(
                    Extension.subjectAlternativeName, false, new GeneralNames(new GeneralName(GeneralName.dNSName, dnsName)));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new org.bouncycastle.asn1.x509.AuthorityKeyIdentifier(
                            SubjectKeyIdentifier.fromExtensions(authority.getExtensions()).getKeyIdentifier()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sign(builder, authorityKey);
    }

    private X509v3CertificateBuilder builder(
            X500Name issuer, X500Name subject, SubjectPublicKeyInfo publicKey, Validity validity) {
        return new X509v3CertificateBuilder(
                issuer,
                new BigInteger(SERIAL_BITS, random),
                Date.from(validity.from()),
                Date.from(validity.to()),
                subject,
                publicKey);
    }

    private static X500Name name(List<String> organizations, String commonName) {
        X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);
        organizations.forEach(organization -> builder.addRDN(BCStyle.O, organization));
        if (!commonName.isEmpty()) {
            builder.addRDN(BCStyle.CN, commonName);
        }
        return builder.build();
    }

    private static String sign(X509v3CertificateBuilder builder, KeyAlgorithm.SigningKey key) {
        try {
            X509CertificateHolder certificate = builder.build(
                    new JcaContentSignerBuilder(key.algorithm().signature()).build(key.key()));
            return Pem.encode(Pem.CERTIFICATE, certificate.getEncoded());
        } catch (OperatorCreationException e) {
            throw new IllegalStateException("this JDK makes no " + key.algorithm().signature() + " signatures", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a certificate, also one without any name, which the JDK cannot.
     *
     * @param pem a PEM text
     * @return the certificate
     * @throws IllegalArgumentException if it is none
     */
    public static X509CertificateHolder read(String pem) {
        Pem.Block block = Pem.decode(pem).orElseThrow(() -> new IllegalArgumentException("not a PEM text"));
        if (!block.label().equals(Pem.CERTIFICATE)) {
            throw new IllegalArgumentException("a PEM text labelled " + block.label() + ", not a certificate");
        }
        try {
            return new X509CertificateHolder(block.der());
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException("below the label CERTIFICATE is no certificate", e);
        }
    }

    /**
     * From when to when a certificate is valid, in whole seconds.
     *
     * @param from first instant
     * @param to last instant
     */
    public record Validity(Instant from, Instant to) {}
}
