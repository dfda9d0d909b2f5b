package io.talospve.spec;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checksum of a boot image, which Proxmox verifies when it has fetched it. Immutable.
 *
 * @param algorithm {@code sha256}, {@code sha384} or {@code sha512}
 * @param value lower-case hexadecimal
 */
public record ImageChecksum(String algorithm, String value) {
    private static final Pattern FORM =
            Pattern.compile("(sha256):([0-9a-fA-F]{64})|(sha384):([0-9a-fA-F]{96})|(sha512):([0-9a-fA-F]{128})");

    /**
     * Reads one.
     *
     * @param text {@code sha256:…}
     * @return empty if it is none
     */
    public static Optional<ImageChecksum> parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return Optional.empty();
        }
        int colon = text.indexOf(':');
        return Optional.of(new ImageChecksum(
                text.substring(0, colon), text.substring(colon + 1).toLowerCase(Locale.ROOT)));
    }

    /** {@code sha256:…}. */
    @Override
    public String toString() {
        return algorithm + ":" + value;
    }
}
