package io.talospve.secrets.age;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.Optional;
import javax.crypto.KeyAgreement;

/** X25519 (RFC 7748) by the JDK, on plain bytes. */
final class Curve25519 {
    static final int BYTES = 32;
    private static final byte[] BASE = new byte[BYTES];

    static {
        BASE[0] = 9;
    }

    private Curve25519() {}

    /** The public key of a private one. */
    static byte[] publicKey(byte[] privateKey) {
        return agree(privateKey, BASE).orElseThrow(() -> new IllegalStateException("the base point has no small order"));
    }

    /** The shared secret; empty if the public key is one of small order, which would make it known to everybody. */
    static Optional<byte[]> agree(byte[] privateKey, byte[] publicKey) {
        try {
            KeyFactory keys = KeyFactory.getInstance("X25519");
            PrivateKey own = keys.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, privateKey));
            PublicKey other =
                    keys.generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, coordinate(publicKey)));
            KeyAgreement agreement = KeyAgreement.getInstance("X25519");
            agreement.init(own);
            agreement.doPhase(other, true);
            return Optional.of(agreement.generateSecret());
        } catch (InvalidKeyException smallOrder) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no X25519", e);
        }
    }

    /** Little-endian with the top bit ignored, RFC 7748 section 5. */
    private static BigInteger coordinate(byte[] bytes) {
        byte[] bigEndian = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bigEndian[i] = bytes[BYTES - 1 - i];
        }
        bigEndian[0] &= 0x7f;
        return new BigInteger(1, bigEndian);
    }
}
