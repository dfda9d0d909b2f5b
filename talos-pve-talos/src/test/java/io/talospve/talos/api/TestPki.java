package io.talospve.talos.api;

import io.talospve.spec.Secret;
import io.talospve.spi.TalosAccess;
import java.math.BigInteger;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A Talos OS CA of the tests: Ed25519 everywhere, as Talos has it. */
final class TestPki {
    private static final BouncyCastleProvider BC = new BouncyCastleProvider();
    private final X500Name name;
    private final KeyPair keys = newKeys();
    private final X509CertificateHolder certificate;

    TestPki(String name) {
        this.name = new X500Name(name);
        Instant now = Instant.now();
        certificate = issue(this.name, keys, new Validity(now.minusSeconds(3600), now.plus(Duration.ofDays(3650))), builder -> {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(
                    Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyCertSign));
        });
    }

    record Validity(Instant from, Instant to) {
        static Validity aDay() {
            return new Validity(Instant.now().minusSeconds(600), Instant.now().plus(Duration.ofDays(1)));
        }
    }

    /** A certificate (BouncyCastle's object, so that its issuer may be empty) and its key. */
    record Identity(X509Certificate certificate, PrivateKey key) {
        String pin() {
            try {
                return Base64.getEncoder()
                        .encodeToString(MessageDigest.getInstance("SHA-256")
                                .digest(certificate.getPublicKey().getEncoded()));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private interface Extensions {
        void addTo(X509v3CertificateBuilder builder) throws CertIOException;
    }

    X509Certificate caCertificate() {
        return convert(certificate);
    }

    Identity server(String commonName, Validity validity, GeneralName... names) {
        KeyPair pair = newKeys();
        X509CertificateHolder holder = issue(new X500Name(commonName), pair, validity, builder -> {
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
            builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
        });
        return new Identity(new PresentedCertificate(convert(holder), pair.getPublic()), pair.getPrivate());
    }

    static GeneralName ip(String address) {
        return new GeneralName(GeneralName.iPAddress, address);
    }

    TalosAccess access(String organization) {
        KeyPair pair = newKeys();
        X509CertificateHolder holder = issue(
                new X500Name(organization),
                pair,
                Validity.aDay(),
                builder -> builder.addExtension(
                        Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth)));
        return new TalosAccess(
                pem("CERTIFICATE", encoded(certificate)),
                pem("CERTIFICATE", encoded(holder)),
                Secret.of(pem("ED25519 PRIVATE KEY", pair.getPrivate().getEncoded())));
    }

    private X509CertificateHolder issue(X500Name subject, KeyPair pair, Validity validity, Extensions extensions) {
        try {
            X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                    name,
                    BigInteger.valueOf(System.nanoTime()),
                    Date.from(validity.from()),
                    Date.from(validity.to()),
                    subject,
                    SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded()));
            extensions.addTo(builder);
            return builder.build(new JcaContentSignerBuilder("Ed25519").build(keys.getPrivate()));
        } catch (OperatorCreationException | CertIOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Certificate convert(X509CertificateHolder holder) {
        try {
            return new JcaX509CertificateConverter().setProvider(BC).getCertificate(holder);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] encoded(X509CertificateHolder holder) {
        try {
            return holder.getEncoded();
        } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static KeyPair newKeys() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
                + "\n-----END " + label + "-----\n";
    }

    /** Presents one identity whatever is asked for. */
    static final class OneKey extends X509ExtendedKeyManager {
        private final Identity identity;

        OneKey(Identity identity) {
            this.identity = identity;
        }

        @Override
        public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
            return keyType.equals("EdDSA") || keyType.equals("Ed25519") ? "one" : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[] {identity.certificate()};
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return identity.key();
        }

        @Override
        public String[] getClientAliases(String keyType, Principal[] issuers) {
            return new String[0];
        }

        @Override
        public String chooseClientAlias(String[] keyType, Principal[] issuers, Socket socket) {
            return null;
        }

        @Override
        public String[] getServerAliases(String keyType, Principal[] issuers) {
            return new String[] {"one"};
        }

        @Override
        public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
            return "one";
        }
    }
}
