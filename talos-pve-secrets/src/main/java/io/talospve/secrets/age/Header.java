package io.talospve.secrets.age;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The text at the start of an age file: who can open it, and a code that authenticates this list.
 *
 * @param stanzas one for each recipient
 * @param authenticated the bytes that the code is about
 * @param mac the code
 * @param length bytes of the whole header
 */
record Header(List<Stanza> stanzas, byte[] authenticated, byte[] mac, int length) {
    static final String VERSION = "age-encryption.org/v1";
    private static final int LINE = 64;
    private static final int LONGEST = 1 << 20;

    /** Writes a header. */
    static byte[] write(List<Stanza> stanzas, byte[] fileKey) {
        StringBuilder text = new StringBuilder(VERSION).append('\n');
        stanzas.forEach(stanza -> text.append(stanza.text()));
        text.append("---");
        byte[] mac = mac(fileKey, text.toString().getBytes(StandardCharsets.US_ASCII));
        return (text + " " + Base64Text.encode(mac) + "\n").getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads the header that a file starts with. */
    static Header read(byte[] file) throws Unreadable {
        Lines lines = new Lines(file);
        String version = lines.next();
        if (!version.equals(VERSION)) {
            throw new Unreadable(
                    version.startsWith("age-encryption.org/")
                            ? "it is of another version of the age format than v1"
                            : "it is not an age file");
        }
        List<Stanza> stanzas = new ArrayList<>();
        String line = lines.next();
        while (line.startsWith("-> ")) {
            List<String> words = List.of(line.substring(3).split(" ", -1));
            for (String word : words) {
                if (word.isEmpty() || !word.chars().allMatch(c -> c >= 33 && c <= 126)) {
                    throw new Unreadable("a recipient line of its header is malformed");
                }
            }
            stanzas.add(new Stanza(words.get(0), words.subList(1, words.size()), body(lines)));
            line = lines.next();
        }
        if (stanzas.isEmpty() || !line.startsWith("--- ")) {
            throw new Unreadable("its header is malformed");
        }
        byte[] mac = Base64Text.decode(line.substring(4));
        if (mac.length != 32) {
            throw new Unreadable("its header's authentication code has an impossible length");
        }
        int end = lines.at - line.length() - 1 + 3;
        return new Header(List.copyOf(stanzas), Arrays.copyOf(file, end), mac, lines.at);
    }

    /** Whether the header is the one that was written with this file key. */
    boolean authentic(byte[] fileKey) {
        return MessageDigest.isEqual(mac(fileKey, authenticated), mac);
    }

    private static byte[] body(Lines lines) throws Unreadable {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        while (true) {
            String line = lines.next();
            if (line.length() > LINE) {
                throw new Unreadable("a line of its header is too long");
            }
            bytes.writeBytes(Base64Text.decode(line));
            if (line.length() < LINE) {
                return bytes.toByteArray();
            }
        }
    }

    private static byte[] mac(byte[] fileKey, byte[] header) {
        return Primitives.hmac(Primitives.hkdf(fileKey, new byte[0], "header"), header);
    }

    /** The lines of a header, which end with a line feed alone. */
    private static final class Lines {
        private final byte[] file;
        private int at;

        Lines(byte[] file) {
            this.file = file;
        }

        String next() throws Unreadable {
            int end = at;
            while (end < file.length && end < LONGEST && file[end] != '\n') {
                if (file[end] < 32 || file[end] == 127) {
                    throw new Unreadable(at == 0 ? "it is not an age file" : "its header is not plain text");
                }
                end++;
            }
            if (end == file.length || end == LONGEST) {
                throw new Unreadable(at == 0 ? "it is not an age file" : "its header does not end");
            }
            String line = new String(file, at, end - at, StandardCharsets.US_ASCII);
            at = end + 1;
            return line;
        }
    }
}
