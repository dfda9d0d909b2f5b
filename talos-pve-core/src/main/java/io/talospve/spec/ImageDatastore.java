package io.talospve.spec;

import org.immutables.value.Value;

/** Where the boot image (ISO) is kept: {@code cluster.datastore} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface ImageDatastore {
    /** Name of the Proxmox storage, for example {@code nas}. */
    String id();

    /** Proxmox host through which the image is fetched. */
    String node();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link ImageDatastore}. Not thread-safe. */
    class Builder extends ImmutableImageDatastore.Builder {
        Builder() {}
    }
}
