package io.talospve.testkit.internal.charts;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** Packs files into a .tar.gz (ustar) that has the same bytes every time: no times, no owners. */
final class TarGz {
    private static final int BLOCK = 512;
    private static final int NAME = 100;

    private TarGz() {}

    static byte[] of(Map<String, String> files) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
            for (Map.Entry<String, String> file : files.entrySet()) {
                byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
                zip.write(header(file.getKey(), content.length));
                zip.write(content);
                zip.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
            }
            zip.write(new byte[2 * BLOCK]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] header(String name, int size) {
        if (name.length() >= NAME) {
            throw new IllegalArgumentException("a name of " + name.length() + " characters does not fit: " + name);
        }
        byte[] out = new byte[BLOCK];
        text(out, 0, name);
        text(out, 100, "0000644");
        text(out, 108, "0000000");
        text(out, 116, "0000000");
        text(out, 124, String.format(Locale.ROOT, "%011o", size));
        text(out, 136, "00000000000");
        text(out, 148, "        ");
        text(out, 156, "0");
        text(out, 257, "ustar");
        text(out, 263, "00");
        int sum = 0;
        for (byte b : out) {
            sum += b & 0xFF;
        }
        text(out, 148, String.format(Locale.ROOT, "%06o", sum));
        out[154] = 0;
        out[155] = ' ';
        return out;
    }

    private static void text(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
