package io.talospve.secrets.age;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** The text form of an age file: strict PEM (RFC 7468) with age's label. */
final class Armor {
    private static final String BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";
    private static final String END = "-----END AGE ENCRYPTED FILE-----";
    private static final int LINE = 64;

    private Armor() {}

    static boolean isArmored(byte[] file) {
        return new String(file, 0, Math.min(file.length, 100), StandardCharsets.ISO_8859_1)
                .stripLeading()
                .startsWith(BEGIN);
    }

    static byte[] wrap(byte[] file) {
        String base64 = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(file);
        return (BEGIN + "\n" + base64 + "\n" + END + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    static byte[] unwrap(byte[] text) throws Unreadable {
        String[] lines =
                new String(text, StandardCharsets.ISO_8859_1).replace("\r\n", "\n").strip().split("\n", -1);
        if (lines.length < 3 || !lines[0].equals(BEGIN) || !lines[lines.length - 1].equals(END)) {
            throw new Unreadable("its text form does not begin and end as an age file does");
        }
        StringBuilder base64 = new StringBuilder();
        for (int i = 1; i < lines.length - 1; i++) {
            boolean last = i == lines.length - 2;
            if (last ? lines[i].isEmpty() || lines[i].length() > LINE : lines[i].length() != LINE) {
                throw new Unreadable("a line of its text form has a wrong length");
            }
            base64.append(lines[i]);
        }
        try {
            byte[] file = Base64.getDecoder().decode(base64.toString());
            if (Base64.getEncoder().encodeToString(file).contentEquals(base64)) {
                return file;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new Unreadable("its text form is not canonical base64");
    }
}
