package io.talospve.testkit.internal.factory;

import io.talospve.testkit.internal.world.Hardware.BootImage;
import io.talospve.testkit.internal.world.ImageSource.Fetched;
import io.talospve.testkit.internal.world.ImageSource.FileFacts;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The images the factory builds from registered schematics: what a path or reference means. Thread-safe. */
final class Images {
    private static final long MIB = 1 << 20;
    /** Size of the disk in a disk image: what the partitions of a fresh Talos need. */
    private static final long DISK_BYTES = 1246 * MIB;
    private static final Pattern PATH = Pattern.compile("/image/([^/]+)/([^/]+)/([^/]+)");
    private static final Pattern FILE =
            Pattern.compile("(nocloud|metal)-(amd64|arm64)(-secureboot)?\\.(iso|raw\\.xz|raw\\.zst|qcow2)");
    private static final Pattern INSTALLER = Pattern.compile(
            "(?:.*/)?(?:(nocloud|metal)-)?installer(-secureboot)?/([^/:@]+):([^/:@]+)");

    private final Schematics schematics;
    /** Checksums of files that were asked for, by what is in them. */
    private final Map<String, String> sums = new ConcurrentHashMap<>();

    Images(Schematics schematics) {
        this.schematics = schematics;
    }

    /** An image, or why there is none. */
    record Found(int status, String text, long sizeBytes, Optional<BootImage> image, String format) {
        private static Found no(int status, String text) {
            return new Found(status, text, 0, Optional.empty(), "");
        }

        /** What begins the file; zeros follow. */
        byte[] head() {
            String text = image.map(BootImage::toString).orElse("") + format;
            return text.getBytes(StandardCharsets.UTF_8);
        }
    }

    /** What a host finds out about a file when it fetches it. */
    FileFacts facts(Found found) {
        if (found.image().isEmpty()) {
            return FileFacts.NONE;
        }
        boolean disk = !found.format().equals("iso");
        String content = found.image().get() + found.format();
        return new FileFacts(
                algorithm -> Optional.of(algorithm)
                        .filter("sha256"::equals)
                        .map(asked -> sums.computeIfAbsent(content, key -> sha256(found))),
                found.format().equals("qcow2") ? "qcow2" : "",
                disk ? DISK_BYTES : 0,
                found.format().equals("raw.zst")
                        ? Optional.of(new Fetched(200, DISK_BYTES, found.image()))
                        : Optional.empty(),
                true,
                true,
                Duration.ZERO,
                "application/octet-stream");
    }

    private static String sha256(Found found) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] head = found.head();
            digest.update(head);
            byte[] zeros = new byte[1 << 16];
            for (long left = found.sizeBytes() - head.length; left > 0; left -= zeros.length) {
                digest.update(zeros, 0, (int) Math.min(left, zeros.length));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The image at a path of the factory. */
    Found at(String path) {
        Matcher parts = PATH.matcher(path);
        if (!parts.matches()) {
            return Found.no(404, "404 page not found");
        }
        var schematic = schematics.find(parts.group(1));
        if (schematic.isEmpty()) {
            return Found.no(404, "schematic ID \"" + parts.group(1) + "\" not found");
        }
        String version = parts.group(2).startsWith("v") ? parts.group(2) : "v" + parts.group(2);
        if (!schematics.knows(version)) {
            return Found.no(404, "version " + version + " is not available");
        }
        Matcher file = FILE.matcher(parts.group(3));
        if (!file.matches()) {
            return Found.no(400, "invalid profile path: \"" + parts.group(3) + "\"");
        }
        for (String extension : schematic.get().extensions()) {
            if (!schematics.extensions().contains(extension)) {
                return Found.no(
                        400,
                        "official extension \"" + extension + "\" is not available for Talos version " + version);
            }
        }
        long size = 8 * MIB + schematic.get().extensions().size() * MIB / 2;
        return new Found(
                200,
                "",
                size,
                Optional.of(new BootImage(
                        schematic.get().id(),
                        version,
                        schematic.get().extensions(),
                        file.group(1),
                        file.group(3) != null)),
                file.group(4));
    }

    /** The installer image of a reference without its registry host; empty if there is none. */
    Optional<BootImage> installer(String repositoryAndTag) {
        Matcher parts = INSTALLER.matcher(repositoryAndTag);
        if (!parts.matches() || !schematics.knows(parts.group(4))) {
            return Optional.empty();
        }
        // The plain name is the metal platform: a machine that installs it no longer reads its cloud-init drive.
        String platform = parts.group(1) == null ? "metal" : parts.group(1);
        return schematics
                .find(parts.group(3))
                .filter(s -> schematics.extensions().containsAll(s.extensions()))
                .map(s -> new BootImage(
                        s.id(), parts.group(4), s.extensions(), platform, parts.group(2) != null));
    }
}
