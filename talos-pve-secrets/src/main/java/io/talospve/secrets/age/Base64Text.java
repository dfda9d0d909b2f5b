package io.talospve.secrets.age;

import java.util.Base64;

/** Base64 as age wants it: standard alphabet, no padding, canonical. */
final class Base64Text {
    private Base64Text() {}

    static String encode(byte[] bytes) {
        return Base64.getEncoder().withoutPadding().encodeToString(bytes);
    }

    static byte[] decode(String text) throws Unreadable {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            // the JDK takes padding and stray low bits; two texts for one value must not both be valid
            if (encode(bytes).equals(text)) {
                return bytes;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new Unreadable("a part of its header is not canonical base64");
    }
}
