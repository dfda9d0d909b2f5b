package io.talospve.http.internal;

import io.talospve.http.HttpAnswer;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads an answer of HTTP/1.1 (RFC 9112): bounded, and refusing what two readers could understand differently. Single use. */
final class AnswerReader {
    private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([1-9][0-9]{2})(?: .*)?", Pattern.DOTALL);
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern CHUNK = Pattern.compile("([0-9a-fA-F]{1,7})[ \t]*(?:;.*)?");
    /** Of all lines together: heads, interim ones too, chunk sizes, trailers. A megabyte of answer has a few chunks. */
    private static final int LONGEST_LINES = 384 * 1024;

    private final InputStream in;
    private int lineBytes;

    AnswerReader(InputStream in) {
        this.in = in;
    }

    /** The first lines of an answer. */
    record Head(int status, HttpHeaders headers) {}

    /** Reads an answer that is no interim one. */
    HttpAnswer answer(int maxBytes) throws IOException {
        Head head = head();
        while (head.status() / 100 == 1) {
            head = head();
        }
        return new HttpAnswer(head.status(), head.headers(), body(head, maxBytes));
    }

    Head head() throws IOException {
        Matcher status = STATUS.matcher(line());
        if (!status.matches()) {
            throw new ProtocolException("what answers there is not HTTP/1.1");
        }
        Map<String, List<String>> fields = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 0 || !NAME.matcher(line.substring(0, colon)).matches()) {
                throw new ProtocolException("a header of the answer is malformed");
            }
            fields.computeIfAbsent(line.substring(0, colon), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        return new Head(Integer.parseInt(status.group(1)), HttpHeaders.of(fields, (name, value) -> true));
    }

    private byte[] body(Head head, int maxBytes) throws IOException {
        if (head.status() == 204 || head.status() == 304) {
            return new byte[0];
        }
        List<String> codings = head.headers().allValues("Transfer-Encoding");
        Set<String> lengths = new HashSet<>(head.headers().allValues("Content-Length"));
        if (!codings.isEmpty()) {
            if (codings.size() > 1 || !codings.get(0).toLowerCase(Locale.ROOT).equals("chunked") || !lengths.isEmpty()) {
                throw new ProtocolException("the answer's end is announced in a way that is not understood");
            }
            return chunks(maxBytes);
        }
        if (lengths.isEmpty()) {
            byte[] all = in.readNBytes(maxBytes);
            if (all.length == maxBytes && in.read() >= 0) {
                throw tooLong(maxBytes);
            }
            return all;
        }
        String length = lengths.iterator().next();
        if (lengths.size() > 1 || !length.matches("[0-9]{1,18}")) {
            throw new ProtocolException("the answer announces no sound length");
        }
        return exactly(Long.parseLong(length), maxBytes, maxBytes);
    }

    private byte[] chunks(int maxBytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        while (true) {
            Matcher size = CHUNK.matcher(line());
            if (!size.matches()) {
                throw new ProtocolException("a chunk of the answer has no size");
            }
            int length = Integer.parseInt(size.group(1), 16);
            if (length == 0) {
                while (!line().isEmpty()) {
                    // trailers say nothing that is needed here
                }
                return all.toByteArray();
            }
            all.writeBytes(exactly(length, maxBytes - all.size(), maxBytes));
            if (!line().isEmpty()) {
                throw new ProtocolException("a chunk of the answer does not end where it should");
            }
        }
    }

    private byte[] exactly(long length, int left, int maxBytes) throws IOException {
        if (length > left) {
            throw tooLong(maxBytes);
        }
        byte[] bytes = in.readNBytes((int) length);
        if (bytes.length < length) {
            throw new EOFException("the answer ended after " + bytes.length + " of " + length + " bytes");
        }
        return bytes;
    }

    private static IOException tooLong(int maxBytes) {
        return new UnusableAnswerException("the answer is longer than " + maxBytes + " bytes");
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("the connection ended within the answer's head");
            }
            if (++lineBytes > LONGEST_LINES) {
                throw new ProtocolException("the answer has more than " + LONGEST_LINES + " bytes of headers");
            }
            line.write(c);
        }
        String text = line.toString(StandardCharsets.ISO_8859_1);
        return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
}
