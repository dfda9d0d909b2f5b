package io.talospve.testkit.internal.factory;

import io.talospve.testkit.internal.world.Hardware.BootImage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The images the factory builds from registered schematics: what a path or reference means. Thread-safe. */
final class Images {
    private static final long MIB = 1 << 20;
    private static final Pattern PATH = Pattern.compile("/image/([^/]+)/([^/]+)/([^/]+)");
    private static final Pattern FILE =
            Pattern.compile("(nocloud|metal)-(amd64|arm64)(-secureboot)?\\.(iso|raw\\.xz|raw\\.zst|qcow2)");
    private static final Pattern INSTALLER = Pattern.compile(
            "(?:.*/)?(?:(nocloud|metal)-)?installer(-secureboot)?/([^/:@]+):([^/:@]+)");

    private final Schematics schematics;

    Images(Schematics schematics) {
        this.schematics = schematics;
    }

    /** An image, or why there is none. */
    record Found(int status, String text, long sizeBytes, java.util.Optional<BootImage> image) {
        private static Found no(int status, String text) {
            return new Found(status, text, 0, java.util.Optional.empty());
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
                java.util.Optional.of(new BootImage(
                        schematic.get().id(),
                        version,
                        schematic.get().extensions(),
                        file.group(1),
                        file.group(3) != null)));
    }

    /** The installer image of a reference without its registry host; empty if there is none. */
    java.util.Optional<BootImage> installer(String repositoryAndTag) {
        Matcher parts = INSTALLER.matcher(repositoryAndTag);
        if (!parts.matches() || !schematics.knows(parts.group(4))) {
            return java.util.Optional.empty();
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
