package io.talospve.gitops.chart;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPOutputStream;

/** Writes .tgz files entry by entry, also such as no tar writes. */
final class Archives {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final GZIPOutputStream out;

    Archives() {
        try {
            out = new GZIPOutputStream(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] chart(String name, String version) {
        return new Archives()
                .file(name + "/Chart.yaml", "apiVersion: v2\nname: " + name + "\nversion: " + version + "\n")
                .file(name + "/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
                .bytes();
    }

    Archives file(String name, String content) {
        return entry(name, '0', "", content.getBytes(StandardCharsets.UTF_8));
    }

    Archives entry(String name, char type, String link, byte[] content) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 100, "0000644\0000000000\0000000000\000");
        put(header, 124, String.format("%011o\00000000000000\000        ", content.length));
        header[156] = (byte) type;
        put(header, 157, link);
        put(header, 257, "ustar\00000");
        try {
            out.write(header);
            out.write(content);
            out.write(new byte[(512 - content.length % 512) % 512]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Content of a bomb: zeros without end, almost. */
    Archives zeros(String name, long size) {
        byte[] header = new byte[512];
        put(header, 0, name);
        put(header, 124, String.format("%011o\000", size));
        header[156] = '0';
        try {
            out.write(header);
            byte[] block = new byte[1 << 20];
            for (long left = size; left > 0; left -= block.length) {
                out.write(block, 0, (int) Math.min(left, block.length));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    byte[] bytes() {
        try {
            out.write(new byte[1024]);
            out.close();
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
