package io.talospve.gitops.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** A chart that was fetched and checked: no entry leads out of it, and its size is bounded. Immutable and thread-safe. */
public final class FetchedChart {
    private static final Pattern SUBCHART = Pattern.compile("(?:charts/[^/]+/)*charts/[^/_.][^/]*\\.tgz");
    private static final int MAX_NESTING = 4;

    private final String name;
    private final String version;
    private final String sha256;
    private final SortedMap<String, byte[]> files;
    private final byte @org.jspecify.annotations.Nullable [] archive;

    FetchedChart(
            String name,
            String version,
            String sha256,
            Map<String, byte[]> files,
            byte @org.jspecify.annotations.Nullable [] archive) {
        this.name = name;
        this.version = version;
        this.sha256 = sha256;
        this.files = Collections.unmodifiableSortedMap(new TreeMap<>(files));
        this.archive = archive;
    }

    /** The name in its Chart.yaml. */
    public String name() {
        return name;
    }

    /** The version in its Chart.yaml. */
    public String version() {
        return version;
    }

    /** SHA-256 of the archive, or, for a folder, of its files' names and contents; lower-case hexadecimal. */
    public String sha256() {
        return sha256;
    }

    /**
     * Its files by their path below the chart's folder, with slashes. The arrays are not to be changed.
     *
     * @return for example {@code Chart.yaml} and {@code templates/service.yaml}, sorted
     */
    public SortedMap<String, byte[]> files() {
        return files;
    }

    /**
     * Its files, those of subcharts that are archives in {@code charts/} included.
     *
     * @return as {@link #files()}; instead of {@code charts/x-1.0.tgz} the files {@code charts/x-1.0/…}
     * @throws io.talospve.error.RefusedException if such an archive is unsafe
     */
    public SortedMap<String, byte[]> unpackedFiles() {
        return unpacked(MAX_NESTING);
    }

    private SortedMap<String, byte[]> unpacked(int nesting) {
        SortedMap<String, byte[]> all = new TreeMap<>();
        long size = 0;
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            if (nesting > 0 && SUBCHART.matcher(file.getKey()).matches()) {
                String folder = file.getKey().substring(0, file.getKey().length() - ".tgz".length()) + "/";
                SortedMap<String, byte[]> below =
                        ChartArchive.read(this + ", " + file.getKey(), file.getValue()).unpacked(nesting - 1);
                for (Map.Entry<String, byte[]> each : below.entrySet()) {
                    size += each.getValue().length;
                    all.put(folder + each.getKey(), each.getValue());
                }
            } else {
                size += file.getValue().length;
                all.put(file.getKey(), file.getValue());
            }
            if (size > ChartArchive.MAX_UNPACKED) {
                throw ChartArchive.refuse(toString(), "with its subcharts it is larger than " + ChartArchive.MAX_UNPACKED + " bytes");
            }
        }
        return Collections.unmodifiableSortedMap(all);
    }

    /**
     * The archive as it came. The array is not to be changed.
     *
     * @return the .tgz, empty for a chart that was a folder
     */
    public Optional<byte[]> archive() {
        return Optional.ofNullable(archive);
    }

    /**
     * Writes the chart as it came into a folder: as {@code chart.tgz}, or as the folder {@code chart}.
     *
     * @param folder an empty folder
     * @return the archive or folder, to be given to Helm
     * @throws IOException if it cannot be written
     */
    public Path writeTo(Path folder) throws IOException {
        if (archive != null) {
            return Files.write(folder.resolve("chart.tgz"), archive);
        }
        Path root = Files.createDirectory(folder.resolve("chart"));
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path target = root.resolve(file.getKey()).normalize();
            if (!target.startsWith(root)) {
                throw new IOException("the path " + file.getKey() + " leads out of the chart");
            }
            Files.createDirectories(target.getParent());
            Files.write(target, file.getValue());
        }
        return root;
    }

    @Override
    public String toString() {
        return "chart " + name + " " + version;
    }
}
