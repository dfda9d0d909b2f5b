package io.talospve.spec.internal;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** Turns names into bytes that look random and are always the same. */
public final class NameDigest {
    private NameDigest() {}

    /** SHA-256 of the parts in UTF-8, separated by NUL. */
    public static byte[] of(String... parts) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(String.join("\0", parts).getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
