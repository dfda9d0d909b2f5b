package io.talospve.testkit.internal.pve;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads forms and queries as pveproxy does: pairs end at {@code &} and at {@code ;}, and what follows a second unencoded
 * equals sign is lost.
 */
final class FormDecoder {
    private FormDecoder() {}

    static Map<String, Object> decode(String form) {
        Map<String, Object> found = new LinkedHashMap<>();
        for (String pair : form.split("[&;]")) {
            if (pair.isEmpty()) {
                continue;
            }
            String[] parts = pair.split("=");
            if (parts.length == 0) {
                continue;
            }
            String name = unescape(parts[0]);
            String value = parts.length > 1 ? unescape(parts[1]) : "";
            if (name.equals("_dc")) {
                continue;
            }
            Object before = found.get(name);
            if (before == null) {
                found.put(name, value);
            } else {
                List<Object> all = before instanceof List<?> list ? new ArrayList<>(list) : new ArrayList<>(List.of(before));
                all.add(value);
                found.put(name, all);
            }
        }
        return found;
    }

    static String unescape(String text) {
        byte[] in = text.replace('+', ' ').getBytes(StandardCharsets.UTF_8);
        byte[] out = new byte[in.length];
        int length = 0;
        for (int i = 0; i < in.length; i++) {
            if (in[i] == '%' && i + 2 < in.length + 0 && hex(in[i + 1]) >= 0 && hex(in[i + 2]) >= 0) {
                out[length++] = (byte) (hex(in[i + 1]) * 16 + hex(in[i + 2]));
                i += 2;
            } else {
                out[length++] = in[i];
            }
        }
        return new String(out, 0, length, StandardCharsets.UTF_8);
    }

    /** Decodes a path, in which a plus sign is one. */
    static String unescapePath(String path) {
        return unescape(path.replace("+", "%2B"));
    }

    private static int hex(byte b) {
        return Character.digit((char) b, 16);
    }
}
