package io.talospve.http;

/** What a server said, made fit for a message: one line, bounded. */
public final class ServerText {
    private static final int LONGEST = 500;

    private ServerText() {}

    /** Control characters become spaces, long texts are cut. */
    public static String clean(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
