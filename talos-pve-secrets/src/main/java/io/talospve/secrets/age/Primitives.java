package io.talospve.secrets.age;

import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The JDK's HMAC-SHA256 and ChaCha20-Poly1305, and HKDF (RFC 5869) on the first. */
final class Primitives {
    static final int TAG = 16;
    private static final byte[] ONE = {1};

    private Primitives() {}

    static byte[] hmac(byte[] key, byte[]... message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            // an empty key is the same as one zero byte, which SecretKeySpec takes
            mac.init(new SecretKeySpec(key.length == 0 ? new byte[1] : key, "HmacSHA256"));
            for (byte[] part : message) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC-SHA256", e);
        }
    }

    /** HKDF-SHA256 for 32 bytes, which is one block. */
    static byte[] hkdf(byte[] secret, byte[] salt, String info) {
        return hmac(hmac(salt, secret), info.getBytes(java.nio.charset.StandardCharsets.US_ASCII), ONE);
    }

    static byte[] seal(byte[] key, byte[] nonce, byte[] plain, int offset, int length) {
        try {
            return cipher(Cipher.ENCRYPT_MODE, key, nonce).doFinal(plain, offset, length);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no ChaCha20-Poly1305", e);
        }
    }

    /** Opens a sealed text; empty if it was altered or sealed with another key. */
    static Optional<byte[]> open(byte[] key, byte[] nonce, byte[] sealed, int offset, int length) {
        try {
            return Optional.of(cipher(Cipher.DECRYPT_MODE, key, nonce).doFinal(sealed, offset, length));
        } catch (AEADBadTagException e) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no ChaCha20-Poly1305", e);
        }
    }

    private static Cipher cipher(int mode, byte[] key, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
        cipher.init(mode, new SecretKeySpec(key, "ChaCha20"), new IvParameterSpec(nonce));
        return cipher;
    }
}
