package io.talospve.secrets.age;

import io.talospve.spec.Secret;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Recipients with a key pair: {@code age1…} and {@code AGE-SECRET-KEY-1…}. */
final class X25519Stanzas {
    static final String TYPE = "X25519";
    private static final String RECIPIENT = "age";
    private static final String IDENTITY = "age-secret-key-";
    private static final String INFO = "age-encryption.org/v1/X25519";
    /** A wrapping key is used once, so its nonce is constant. */
    private static final byte[] ZERO_NONCE = new byte[12];

    private X25519Stanzas() {}

    static byte[] recipient(String text) throws Unreadable {
        return key(RECIPIENT, text);
    }

    static byte[] identity(Secret<String> text) throws Unreadable {
        return key(IDENTITY, text.reveal());
    }

    static String recipientText(byte[] publicKey) {
        return Bech32.encode(RECIPIENT, publicKey);
    }

    static Secret<String> identityText(byte[] privateKey) {
        return Secret.of(Bech32.encode(IDENTITY, privateKey).toUpperCase(Locale.ROOT));
    }

    private static byte[] key(String prefix, String text) throws Unreadable {
        byte[] bytes = Bech32.decode(prefix, text);
        if (bytes.length != Curve25519.BYTES) {
            throw new Unreadable("it has " + bytes.length + " bytes, not " + Curve25519.BYTES);
        }
        return bytes;
    }

    /** Wraps a file key for a recipient. */
    static Stanza wrap(byte[] fileKey, byte[] recipient, SecureRandom random) throws Unreadable {
        byte[] ephemeral = new byte[Curve25519.BYTES];
        random.nextBytes(ephemeral);
        byte[] share = Curve25519.publicKey(ephemeral);
        byte[] shared = Curve25519.agree(ephemeral, recipient)
                .orElseThrow(() -> new Unreadable("it is not a public key but a point of small order"));
        return new Stanza(
                TYPE,
                List.of(Base64Text.encode(share)),
                Primitives.seal(key(shared, share, recipient), ZERO_NONCE, fileKey, 0, fileKey.length));
    }

    /** Unwraps a file key; empty if the stanza is for somebody else. */
    static Optional<byte[]> unwrap(Stanza stanza, byte[] identity) throws Unreadable {
        if (stanza.arguments().size() != 1) {
            throw new Unreadable("a recipient line of its header is malformed");
        }
        byte[] share = Base64Text.decode(stanza.arguments().get(0));
        if (share.length != Curve25519.BYTES || stanza.body().length != AgeEncryption.FILE_KEY + Primitives.TAG) {
            throw new Unreadable("a recipient line of its header has an impossible length");
        }
        byte[] shared = Curve25519.agree(identity, share)
                .orElseThrow(() -> new Unreadable("a recipient line of its header has a point of small order"));
        byte[] key = key(shared, share, Curve25519.publicKey(identity));
        return Primitives.open(key, ZERO_NONCE, stanza.body(), 0, stanza.body().length);
    }

    private static byte[] key(byte[] shared, byte[] share, byte[] recipient) {
        byte[] salt = java.util.Arrays.copyOf(share, 2 * Curve25519.BYTES);
        System.arraycopy(recipient, 0, salt, Curve25519.BYTES, Curve25519.BYTES);
        return Primitives.hkdf(shared, salt, INFO);
    }
}
