package io.talospve.secrets.age;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.spec.Secret;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts and decrypts whole texts in the age v1 format, so that {@code age -d} opens what this wrote, and the other way.
 *
 * <p>Either to recipients with key pairs ({@code age1…}; decrypting needs one of the identities), or with a pass phrase.
 * A pass phrase costs time and memory for every text (2<sup>work factor</sup> KiB): for many texts use a key pair, and keep
 * its identity behind a pass phrase.
 *
 * <p>Everything is in memory, so this is for secrets and records, not for gigabytes. Immutable and thread-safe.
 */
public final class AgeEncryption {
    static final int FILE_KEY = 16;

    private final List<byte[]> recipients;
    private final List<byte[]> identities;
    private final @Nullable Secret<String> passphrase;
    private final int workFactor;
    private final int maxWorkFactor;
    private final boolean armored;
    private final SecureRandom random;

    private AgeEncryption(Builder given) {
        recipients = List.copyOf(given.recipients);
        identities = List.copyOf(given.identities);
        passphrase = given.passphrase;
        workFactor = given.workFactor;
        maxWorkFactor = given.maxWorkFactor;
        armored = given.armored;
        random = given.random;
    }

    /** Starts one: at least one recipient, identity or pass phrase is needed. */
    public static Builder builder() {
        return new Builder();
    }

    /** Whether a text is an age file, by how it begins; it may still be broken. */
    public static boolean isEncrypted(byte[] text) {
        byte[] version = Header.VERSION.substring(0, Header.VERSION.length() - 1)
                .getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        return Armor.isArmored(text)
                || text.length >= version.length
                        && Arrays.equals(text, 0, version.length, version, 0, version.length);
    }

    /**
     * Encrypts a text. Twice the same text gives different results.
     *
     * @throws ConfigurationException if there are only identities, no recipient and no pass phrase
     */
    public byte[] encrypt(byte[] plain) {
        byte[] fileKey = new byte[FILE_KEY];
        random.nextBytes(fileKey);
        List<Stanza> stanzas = new ArrayList<>();
        try {
            for (byte[] recipient : recipients) {
                stanzas.add(X25519Stanzas.wrap(fileKey, recipient, random));
            }
        } catch (Unreadable e) {
            throw new ConfigurationException("an age recipient cannot be used: " + e.getMessage(), null);
        }
        if (passphrase != null) {
            stanzas.add(ScryptStanzas.wrap(fileKey, passphrase, workFactor, random));
        }
        if (stanzas.isEmpty()) {
            throw new ConfigurationException(
                    "AgeEncryption: there is no recipient and no pass phrase, so it can only decrypt", null);
        }
        byte[] header = Header.write(stanzas, fileKey);
        byte[] payload = Payload.seal(fileKey, plain, random);
        byte[] file = Arrays.copyOf(header, header.length + payload.length);
        System.arraycopy(payload, 0, file, header.length, payload.length);
        return armored ? Armor.wrap(file) : file;
    }

    /**
     * Decrypts a text, in its binary or in its text form.
     *
     * @throws StoreException with code {@code STORE_FAILED} if it is not an age file, was altered, or is encrypted to
     *     others
     */
    public byte[] decrypt(byte[] encrypted) {
        try {
            byte[] file = Armor.isArmored(encrypted) ? Armor.unwrap(encrypted) : encrypted;
            Header header = Header.read(file);
            byte[] fileKey = fileKey(header)
                    .orElseThrow(() -> new Unreadable(
                            header.stanzas().get(0).type().equals(ScryptStanzas.TYPE)
                                    ? "it is encrypted with another pass phrase, or this one can only use key pairs"
                                    : "it is encrypted to other recipients than the identities given"));
            if (!header.authentic(fileKey)) {
                throw new Unreadable("its header was altered");
            }
            return Payload.open(fileKey, file, header.length());
        } catch (Unreadable e) {
            throw new StoreException(
                    ErrorCode.STORE_FAILED,
                    "an encrypted text cannot be opened: " + e.getMessage(),
                    "give the identity (AGE-SECRET-KEY-1…) or the pass phrase it was encrypted for;"
                            + " \"age -d\" opens it as well",
                    null);
        }
    }

    private Optional<byte[]> fileKey(Header header) throws Unreadable {
        boolean byPassphrase =
                header.stanzas().stream().anyMatch(stanza -> stanza.type().equals(ScryptStanzas.TYPE));
        if (byPassphrase) {
            // with a second way in, somebody who knows the pass phrase could not be sure who else wrote it
            if (header.stanzas().size() > 1) {
                throw new Unreadable("it has a pass phrase and other recipients, which the format forbids");
            }
            return passphrase == null
                    ? Optional.empty()
                    : ScryptStanzas.unwrap(header.stanzas().get(0), passphrase, maxWorkFactor);
        }
        for (Stanza stanza : header.stanzas()) {
            if (!stanza.type().equals(X25519Stanzas.TYPE)) {
                continue;
            }
            for (byte[] identity : identities) {
                Optional<byte[]> found = X25519Stanzas.unwrap(stanza, identity);
                if (found.isPresent()) {
                    return found;
                }
            }
        }
        return Optional.empty();
    }

    /** What it is made for, without any key. */
    @Override
    public String toString() {
        return "AgeEncryption[" + recipients.size() + " recipients, " + identities.size() + " identities, "
                + (passphrase == null ? "no pass phrase" : "a pass phrase") + "]";
    }

    /** Builds an {@link AgeEncryption}. Not thread-safe. */
    public static final class Builder {
        private final List<byte[]> recipients = new ArrayList<>();
        private final List<byte[]> identities = new ArrayList<>();
        private @Nullable Secret<String> passphrase;
        private int workFactor = 17;
        private int maxWorkFactor = 20;
        private boolean armored;
        private SecureRandom random = new SecureRandom();

        Builder() {}

        /**
         * Encrypts to this recipient; several can be given, each opens it alone.
         *
         * @param recipient {@code age1…}
         */
        public Builder recipient(String recipient) {
            try {
                recipients.add(X25519Stanzas.recipient(recipient.strip()));
            } catch (Unreadable e) {
                throw new ConfigurationException(
                        "an age recipient cannot be used: " + e.getMessage(),
                        recipient.startsWith("ssh-") || recipient.startsWith("age1pq") || recipient.startsWith("age1tag")
                                ? "only native X25519 recipients (age1 and 58 more characters) are supported"
                                : "it is the line \"public key\" that age-keygen prints");
            }
            return this;
        }

        /**
         * Decrypts with this identity, and encrypts to its recipient too, so that what is written can be read again.
         *
         * @param identity {@code AGE-SECRET-KEY-1…}
         */
        public Builder identity(Secret<String> identity) {
            try {
                byte[] key = X25519Stanzas.identity(identity.map(String::strip));
                identities.add(key);
                byte[] recipient = Curve25519.publicKey(key);
                if (recipients.stream().noneMatch(known -> Arrays.equals(known, recipient))) {
                    recipients.add(recipient);
                }
            } catch (Unreadable e) {
                throw new ConfigurationException(
                        "an age identity cannot be used: " + e.getMessage(),
                        "it is the line AGE-SECRET-KEY-1… that age-keygen prints");
            }
            return this;
        }

        /** Encrypts and decrypts with this pass phrase; not together with recipients or identities. */
        public Builder passphrase(Secret<String> phrase) {
            if (phrase.reveal().isEmpty()) {
                throw new ConfigurationException("AgeEncryption: the pass phrase is empty", null);
            }
            this.passphrase = Objects.requireNonNull(phrase, "phrase");
            return this;
        }

        /**
         * How hard guessing the pass phrase is made: log2 of scrypt's cost, 17 by default (128 MiB for each text).
         *
         * @param logCost 1 to 22; below 15 only for tests
         */
        public Builder workFactor(int logCost) {
            if (logCost < 1 || logCost > 22) {
                throw new ConfigurationException("AgeEncryption: the work factor " + logCost + " is not in 1..22", null);
            }
            this.workFactor = logCost;
            this.maxWorkFactor = Math.max(maxWorkFactor, logCost);
            return this;
        }

        /** Whether the text form (PEM) is written instead of the binary one; both are read. Binary by default. */
        public Builder armored(boolean text) {
            this.armored = text;
            return this;
        }

        /** Where keys and nonces come from; the JDK's default by default. */
        public Builder random(SecureRandom source) {
            this.random = Objects.requireNonNull(source, "source");
            return this;
        }

        /**
         * The encryption.
         *
         * @throws ConfigurationException if there is no key at all, or a pass phrase besides keys
         */
        public AgeEncryption build() {
            boolean keys = !recipients.isEmpty() || !identities.isEmpty();
            if (keys == (passphrase != null)) {
                throw new ConfigurationException(
                        keys
                                ? "AgeEncryption: the format allows either recipients or a pass phrase, not both"
                                : "AgeEncryption: missing: recipient, identity or passphrase",
                        null);
            }
            return new AgeEncryption(this);
        }
    }
}
