package io.talospve.talos.pki.internal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAKeyGenParameterSpec;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/** The kinds of keys in a bundle: how each is made and which text Talos keeps it in. The JDK makes the keys. */
public enum KeyAlgorithm {
    /** Talos' own CA and its clients; PKCS#8 inside. */
    ED25519("Ed25519", "ED25519 PRIVATE KEY", NamedParameterSpec.ED25519, "Ed25519") {
        @Override
        byte[] inner(PrivateKey key, KeyPair pair) {
            return key.getEncoded();
        }

        @Override
        byte[] pkcs8(byte[] inner) {
            return inner;
        }
    },
    /** The CAs of Kubernetes, etcd and the aggregator; SEC1 inside. */
    P256("EC", "EC PRIVATE KEY", new ECGenParameterSpec("secp256r1"), "SHA256withECDSA") {
        @Override
        byte[] inner(PrivateKey key, KeyPair pair) throws IOException {
            SubjectPublicKeyInfo publicKey = SubjectPublicKeyInfo.getInstance(pair.getPublic().getEncoded());
            return new ECPrivateKey(
                            256,
                            ((java.security.interfaces.ECPrivateKey) key).getS(),
                            publicKey.getPublicKeyData(),
                            SECObjectIdentifiers.secp256r1)
                    .getEncoded(ASN1Encoding.DER);
        }

        @Override
        byte[] pkcs8(byte[] inner) throws IOException {
            ECPrivateKey key = ECPrivateKey.getInstance(inner);
            ASN1ObjectIdentifier curve = ASN1ObjectIdentifier.getInstance(key.getParametersObject());
            return new PrivateKeyInfo(new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, curve), key).getEncoded();
        }
    },
    /** The service account's key; PKCS#1 inside. */
    RSA4096("RSA", "RSA PRIVATE KEY", new RSAKeyGenParameterSpec(4096, RSAKeyGenParameterSpec.F4), "SHA256withRSA") {
        @Override
        byte[] inner(PrivateKey key, KeyPair pair) throws IOException {
            return PrivateKeyInfo.getInstance(key.getEncoded())
                    .parsePrivateKey()
                    .toASN1Primitive()
                    .getEncoded(ASN1Encoding.DER);
        }

        @Override
        byte[] pkcs8(byte[] inner) throws IOException {
            AlgorithmIdentifier rsa = new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);
            return new PrivateKeyInfo(rsa, org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(inner)).getEncoded();
        }
    };

    private final String jdkName;
    private final String label;
    private final AlgorithmParameterSpec parameters;
    private final String signature;

    KeyAlgorithm(String jdkName, String label, AlgorithmParameterSpec parameters, String signature) {
        this.jdkName = jdkName;
        this.label = label;
        this.parameters = parameters;
        this.signature = signature;
    }

    abstract byte[] inner(PrivateKey key, KeyPair pair) throws IOException;

    abstract byte[] pkcs8(byte[] inner) throws IOException;

    /**
     * Makes a key pair.
     *
     * @param random where the key comes from
     * @return a new pair
     */
    public KeyPair generate(SecureRandom random) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(jdkName);
            generator.initialize(parameters, random);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK makes no " + jdkName + " keys", e);
        }
    }

    /**
     * Writes a private key as Talos does.
     *
     * @param pair a pair of this kind
     * @return a PEM text
     */
    public String pem(KeyPair pair) {
        try {
            return Pem.encode(label, inner(pair.getPrivate(), pair));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Name of the signature that keys of this kind make. */
    String signature() {
        return signature;
    }

    /**
     * Reads a private key as Talos writes it.
     *
     * @param pem a PEM text
     * @return the key with its kind
     * @throws IllegalArgumentException if it is none; the message does not show it
     */
    public static SigningKey read(String pem) {
        Pem.Block block = Pem.decode(pem).orElseThrow(() -> new IllegalArgumentException("not a PEM text"));
        for (KeyAlgorithm algorithm : values()) {
            if (algorithm.label.equals(block.label())) {
                return algorithm.key(block.der());
            }
        }
        throw new IllegalArgumentException("a PEM text labelled " + block.label() + ", not a private key of Talos");
    }

    private SigningKey key(byte[] inner) {
        try {
            KeyFactory factory = KeyFactory.getInstance(jdkName);
            return new SigningKey(this, factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8(inner))));
        } catch (GeneralSecurityException | IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException("below the label " + label + " is no such key");
        }
    }

    /**
     * A private key that can sign.
     *
     * @param algorithm its kind
     * @param key the key
     */
    public record SigningKey(KeyAlgorithm algorithm, PrivateKey key) {
        @Override
        public String toString() {
            return algorithm.name();
        }
    }
}
