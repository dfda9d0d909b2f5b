package io.talospve.secrets.age;

import io.talospve.spec.Secret;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A pass phrase in place of recipients. */
final class ScryptStanzas {
    static final String TYPE = "scrypt";
    private static final byte[] LABEL = "age-encryption.org/v1/scrypt".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ZERO_NONCE = new byte[12];
    private static final int SALT = 16;

    private ScryptStanzas() {}

    static Stanza wrap(byte[] fileKey, Secret<String> passphrase, int workFactor, SecureRandom random) {
        byte[] salt = new byte[SALT];
        random.nextBytes(salt);
        return new Stanza(
                TYPE,
                List.of(Base64Text.encode(salt), Integer.toString(workFactor)),
                Primitives.seal(key(passphrase, salt, workFactor), ZERO_NONCE, fileKey, 0, fileKey.length));
    }

    /** Unwraps a file key; empty if the pass phrase is another. */
    static Optional<byte[]> unwrap(Stanza stanza, Secret<String> passphrase, int maxWorkFactor) throws Unreadable {
        if (stanza.arguments().size() != 2 || !stanza.arguments().get(1).matches("[1-9][0-9]?")) {
            throw new Unreadable("the pass phrase line of its header is malformed");
        }
        byte[] salt = Base64Text.decode(stanza.arguments().get(0));
        int workFactor = Integer.parseInt(stanza.arguments().get(1));
        if (salt.length != SALT || stanza.body().length != AgeEncryption.FILE_KEY + Primitives.TAG) {
            throw new Unreadable("the pass phrase line of its header has an impossible length");
        }
        if (workFactor > maxWorkFactor) {
            throw new Unreadable("its pass phrase has the work factor " + workFactor + ", more than " + maxWorkFactor
                    + " would take too much memory");
        }
        return Primitives.open(
                key(passphrase, salt, workFactor), ZERO_NONCE, stanza.body(), 0, stanza.body().length);
    }

    private static byte[] key(Secret<String> passphrase, byte[] salt, int workFactor) {
        byte[] labelled = Arrays.copyOf(LABEL, LABEL.length + salt.length);
        System.arraycopy(salt, 0, labelled, LABEL.length, salt.length);
        return Scrypt.derive(passphrase.reveal().getBytes(StandardCharsets.UTF_8), labelled, workFactor);
    }
}
