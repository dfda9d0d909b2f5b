package io.talospve.talos.pki.internal;

import java.security.SecureRandom;
import java.util.Base64;

/** Random texts of a bundle. Thread-safe if its random source is. */
public final class Tokens {
    private static final String ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";
    private static final int KEY_BYTES = 32;

    private final SecureRandom random;

    /**
     * Uses a random source.
     *
     * @param random the source
     */
    public Tokens(SecureRandom random) {
        this.random = random;
    }

    /**
     * A join token: {@code [0-9a-z]{6}.[0-9a-z]{16}}.
     *
     * @return a new token
     */
    public String joinToken() {
        return text(6) + "." + text(16);
    }

    /**
     * A 256-bit key in base64.
     *
     * @return a new key
     */
    public String key() {
        return Base64.getEncoder().encodeToString(bytes());
    }

    /**
     * A 256-bit identity in the base64 that suits URLs.
     *
     * @return a new identity
     */
    public String identity() {
        return Base64.getUrlEncoder().encodeToString(bytes());
    }

    /**
     * A password of letters and digits, with more than 160 bits.
     *
     * @return a new password
     */
    public String password() {
        return text(32);
    }

    private byte[] bytes() {
        byte[] bytes = new byte[KEY_BYTES];
        random.nextBytes(bytes);
        return bytes;
    }

    private String text(int length) {
        StringBuilder text = new StringBuilder(length);
        for (int i = 0; i < length; i++) {
            text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
        }
        return text.toString();
    }
}
