package io.talospve.secrets.age;

import java.io.ByteArrayOutputStream;
import java.util.Locale;

/** Bech32 (BIP 173, without its limit of 90 characters): how age writes recipients and identities. */
final class Bech32 {
    private static final String ALPHABET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private static final int[] GENERATOR = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    private static final int CHECKSUM = 6;

    private Bech32() {}

    /** Writes bytes in lower case. */
    static String encode(String prefix, byte[] bytes) {
        byte[] digits = regroup(bytes, 8, 5);
        int checksum = polymod(prefix, digits, new byte[CHECKSUM]) ^ 1;
        StringBuilder text = new StringBuilder(prefix).append('1');
        for (byte digit : digits) {
            text.append(ALPHABET.charAt(digit));
        }
        for (int i = 0; i < CHECKSUM; i++) {
            text.append(ALPHABET.charAt(checksum >> 5 * (CHECKSUM - 1 - i) & 31));
        }
        return text.toString();
    }

    /**
     * Reads bytes.
     *
     * @param prefix the expected prefix in lower case
     * @param text all in one case
     * @throws Unreadable that says what is wrong and shows nothing of the text
     */
    static byte[] decode(String prefix, String text) throws Unreadable {
        String lower = text.toLowerCase(Locale.ROOT);
        if (!text.equals(lower) && !text.equals(text.toUpperCase(Locale.ROOT))) {
            throw new Unreadable("it mixes upper and lower case");
        }
        if (!lower.startsWith(prefix + "1")) {
            throw new Unreadable("it does not start with " + prefix + "1");
        }
        String data = lower.substring(prefix.length() + 1);
        if (data.length() < CHECKSUM) {
            throw new Unreadable("it is too short");
        }
        byte[] digits = new byte[data.length()];
        for (int i = 0; i < digits.length; i++) {
            int digit = ALPHABET.indexOf(data.charAt(i));
            if (digit < 0) {
                throw new Unreadable("it has a character that does not belong there");
            }
            digits[i] = (byte) digit;
        }
        if (polymod(prefix, digits, new byte[0]) != 1) {
            throw new Unreadable("its checksum does not match: a character is missing or wrong");
        }
        byte[] payload = java.util.Arrays.copyOf(digits, digits.length - CHECKSUM);
        byte[] bytes = regroup(payload, 5, 8);
        if (!java.util.Arrays.equals(regroup(bytes, 8, 5), payload)) {
            throw new Unreadable("its length is impossible");
        }
        return bytes;
    }

    private static int polymod(String prefix, byte[] digits, byte[] tail) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (char c : prefix.toCharArray()) {
            all.write(c >> 5);
        }
        all.write(0);
        for (char c : prefix.toCharArray()) {
            all.write(c & 31);
        }
        all.writeBytes(digits);
        all.writeBytes(tail);
        int checksum = 1;
        for (byte value : all.toByteArray()) {
            int top = checksum >>> 25;
            checksum = (checksum & 0x1ffffff) << 5 ^ value;
            for (int i = 0; i < GENERATOR.length; i++) {
                checksum ^= (top >> i & 1) * GENERATOR[i];
            }
        }
        return checksum;
    }

    /** Regroups bits, the first bit first; widening pads with zeros at the end, narrowing drops what is left over. */
    private static byte[] regroup(byte[] groups, int from, int to) {
        ByteArrayOutputStream result = new ByteArrayOutputStream();
        int bits = 0;
        int held = 0;
        for (byte group : groups) {
            held = held << from | group & (1 << from) - 1;
            bits += from;
            while (bits >= to) {
                bits -= to;
                result.write(held >> bits & (1 << to) - 1);
            }
            held &= (1 << bits) - 1;
        }
        if (to < from && bits > 0) {
            result.write(held << to - bits & (1 << to) - 1);
        }
        return result.toByteArray();
    }
}
