package io.talospve.testkit.internal.pve;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the form of an upload; of the file itself only its size and checksums are kept. */
final class Multipart {
    /** Name under which the size of the file is handed on; no parameter can have it. */
    static final String SIZE = "\0size";
    /** Start of the names under which its checksums are handed on. */
    static final String SUM = "\0sum-";

    private static final Pattern NAME = Pattern.compile("[; ]name=\"([^\"]*)\"");
    private static final Pattern FILE = Pattern.compile("filename=\"([^\"]*)\"");
    private static final Map<String, String> ALGORITHMS = Map.of("md5", "MD5", "sha1", "SHA-1", "sha224", "SHA-224",
            "sha256", "SHA-256", "sha384", "SHA-384", "sha512", "SHA-512");

    private Multipart() {}

    static Map<String, Object> parse(String contentType, byte[] content) {
        Matcher boundary = Pattern.compile("boundary=\"?([^\";]+)").matcher(contentType);
        if (!boundary.find()) {
            throw ApiError.of(501, "multipart/form-data without boundary");
        }
        String text = new String(content, StandardCharsets.ISO_8859_1);
        Map<String, Object> found = new LinkedHashMap<>();
        for (String part : text.split(Pattern.quote("--" + boundary.group(1)))) {
            int blank = part.indexOf("\r\n\r\n");
            if (blank < 0) {
                continue;
            }
            String head = part.substring(0, blank);
            String value = part.substring(blank + 4, Math.max(blank + 4, part.length() - 2));
            Matcher name = NAME.matcher(head);
            Matcher file = FILE.matcher(head);
            if (file.find()) {
                found.put("filename", file.group(1));
                byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
                found.put(SIZE, String.valueOf(bytes.length));
                ALGORITHMS.forEach((short_, jdk) -> found.put(SUM + short_, checksum(jdk, bytes)));
            } else if (name.find()) {
                found.put(name.group(1), new String(value.getBytes(StandardCharsets.ISO_8859_1),
                        StandardCharsets.UTF_8));
            }
        }
        return found;
    }

    private static String checksum(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
