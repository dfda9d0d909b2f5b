package io.talospve.secrets.bitwarden;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A key of Bitwarden: 32 bytes for AES-256-CBC and 32 bytes for HMAC-SHA256. It reads and writes encrypted strings of
 * type 2, {@code 2.<iv>|<ciphertext>|<mac>} in base64; all other types are refused, because they are unauthenticated or
 * need another kind of key. Immutable and thread-safe; shows nothing in {@link #toString()}.
 */
final class SymmetricKey {
    private static final String TYPE = "2.";
    private static final int HALF = 32;
    private static final int BLOCK = 16;

    private final byte[] encryptionKey;
    private final byte[] macKey;

    private SymmetricKey(byte[] both) {
        encryptionKey = Arrays.copyOfRange(both, 0, HALF);
        macKey = Arrays.copyOfRange(both, HALF, 2 * HALF);
    }

    /**
     * A key from its bytes.
     *
     * @throws Unreadable if it does not have 64 bytes
     */
    static SymmetricKey of(byte[] both) throws Unreadable {
        if (both.length != 2 * HALF) {
            throw new Unreadable("the key has " + both.length + " bytes, not " + 2 * HALF);
        }
        return new SymmetricKey(both);
    }

    /** The key that an access token's 16 bytes stand for: an HMAC, then HKDF-Expand without an Extract. */
    static SymmetricKey fromTokenSeed(byte[] seed) {
        byte[] prk = hmac("bitwarden-accesstoken".getBytes(StandardCharsets.US_ASCII), seed);
        byte[] info = "sm-access-token".getBytes(StandardCharsets.US_ASCII);
        byte[] first = hmac(prk, info, new byte[] {1});
        byte[] second = hmac(prk, first, info, new byte[] {2});
        byte[] both = Arrays.copyOf(first, 2 * HALF);
        System.arraycopy(second, 0, both, HALF, HALF);
        return new SymmetricKey(both);
    }

    /** Encrypts with a fresh initialisation vector. */
    String encrypt(String plain, SecureRandom random) {
        byte[] iv = new byte[BLOCK];
        random.nextBytes(iv);
        return encrypt(plain, iv);
    }

    /** Encrypts with a given initialisation vector, which must never be used twice; apart for the test vectors. */
    String encrypt(String plain, byte[] iv) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(plain));
            byte[] ciphertext = aes(Cipher.ENCRYPT_MODE, iv)
                    .doFinal(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            Base64.Encoder base64 = Base64.getEncoder();
            return TYPE + base64.encodeToString(iv) + "|" + base64.encodeToString(ciphertext) + "|"
                    + base64.encodeToString(hmac(macKey, iv, ciphertext));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the text holds half a surrogate pair, which UTF-8 cannot express");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no AES", e);
        }
    }

    /**
     * Decrypts. The authentication code is compared first, in constant time; nothing is decrypted if it differs.
     *
     * @throws Unreadable if the text is not of type 2, was altered, or was encrypted with another key
     */
    String decrypt(String encrypted) throws Unreadable {
        if (!encrypted.startsWith(TYPE)) {
            int dot = encrypted.indexOf('.');
            throw new Unreadable(
                    dot > 0 && dot < 4 && encrypted.substring(0, dot).matches("\\d+")
                            ? "it is encrypted with type " + encrypted.substring(0, dot) + ", only 2 is supported"
                            : "it is not an encrypted string of Bitwarden");
        }
        String[] parts = encrypted.substring(TYPE.length()).split("\\|", -1);
        if (parts.length != 3) {
            throw new Unreadable("it has " + parts.length + " parts, not 3");
        }
        byte[] iv = base64(parts[0]);
        byte[] ciphertext = base64(parts[1]);
        byte[] mac = base64(parts[2]);
        if (iv.length != BLOCK || mac.length != HALF || ciphertext.length == 0 || ciphertext.length % BLOCK != 0) {
            throw new Unreadable("one of its parts has an impossible length");
        }
        if (!MessageDigest.isEqual(hmac(macKey, iv, ciphertext), mac)) {
            throw new Unreadable("its authentication code does not match: it was altered, or encrypted with another key");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(aes(Cipher.DECRYPT_MODE, iv).doFinal(ciphertext)))
                    .toString();
        } catch (GeneralSecurityException e) {
            throw new Unreadable("it is authentic, but its padding is wrong");
        } catch (CharacterCodingException e) {
            throw new Unreadable("it is authentic, but not UTF-8 text");
        }
    }

    private Cipher aes(int mode, byte[] iv) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(mode, new SecretKeySpec(encryptionKey, "AES"), new IvParameterSpec(iv));
        return cipher;
    }

    private static byte[] hmac(byte[] key, byte[]... message) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            for (byte[] part : message) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK has no HMAC-SHA256", e);
        }
    }

    private static byte[] base64(String text) throws Unreadable {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw new Unreadable("one of its parts is not base64");
        }
    }

    @Override
    public String toString() {
        return "***";
    }

    /** Something cannot be decrypted; the message says why and shows nothing of it. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String message) {
            super(message);
        }
    }
}
