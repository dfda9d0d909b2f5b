package io.talospve.http;

import io.talospve.error.ConfigurationException;

/** Values of HTTP headers that are secret. */
public final class HeaderValue {
    private HeaderValue() {}

    /** Whether a text can stand in a header. The JDK's own refusal quotes the value, so it must never come to that. */
    public static boolean fits(String text) {
        return !text.isEmpty() && text.chars().allMatch(c -> c > 0x20 && c < 0x7f);
    }

    /**
     * Refuses a token that cannot stand in a header, without showing it.
     *
     * @param what what it is, for the message
     */
    public static void require(String what, String text) {
        if (!fits(text)) {
            throw new ConfigurationException(
                    what + " is empty or holds a space, a line break or another character that no token has",
                    "was more than the token copied?");
        }
    }
}
