package io.talospve.talos.api.internal;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.zip.GZIPInputStream;

/** The first file of the tar.gz that Talos sends; the archive ends right after it, without tar's trailer. */
final class KubeconfigArchive {
    private static final int BLOCK = 512;
    private static final int SIZE_AT = 124;
    private static final int SIZE_LENGTH = 12;
    private static final int TYPE_AT = 156;
    private static final int LARGEST = 1 << 20;

    private KubeconfigArchive() {}

    static String firstFile(byte[] archive) throws IOException {
        try (InputStream tar = new GZIPInputStream(new ByteArrayInputStream(archive))) {
            byte[] header = tar.readNBytes(BLOCK);
            if (header.length < BLOCK) {
                throw new EOFException("the archive ends within its first header");
            }
            if (header[TYPE_AT] != '0' && header[TYPE_AT] != 0) {
                throw new IOException("the archive begins with something that is not a file (type "
                        + (char) header[TYPE_AT] + ")");
            }
            int size = size(header);
            byte[] content = tar.readNBytes(size);
            if (content.length < size) {
                throw new EOFException("the file in the archive ends after " + content.length + " of " + size + " bytes");
            }
            return new String(content, StandardCharsets.UTF_8);
        }
    }

    private static int size(byte[] header) throws IOException {
        String octal = new String(header, SIZE_AT, SIZE_LENGTH, StandardCharsets.US_ASCII)
                .replace('\0', ' ')
                .trim();
        try {
            long size = Long.parseLong(octal, 8);
            if (size <= 0 || size > LARGEST) {
                throw new IOException("the file in the archive has " + size + " bytes");
            }
            return (int) size;
        } catch (NumberFormatException e) {
            throw new IOException("the archive is no tar archive");
        }
    }
}
