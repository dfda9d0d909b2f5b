package io.talospve.proxmox.internal;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Percent-encoding as pveproxy needs it: everything but RFC 3986's unreserved characters is encoded. It splits a form on
 * {@code &} and {@code ;} and each pair on {@code =}, so a raw one of these in a value would cut it.
 */
final class FormEncoding {
    private static final String HEX = "0123456789ABCDEF";

    private FormEncoding() {}

    /** One path segment, parameter name or value. */
    static String encode(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            int c = b & 0xFF;
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || "-._~".indexOf(c) >= 0) {
                out.append((char) c);
            } else {
                out.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 0xF));
            }
        }
        return out.toString();
    }

    /** A form body or query, in the map's order. */
    static String form(Map<String, String> parameters) {
        return parameters.entrySet().stream()
                .map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
                .collect(Collectors.joining("&"));
    }

    /** A path of which every segment is encoded. */
    static String path(String... segments) {
        StringBuilder out = new StringBuilder();
        for (String segment : segments) {
            out.append('/').append(encode(segment));
        }
        return out.toString();
    }
}
