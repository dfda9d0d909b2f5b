package io.talospve.helm;

import io.talospve.gitops.ChartReference;
import io.talospve.gitops.ChartRequest;
import io.talospve.spec.Secret;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/** The charts of src/test/resources/charts, as folders and archives. */
final class TestCharts {
    private TestCharts() {}

    static Path source(String name) {
        try {
            return Path.of(TestCharts.class.getResource("/charts/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A copy of a chart; that of "traps" has one more subchart, as an archive with CRDs. */
    static Path folder(Path work, String name) {
        try {
            Path target = work.resolve(name);
            for (Map.Entry<String, byte[]> file : files(source(name)).entrySet()) {
                Path copy = target.resolve(file.getKey());
                Files.createDirectories(copy.getParent());
                Files.write(copy, file.getValue());
            }
            if (name.equals("traps")) {
                Map<String, byte[]> packed = new TreeMap<>(files(source("traps/charts/extra")));
                packed.replaceAll((path, content) ->
                        new String(content, StandardCharsets.UTF_8).replace("extra", "packed").getBytes(StandardCharsets.UTF_8));
                packed.put("crds/packed.yaml", packed.remove("crds/extra.yaml"));
                Files.write(target.resolve("charts/packed-0.1.0.tgz"), tgz("packed", packed));
            }
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same as an archive, without what .helmignore names. */
    static Path archive(Path work, String name) {
        try {
            Map<String, byte[]> files = files(folder(work, name));
            files.remove("templates/ignored.yaml");
            return Files.write(work.resolve(name + ".tgz"), tgz(name, files));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static ChartRequest request(Path chart, String values, String... apiVersions) {
        return new ChartRequest(
                new ChartReference.Local(chart, Optional.empty()),
                "demo",
                "demo-system",
                Secret.of(values),
                "v1.35.2",
                List.of(apiVersions));
    }

    private static Map<String, byte[]> files(Path root) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                files.put(root.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return files;
    }

    static byte[] tgz(String top, Map<String, byte[]> files) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                byte[] header = new byte[512];
                put(header, 0, top + "/" + file.getKey());
                put(header, 100, "0000644\0000000000\0000000000\000");
                put(header, 124, String.format("%011o\00000000000000\000        0", file.getValue().length));
                put(header, 257, "ustar\00000");
                int sum = 0;
                for (byte b : header) {
                    sum += b & 0xff;
                }
                put(header, 148, String.format("%06o\000 ", sum));
                out.write(header);
                out.write(file.getValue());
                out.write(new byte[(512 - file.getValue().length % 512) % 512]);
            }
            out.write(new byte[1024]);
        }
        return bytes.toByteArray();
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }
}
