package io.talospve.talos.pki.internal;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * PEM texts (RFC 7468) with the labels that Talos writes, which differ from the JDK's: {@code ED25519 PRIVATE KEY} holds
 * PKCS#8. Stateless.
 */
public final class Pem {
    /** Label of a certificate. */
    public static final String CERTIFICATE = "CERTIFICATE";

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s+([A-Za-z0-9+/=\\s]+)-----END \\1-----\\s*");
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Pem() {}

    /**
     * Writes one block.
     *
     * @param label for example {@code CERTIFICATE}
     * @param der the content
     * @return the text, with a line break at the end
     */
    public static String encode(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + LINES.encodeToString(der) + "\n-----END " + label + "-----\n";
    }

    /**
     * Reads a text of one block.
     *
     * @param pem the text
     * @return the block, empty if the text is none
     */
    public static Optional<Block> decode(String pem) {
        Matcher matcher = BLOCK.matcher(pem.strip() + "\n");
        if (!matcher.matches()) {
            return Optional.empty();
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(matcher.group(2).getBytes(StandardCharsets.US_ASCII));
            return der.length == 0 ? Optional.empty() : Optional.of(new Block(matcher.group(1), der));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A label and the bytes below it; {@code toString} shows the label only. */
    public static final class Block {
        private final String label;
        private final byte[] der;

        Block(String label, byte[] der) {
            this.label = label;
            this.der = der;
        }

        /**
         * What the block holds.
         *
         * @return for example {@code CERTIFICATE}
         */
        public String label() {
            return label;
        }

        /**
         * The content.
         *
         * @return a copy
         */
        public byte[] der() {
            return der.clone();
        }

        @Override
        public String toString() {
            return label;
        }
    }
}
