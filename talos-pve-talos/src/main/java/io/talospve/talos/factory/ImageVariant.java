package io.talospve.talos.factory;

import java.util.Locale;
import java.util.Objects;

/**
 * Which build of an image. Immutable.
 *
 * @param architecture processor
 * @param secureBoot whether it is signed for secure boot
 */
public record ImageVariant(Architecture architecture, boolean secureBoot) {
    /** What virtual machines on Proxmox VE usually boot. */
    public static final ImageVariant AMD64 = new ImageVariant(Architecture.AMD64, false);

    /** Checks that the architecture is there. */
    public ImageVariant {
        Objects.requireNonNull(architecture, "architecture");
    }

    /** {@code nocloud-amd64}, {@code nocloud-arm64-secureboot}. */
    String fileName() {
        return "nocloud-" + architecture.name().toLowerCase(Locale.ROOT) + suffix();
    }

    String suffix() {
        return secureBoot ? "-secureboot" : "";
    }

    /** Processors that Talos is built for. */
    public enum Architecture {
        /** x86-64. */
        AMD64,
        /** 64-bit ARM. */
        ARM64
    }
}
