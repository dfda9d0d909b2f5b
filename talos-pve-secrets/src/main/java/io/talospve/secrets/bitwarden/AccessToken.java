package io.talospve.secrets.bitwarden;

import io.talospve.error.ConfigurationException;
import io.talospve.spec.Secret;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * An access token of a machine account: {@code 0.<client id>.<client secret>:<base64 of 16 bytes>}.
 *
 * @param clientId who logs in
 * @param clientSecret its password
 * @param key decrypts the payload of the login's answer
 */
record AccessToken(UUID clientId, Secret<String> clientSecret, SymmetricKey key) {
    private static final Pattern UUID_TEXT =
            Pattern.compile("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}");
    private static final int SEED_BYTES = 16;

    /** Whether a text is a UUID in its usual notation ({@link UUID#fromString} takes more). */
    static boolean isUuid(String text) {
        return UUID_TEXT.matcher(text).matches();
    }

    /**
     * Reads a token.
     *
     * @throws ConfigurationException that says what is wrong with it, without showing it
     */
    static AccessToken parse(Secret<String> token) {
        String text = token.reveal().strip();
        if (text.isEmpty()) {
            throw malformed("it is empty");
        }
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw malformed("the part after \":\" is missing (was it cut off when it was copied?)");
        }
        String[] parts = text.substring(0, colon).split("\\.", -1);
        if (parts.length != 3) {
            throw malformed("there are " + parts.length + " parts before \":\", not 3");
        }
        if (!parts[0].equals("0")) {
            throw malformed("its version is not 0, the only one there was when this library was written");
        }
        if (!isUuid(parts[1])) {
            throw malformed("its second part is not a UUID");
        }
        if (parts[2].isEmpty()) {
            throw malformed("its third part, the client secret, is empty");
        }
        byte[] seed;
        try {
            seed = Base64.getDecoder().decode(text.substring(colon + 1));
        } catch (IllegalArgumentException e) {
            throw malformed("the part after \":\" is not base64");
        }
        if (seed.length != SEED_BYTES) {
            throw malformed("the part after \":\" has " + seed.length + " bytes, not " + SEED_BYTES);
        }
        return new AccessToken(UUID.fromString(parts[1]), Secret.of(parts[2]), SymmetricKey.fromTokenSeed(seed));
    }

    private static ConfigurationException malformed(String reason) {
        return new ConfigurationException(
                "the Bitwarden access token is malformed: " + reason,
                "copy the whole token of the machine account again; it looks like 0.<uuid>.<secret>:<key>==");
    }
}
