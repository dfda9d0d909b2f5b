package io.talospve.kubernetes;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads private keys in PEM: PKCS#8 ({@code PRIVATE KEY}, also under Talos' label {@code ED25519 PRIVATE KEY}), SEC 1
 * ({@code EC PRIVATE KEY}, RFC 5915) and PKCS#1 ({@code RSA PRIVATE KEY}, RFC 8017). The JDK knows only PKCS#8; the other
 * two become it by one wrapping, RFC 5208.
 */
final class PrivateKeys {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final byte[] VERSION_0 = {0x02, 0x01, 0x00};

    private PrivateKeys() {}

    /**
     * The private key of a certificate.
     *
     * @param pem the key
     * @param of the certificate's public key: it tells algorithm and curve, which the older formats may leave out
     * @throws IllegalArgumentException that says what is wrong and shows nothing of the key
     */
    static PrivateKey read(String pem, PublicKey of) {
        // an EC PARAMETERS block may stand before the key; it is not needed
        Matcher block = BLOCK.matcher(pem);
        if (!block.find()) {
            throw new IllegalArgumentException("there is no private key in PEM in it");
        }
        String label = block.group(1);
        byte[] der;
        try {
            der = Base64.getMimeDecoder().decode(block.group(2));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("its base64 is broken");
        }
        byte[] pkcs8 =
                switch (label) {
                    case "PRIVATE KEY", "ED25519 PRIVATE KEY" -> der;
                    case "EC PRIVATE KEY", "RSA PRIVATE KEY" -> wrap(der, of);
                    default -> throw new IllegalArgumentException(
                            "its kind \"" + label + "\" is not supported (an encrypted key has to be decrypted first)");
                };
        try {
            return KeyFactory.getInstance(of.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            // without the cause: its text may quote the key's bytes
            throw new IllegalArgumentException(
                    "it cannot be read as a key of the certificate's algorithm, " + of.getAlgorithm());
        }
    }

    /** PrivateKeyInfo: version, algorithm, and the older structure as an octet string. */
    private static byte[] wrap(byte[] der, PublicKey of) {
        return element(SEQUENCE, VERSION_0, algorithm(of.getEncoded()), element(OCTET_STRING, der));
    }

    /** The AlgorithmIdentifier, which is the first element of a SubjectPublicKeyInfo. */
    private static byte[] algorithm(byte[] publicKeyInfo) {
        int start = headerLength(publicKeyInfo, 0);
        int length = headerLength(publicKeyInfo, start) + contentLength(publicKeyInfo, start);
        byte[] result = new byte[length];
        System.arraycopy(publicKeyInfo, start, result, 0, length);
        return result;
    }

    private static int headerLength(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        return first < 0x80 ? 2 : 2 + (first & 0x7f);
    }

    private static int contentLength(byte[] der, int at) {
        int first = der[at + 1] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = 0; i < (first & 0x7f); i++) {
            length = length << 8 | der[at + 2 + i] & 0xff;
        }
        return length;
    }

    private static byte[] element(int tag, byte[]... parts) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream element = new ByteArrayOutputStream();
        element.write(tag);
        int length = content.size();
        if (length < 0x80) {
            element.write(length);
        } else {
            int bytes = (32 - Integer.numberOfLeadingZeros(length) + 7) / 8;
            element.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                element.write(length >> 8 * i);
            }
        }
        element.writeBytes(content.toByteArray());
        return element.toByteArray();
    }
}
