package io.talospve.spec;

import org.immutables.value.Value;

/**
 * How a machine's data disk is used: {@code data_volume} of a size. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface DataVolume {
    /** Name of the user volume, mounted at {@code /var/mnt/<name>}. Default {@code data}. */
    @Value.Default
    default String name() {
        return "data";
    }

    /** {@code xfs} or {@code ext4}. Default {@code xfs}. */
    @Value.Default
    default String filesystem() {
        return "xfs";
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link DataVolume}. Not thread-safe. */
    class Builder extends ImmutableDataVolume.Builder {
        Builder() {}
    }
}
