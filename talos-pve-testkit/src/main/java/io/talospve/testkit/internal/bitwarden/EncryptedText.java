package io.talospve.testkit.internal.bitwarden;

import java.util.Base64;
import java.util.Optional;

/**
 * The form of an encrypted string of type 2, which is all that the server can check of it.
 *
 * @param iv 16 bytes
 * @param data blocks of 16 bytes
 * @param mac 32 bytes
 */
record EncryptedText(byte[] iv, byte[] data, byte[] mac) {
    static Optional<EncryptedText> parse(String text) {
        if (!text.startsWith("2.")) {
            return Optional.empty();
        }
        String[] parts = text.substring(2).split("\\|", -1);
        if (parts.length != 3) {
            return Optional.empty();
        }
        try {
            EncryptedText found = new EncryptedText(
                    Base64.getDecoder().decode(parts[0]),
                    Base64.getDecoder().decode(parts[1]),
                    Base64.getDecoder().decode(parts[2]));
            boolean whole = found.iv.length == 16
                    && found.mac.length == 32
                    && found.data.length > 0
                    && found.data.length % 16 == 0;
            return whole ? Optional.of(found) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
