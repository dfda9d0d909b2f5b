package io.talospve.gitops.chart;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.gitops.internal.YamlStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads charts from archives and folders, within Helm's own bounds (100 MiB unpacked), and refuses what leads out of them: links,
 * absolute paths, "..". Stateless.
 */
final class ChartArchive {
    /** Largest archive, in bytes. */
    static final int MAX_ARCHIVE = 32 * 1024 * 1024;

    static final long MAX_UNPACKED = 100L * 1024 * 1024;
    private static final int MAX_FILES = 20_000;
    private static final int BLOCK = 512;

    private ChartArchive() {}

    /** Reads a .tgz. */
    static FetchedChart read(String origin, byte[] archive) {
        SortedMap<String, byte[]> files = new TreeMap<>();
        try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(archive))) {
            new Tar(origin, in).unpack(files);
        } catch (IOException e) {
            throw refuse(origin, "it is no gzipped tar archive: " + e.getMessage());
        }
        return chart(origin, sha256(archive), files, archive);
    }

    /** Reads a folder with Chart.yaml. */
    static FetchedChart readFolder(String origin, Path folder) throws IOException {
        Path root = folder.toRealPath();
        SortedMap<String, byte[]> files = new TreeMap<>();
        long size = 0;
        try (Stream<Path> all = Files.walk(root, 64)) {
            for (Iterator<Path> paths = all.iterator(); paths.hasNext(); ) {
                Path path = paths.next();
                if (Files.isSymbolicLink(path)) {
                    throw refuse(origin, "it has a symbolic link: " + root.relativize(path));
                }
                if (!Files.isRegularFile(path)) {
                    continue;
                }
                size += Files.size(path);
                if (size > MAX_UNPACKED || files.size() >= MAX_FILES) {
                    throw tooLarge(origin);
                }
                String name = root.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
                files.put(name, Files.readAllBytes(path));
            }
        }
        MessageDigest digest = sha256();
        files.forEach((name, content) -> digest.update(
                (name.length() + ":" + name + content.length + ":" + sha256(content)).getBytes(StandardCharsets.UTF_8)));
        return chart(origin, HexFormat.of().formatHex(digest.digest()), files, null);
    }

    private static FetchedChart chart(
            String origin,
            String sha256,
            SortedMap<String, byte[]> files,
            byte @org.jspecify.annotations.Nullable [] archive) {
        byte[] metadata = files.get("Chart.yaml");
        if (metadata == null) {
            throw refuse(origin, "it has no Chart.yaml");
        }
        List<Node> documents = YamlStream.compose(origin + ", Chart.yaml", new String(metadata, StandardCharsets.UTF_8));
        String name = documents.isEmpty() ? "" : YamlStream.text(documents.get(0), "name").orElse("");
        String version = documents.isEmpty() ? "" : YamlStream.text(documents.get(0), "version").orElse("");
        if (name.isEmpty() || version.isEmpty()) {
            throw refuse(origin, "its Chart.yaml has no " + (name.isEmpty() ? "name" : "version"));
        }
        return new FetchedChart(name, version, sha256, files, archive);
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(sha256().digest(bytes));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static RefusedException tooLarge(String origin) {
        return refuse(origin, "it is larger than " + MAX_UNPACKED + " bytes or has more than " + MAX_FILES + " files");
    }

    static RefusedException refuse(String origin, String what) {
        return new RefusedException(ErrorCode.REJECTED, origin + ": " + what, "look whether this is the chart that you mean");
    }

    /** A tar stream: ustar with the extensions that long names need (POSIX pax, GNU). */
    private static final class Tar {
        private final String origin;
        private final InputStream in;
        private long left = MAX_UNPACKED;
        private int entries;

        Tar(String origin, InputStream in) {
            this.origin = origin;
            this.in = in;
        }

        void unpack(Map<String, byte[]> files) throws IOException {
            String top = null;
            String longName = null;
            for (byte[] header = block(); header != null && header[0] != 0; header = block()) {
                if (++entries > MAX_FILES) {
                    throw tooLarge(origin);
                }
                long size = number(header, 124, 12);
                char type = (char) header[156];
                byte[] content = content(size);
                if (type == 'L') {
                    longName = string(content, 0, content.length);
                    continue;
                }
                if (type == 'x') {
                    longName = paxPath(content, longName);
                    continue;
                }
                String prefix = string(header, 257, 5).equals("ustar") && header[262] == 0 ? string(header, 345, 155) : "";
                String name = longName != null
                        ? longName
                        : (prefix.isEmpty() ? "" : prefix + "/") + string(header, 0, 100);
                longName = null;
                if (type == 'g' || type == '5') {
                    continue;
                }
                if (type != '0' && type != 0) {
                    throw refuse(origin, "entry " + shown(name) + " is a link or a device");
                }
                List<String> parts = safe(name);
                if (top != null && !top.equals(parts.get(0))) {
                    throw refuse(origin, "it has more than one folder: " + shown(top) + " and " + shown(parts.get(0)));
                }
                top = parts.get(0);
                String path = String.join("/", parts.subList(1, parts.size()));
                if (files.put(path, content) != null) {
                    throw refuse(origin, "entry " + shown(name) + " is there twice");
                }
            }
        }

        private List<String> safe(String name) {
            List<String> parts = Stream.of(name.split("/", -1)).filter(part -> !part.equals(".")).toList();
            boolean unsafe = parts.size() < 2
                    || parts.stream().anyMatch(part -> part.isEmpty() || part.equals(".."))
                    || name.chars().anyMatch(c -> c == '\\' || c == ':' || c < ' ');
            if (unsafe) {
                throw refuse(origin, "entry " + shown(name) + " does not stand in the chart's folder");
            }
            return parts;
        }

        private byte @org.jspecify.annotations.Nullable [] block() throws IOException {
            byte[] block = in.readNBytes(BLOCK);
            return block.length == 0 ? null : full(block, BLOCK);
        }

        private byte[] content(long size) throws IOException {
            left -= size;
            if (size < 0 || left < 0) {
                throw tooLarge(origin);
            }
            byte[] content = full(in.readNBytes((int) size), (int) size);
            int padding = (int) ((BLOCK - size % BLOCK) % BLOCK);
            full(in.readNBytes(padding), padding);
            return content;
        }

        private static byte[] full(byte[] bytes, int wanted) throws IOException {
            if (bytes.length < wanted) {
                throw new EOFException("it ends in the middle of an entry");
            }
            return bytes;
        }

        private long number(byte[] header, int at, int length) {
            String digits = string(header, at, length).strip();
            if (!digits.matches("[0-7]{1,12}")) {
                throw refuse(origin, "it is no tar archive: an entry without a size");
            }
            return Long.parseLong(digits, 8);
        }

        private static String string(byte[] bytes, int at, int length) {
            int end = at;
            while (end < at + length && bytes[end] != 0) {
                end++;
            }
            return new String(bytes, at, end - at, StandardCharsets.UTF_8);
        }

        /** Records of pax are "length key=value\n". */
        private static @org.jspecify.annotations.Nullable String paxPath(
                byte[] content, @org.jspecify.annotations.Nullable String before) throws IOException {
            String path = before;
            int at = 0;
            while (at < content.length) {
                int space = at;
                while (space < content.length && content[space] != ' ') {
                    space++;
                }
                String digits = new String(content, at, space - at, StandardCharsets.US_ASCII);
                int length = digits.matches("[0-9]{1,8}") ? Integer.parseInt(digits) : 0;
                if (length < digits.length() + 2 || at + length > content.length) {
                    throw new IOException("a pax header is damaged");
                }
                String record = new String(content, space + 1, at + length - space - 2, StandardCharsets.UTF_8);
                if (record.startsWith("path=")) {
                    path = record.substring("path=".length());
                }
                at += length;
            }
            return path;
        }

        private static String shown(String name) {
            String clean = name.replaceAll("\\p{Cntrl}", "?");
            return "\"" + (clean.length() > 200 ? clean.substring(0, 200) + "…" : clean) + "\"";
        }
    }
}
