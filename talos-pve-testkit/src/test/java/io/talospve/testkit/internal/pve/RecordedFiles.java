package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Checksums;
import io.talospve.testkit.internal.world.Hardware;
import io.talospve.testkit.internal.world.ImageSource;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** The files that the recorded clusters fetched from. */
final class RecordedFiles implements ImageSource {
    private static final String ISO_SUM = "29ddb777b76de0a98eadb7f3680fcd98e79819610e9fb0907ed223ae33ca95e6";

    private static Fetched file(long bytes, String sha256, String format, long disk, Optional<Fetched> inner,
            String type) {
        return new Fetched(200, bytes, Optional.empty(), new FileFacts(Checksums.known(Map.of("sha256", sha256)), format, disk, inner,
                true, true, Duration.ZERO, type));
    }

    private static Fetched named(String name) {
        Fetched iso = file(376_832, ISO_SUM, "iso", 0, Optional.empty(), "application/x-iso9660-image");
        Fetched raw = file(67_108_864, "df8967da6a3d6315ad431f8104e993f3ec2cd4db05c109fb65b7fb468ce9890e", "raw", 0,
                Optional.empty(), "application/octet-stream");
        return switch (name) {
            case "talos-amd64.iso" -> iso;
            case "talos-amd64.iso.gz" -> file(917, "a", "gz", 0, Optional.of(iso), "application/gzip");
            case "nocloud-amd64.raw" -> raw;
            case "nocloud-amd64.raw.xz" -> file(9_912, "b", "xz", 0, Optional.of(raw), "application/x-xz");
            case "nocloud-amd64.raw.zst" -> file(2_132, "c", "zst", 0, Optional.of(raw), "application/zstd");
            case "nocloud-amd64.qcow2" -> file(393_216,
                    "bf3967489491275709b80b2ae7e5f93cbef429bfcc4d9a52e93acc8990c2e367", "qcow2", 67_108_864,
                    Optional.empty(), "application/octet-stream");
            case "x.vmdk" -> file(131_072, "d", "vmdk", 131_072, Optional.empty(), "application/octet-stream");
            default -> new Fetched(404, 0, Optional.empty());
        };
    }

    @Override
    public Fetched fetch(String url) {
        URI uri = URI.create(url);
        String path = uri.getPath();
        if (path.equals("/slow/x.iso") || path.equals("/trunc/x.iso")) {
            boolean slow = path.startsWith("/slow");
            return new Fetched(200, 1_000_000, Optional.empty(), new FileFacts(Checksums.UNKNOWN, "", 0, Optional.empty(), true,
                    slow, slow ? Duration.ofSeconds(30) : Duration.ZERO, ""));
        }
        Fetched found = named(path.substring(path.lastIndexOf('/') + 1));
        FileFacts f = found.file();
        return new Fetched(found.status(), found.sizeBytes(), found.image(), new FileFacts(f.checksums(), f.format(),
                f.virtualBytes(), f.unpacked(), !uri.getScheme().equals("https"), true, f.time(), f.mimeType()));
    }

    @Override
    public Optional<Hardware.BootImage> pull(String reference) {
        return Optional.empty();
    }
}
