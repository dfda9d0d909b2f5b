package io.talospve.gitops.chart;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Archives by their SHA-256, in memory and, if given, in a folder (0700). What is damaged on disk counts as absent. Thread-safe. */
final class ArchiveCache {
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    private static final int KEPT = 32;

    private final @Nullable Path folder;
    private final Map<String, FetchedChart> memory = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, FetchedChart> eldest) {
            return size() > KEPT;
        }
    };

    ArchiveCache(@Nullable Path folder) {
        this.folder = folder;
    }

    synchronized Optional<FetchedChart> find(String origin, String sha256) {
        FetchedChart kept = memory.get(sha256);
        if (kept != null || folder == null) {
            return Optional.ofNullable(kept);
        }
        try {
            Path file = folder.resolve(sha256 + ".tgz");
            if (!Files.isRegularFile(file) || Files.size(file) > ChartArchive.MAX_ARCHIVE) {
                return Optional.empty();
            }
            byte[] archive = Files.readAllBytes(file);
            if (!ChartArchive.sha256(archive).equals(sha256)) {
                return Optional.empty();
            }
            FetchedChart chart = ChartArchive.read(origin, archive);
            memory.put(sha256, chart);
            return Optional.of(chart);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    synchronized void keep(FetchedChart chart) {
        memory.put(chart.sha256(), chart);
        byte[] archive = chart.archive().orElse(null);
        if (folder == null || archive == null) {
            return;
        }
        try {
            Files.createDirectories(folder, attributes("rwx------"));
            Path temporary = Files.createTempFile(folder, ".tmp-", ".tgz", attributes("rw-------"));
            try {
                Files.write(temporary, archive);
                Files.move(
                        temporary,
                        folder.resolve(chart.sha256() + ".tgz"),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            System.getLogger(ArchiveCache.class.getName())
                    .log(System.Logger.Level.WARNING, "{0} is not kept in {1}: {2}", chart, folder, e.toString());
        }
    }

    private static FileAttribute<?>[] attributes(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }
}
