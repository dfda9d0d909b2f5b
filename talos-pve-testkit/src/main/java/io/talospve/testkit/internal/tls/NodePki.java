package io.talospve.testkit.internal.tls;

import io.talospve.spec.Cidr;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Collection;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.io.pem.PemReader;

/** A certificate authority out of a machine configuration, and what Talos issues with it. Immutable, thread-safe. */
public final class NodePki {
    /** Only for certificate objects that the JDK refuses to parse; never registered. */
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

    private final X509CertificateHolder certificate;
    private final PrivateKey key;
    private final CertificateClock clock;

    private NodePki(X509CertificateHolder certificate, PrivateKey key, CertificateClock clock) {
        this.certificate = certificate;
        this.key = key;
        this.clock = clock;
    }

    /** The same authority on a machine: what it issues begins by that machine's clock; by default by wall time. */
    public NodePki by(CertificateClock machine) {
        return new NodePki(certificate, key, machine);
    }

    /** A certificate with its key. */
    public record Issued(X509Certificate certificate, PrivateKey key) {
        /** The same, with an Ed25519 key, as BouncyCastle's own objects: its TLS knows no others. */
        public Issued bouncyCastle() {
            try {
                return new Issued(
                        (X509Certificate) CertificateFactory.getInstance("X.509", BOUNCY_CASTLE)
                                .generateCertificate(new ByteArrayInputStream(encoded(certificate))),
                        KeyFactory.getInstance("Ed25519", BOUNCY_CASTLE)
                                .generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded())));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        /** The certificate as PEM. */
        public String certificatePem() {
            return pem("CERTIFICATE", encoded(certificate));
        }

        /** The key as Go writes it: SEC1 for EC, the label ED25519 for Ed25519. */
        public String keyPem() {
            try {
                if (key.getAlgorithm().startsWith("Ed")) {
                    return pem("ED25519 PRIVATE KEY", key.getEncoded());
                }
                // The JDK leaves the curve out of the inner key; Go cannot read one without it.
                return pem(
                        "EC PRIVATE KEY",
                        new ECPrivateKey(
                                        256,
                                        ((java.security.interfaces.ECPrivateKey) key).getS(),
                                        SubjectPublicKeyInfo.getInstance(
                                                        certificate.getPublicKey().getEncoded())
                                                .getPublicKeyData(),
                                        SECObjectIdentifiers.secp256r1)
                                .getEncoded());
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /**
     * Reads an authority.
     *
     * @param certificatePem PEM of its certificate
     * @param keyPem PEM of its key
     * @throws IllegalArgumentException if either cannot be read
     */
    public static NodePki of(String certificatePem, String keyPem) {
        return new NodePki(certificate(certificatePem), key(keyPem), CertificateClock.wall());
    }

    /**
     * Reads a certificate that the JDK may not be able to parse.
     *
     * @throws IllegalArgumentException if it cannot be read
     */
    public static X509CertificateHolder certificate(String pem) {
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            if (parser.readObject() instanceof X509CertificateHolder holder) {
                return holder;
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("not a certificate", e);
        }
        throw new IllegalArgumentException("not a certificate");
    }

    private static PrivateKey key(String pem) {
        try (PemReader reader = new PemReader(new StringReader(pem))) {
            var object = reader.readPemObject();
            if (object == null) {
                throw new IllegalArgumentException("not a private key");
            }
            byte[] content = object.getContent();
            return switch (object.getType()) {
                case "ED25519 PRIVATE KEY" ->
                        KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(content));
                case "EC PRIVATE KEY" -> {
                    ECPrivateKey sec1 = ECPrivateKey.getInstance(content);
                    yield KeyFactory.getInstance("EC")
                            .generatePrivate(new PKCS8EncodedKeySpec(new PrivateKeyInfo(
                                            new AlgorithmIdentifier(
                                                    X9ObjectIdentifiers.id_ecPublicKey, sec1.getParametersObject()),
                                            sec1)
                                    .getEncoded()));
                }
                case "RSA PRIVATE KEY" -> KeyFactory.getInstance("RSA")
                        .generatePrivate(new PKCS8EncodedKeySpec(new PrivateKeyInfo(
                                        new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption),
                                        org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(content))
                                .getEncoded()));
                default -> throw new IllegalArgumentException("not a private key: " + object.getType());
            };
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("not a private key", e);
        }
    }

    /** The authority's certificate. */
    public X509CertificateHolder certificate() {
        return certificate;
    }

    /** The key. */
    public PrivateKey key() {
        return key;
    }

    /** The certificate as the JDK's object, for one that the JDK can parse. */
    public X509Certificate asCertificate() {
        try {
            return new JcaX509CertificateConverter().getCertificate(certificate);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a certificate is of this authority and valid by its clock. */
    public boolean accepts(X509Certificate leaf) {
        return signed(certificate, leaf) && clock.valid(leaf);
    }

    /** The authority's certificate as PEM. */
    public String pem() {
        try {
            return pem("CERTIFICATE", certificate.getEncoded());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A server certificate, Ed25519, 24 hours: what apid gets. */
    public Issued apid(String hostname, Collection<String> subjects) {
        return issue(
                new X500Name("CN=" + hostname),
                newEd25519(),
                Duration.ofHours(24),
                new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth),
                subjects);
    }

    /** A client certificate of the Talos API. */
    public Issued talosClient(Collection<String> roles, Duration validity) {
        return issue(
                organizations(roles, roles.isEmpty() ? "client without a role" : null),
                newEd25519(),
                validity,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth),
                List.of());
    }

    /** A server certificate of the Kubernetes API, P-256, a year. */
    public Issued apiServer(Collection<String> subjects) {
        return issue(
                organizations(List.of("kube-master"), "kube-apiserver"),
                newP256(),
                Duration.ofDays(365),
                new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth),
                subjects);
    }

    /** A client certificate of the Kubernetes API, P-256. */
    public Issued kubernetesClient(String user, String group, Duration validity) {
        return issue(
                organizations(List.of(group), user),
                newP256(),
                validity,
                new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth),
                List.of());
    }

    /**
     * A server certificate of maintenance mode: signed by an authority without a name, so its issuer is empty. The
     * certificate object is BouncyCastle's, because the JDK's refuses to exist.
     */
    public static Issued maintenance(String hostname, Collection<String> subjects) {
        KeyPair authority = newEd25519();
        KeyPair server = newEd25519();
        Instant now = Instant.now();
        Set<String> names = new LinkedHashSet<>();
        names.add(hostname);
        names.addAll(subjects);
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Name(new RDN[0]),
                    serial(),
                    Date.from(now.minusSeconds(150)),
                    Date.from(now.plus(Duration.ofHours(24)).minusSeconds(150)),
                    new X500Name("CN=maintenance-service.talos.dev"),
                    server.getPublic());
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(authority.getPublic()));
            builder.addExtension(Extension.subjectAlternativeName, false, names(names));
            return new Issued(
                    new ForeignCertificate(
                            new JcaX509CertificateConverter()
                                    .setProvider(BOUNCY_CASTLE)
                                    .getCertificate(builder.build(signer(authority.getPrivate()))),
                            server.getPublic()),
                    server.getPrivate());
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether a certificate was signed by this authority; not whether it is valid now. */
    public static boolean signed(X509CertificateHolder authority, X509Certificate leaf) {
        try {
            X509Certificate issuer = new JcaX509CertificateConverter()
                    .setProvider(BOUNCY_CASTLE)
                    .getCertificate(authority);
            leaf.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    /** The Organization values of a certificate's subject. */
    public static List<String> organizations(X509Certificate leaf) {
        return values(leaf, BCStyle.O);
    }

    /** The common name of a certificate's subject; empty text if it has none. */
    public static String commonName(X509Certificate leaf) {
        List<String> names = values(leaf, BCStyle.CN);
        return names.isEmpty() ? "" : names.get(0);
    }

    private static List<String> values(X509Certificate leaf, org.bouncycastle.asn1.ASN1ObjectIdentifier type) {
        X500Name subject = X500Name.getInstance(leaf.getSubjectX500Principal().getEncoded());
        return java.util.Arrays.stream(subject.getRDNs(type))
                .flatMap(rdn -> java.util.Arrays.stream(rdn.getTypesAndValues()))
                .filter(value -> value.getType().equals(type))
                .map(value -> IETFUtils.valueToString(value.getValue()))
                .toList();
    }

    private static X500Name organizations(Collection<String> organizations, @org.jspecify.annotations.Nullable String commonName) {
        org.bouncycastle.asn1.x500.X500NameBuilder builder = new org.bouncycastle.asn1.x500.X500NameBuilder(BCStyle.INSTANCE);
        organizations.forEach(o -> builder.addRDN(BCStyle.O, o));
        if (commonName != null) {
            builder.addRDN(BCStyle.CN, commonName);
        }
        return builder.build();
    }

    private Issued issue(
            X500Name subject, KeyPair pair, Duration validity, ExtendedKeyUsage usage, Collection<String> subjects) {
        Instant now = clock.issuing();
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    certificate.getSubject(),
                    serial(),
                    Date.from(now.minusSeconds(10)),
                    Date.from(now.plus(validity)),
                    subject,
                    pair.getPublic());
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
            builder.addExtension(Extension.extendedKeyUsage, false, usage);
            builder.addExtension(
                    Extension.authorityKeyIdentifier,
                    false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(certificate));
            if (!subjects.isEmpty()) {
                builder.addExtension(Extension.subjectAlternativeName, false, names(subjects));
            }
            return new Issued(
                    new JcaX509CertificateConverter().getCertificate(builder.build(signer(key))), pair.getPrivate());
        } catch (IOException | GeneralSecurityException | OperatorCreationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static GeneralNames names(Collection<String> subjects) {
        return new GeneralNames(new LinkedHashSet<>(subjects).stream()
                .map(s -> new GeneralName(Cidr.isAddress(s) ? GeneralName.iPAddress : GeneralName.dNSName, s))
                .toArray(GeneralName[]::new));
    }

    private static ContentSigner signer(PrivateKey key) throws OperatorCreationException {
        String algorithm = key.getAlgorithm().startsWith("Ed")
                ? "Ed25519"
                : key.getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
        return new JcaContentSignerBuilder(algorithm).build(key);
    }

    private static BigInteger serial() {
        return new BigInteger(127, new SecureRandom()).add(BigInteger.ONE);
    }

    private static KeyPair newEd25519() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newP256() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String label, byte[] content) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content)
                + "\n-----END " + label + "-----\n";
    }
}
