package io.talospve.spec;

import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/** Hardware of a machine: an entry of {@code node_size_configuration} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface NodeSize {
    /** Virtual CPU cores. */
    int cpu();

    /** Memory in MiB. */
    int memory();

    /** System disk in GiB. */
    int osDisk();

    /** Data disk in GiB; empty for none. */
    Optional<Integer> dataDisk();

    /** How the data disk is used. */
    @Value.Default
    default DataVolume dataVolume() {
        return DataVolume.builder().build();
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link NodeSize}. Not thread-safe. */
    class Builder extends ImmutableNodeSize.Builder {
        Builder() {}

        /**
         * Sets how the data disk is used.
         *
         * @param fill says how
         * @return this
         */
        public Builder dataVolume(Consumer<DataVolume.Builder> fill) {
            DataVolume.Builder volume = DataVolume.builder();
            fill.accept(volume);
            return dataVolume(volume.build());
        }
    }
}
