package io.talospve.secrets.age;

import io.talospve.spec.Secret;
import java.security.SecureRandom;
import java.util.Objects;

/**
 * A key pair for age, as {@code age-keygen} makes it.
 *
 * @param recipient what one encrypts to, {@code age1…}
 * @param identity what opens it, {@code AGE-SECRET-KEY-1…}
 */
public record AgeKeyPair(String recipient, Secret<String> identity) {
    /** Checks that nothing is missing. */
    public AgeKeyPair {
        Objects.requireNonNull(recipient, "recipient");
        Objects.requireNonNull(identity, "identity");
    }

    /** Makes a new key pair. */
    public static AgeKeyPair generate(SecureRandom random) {
        byte[] identity = new byte[Curve25519.BYTES];
        random.nextBytes(identity);
        return new AgeKeyPair(
                X25519Stanzas.recipientText(Curve25519.publicKey(identity)), X25519Stanzas.identityText(identity));
    }
}
