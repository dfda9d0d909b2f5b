package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/** How the boot image is fetched and used: {@code cluster.image}. Immutable. */
@Value.Immutable
@ValueStyle
public interface ImageSettings {
    /** How Talos comes onto the system disk. */
    @Value.Default
    default ImageMode mode() {
        return ImageMode.ISO;
    }

    /** Checksum of the file, {@code sha256:…}; only where all machines have the same image. */
    Optional<String> checksum();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link ImageSettings}. Not thread-safe. */
    class Builder extends ImmutableImageSettings.Builder {
        Builder() {}
    }
}
