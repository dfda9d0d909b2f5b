package io.talospve.secrets.internal;

/** The line break that editors and programs put after a value of one line. */
public final class LineEnd {
    private LineEnd() {}

    /** A text of one line without its line break; a text of several lines as it is. */
    public static String strip(String text) {
        int end = text.indexOf('\n');
        if (end < 0 || end != text.length() - 1) {
            return text;
        }
        return text.substring(0, end > 0 && text.charAt(end - 1) == '\r' ? end - 1 : end);
    }
}
