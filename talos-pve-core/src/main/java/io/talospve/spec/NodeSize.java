package io.talospve.spec;

import java.util.List;
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

    /** Further disks, which Talos leaves as they are: {@code scsi2} and so on. */
    List<ExtraDisk> extraDisks();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link NodeSize}. Not thread-safe. */
    class Builder extends ImmutableNodeSize.Builder {
        Builder() {}

        /**
         * Adds a disk that Talos leaves as it is, on the host's storage for data disks.
         *
         * @param size its size in GiB
         * @return this
         */
        public Builder extraDisk(int size) {
            return addExtraDisks(new ExtraDisk(size, Optional.empty()));
        }

        /**
         * Adds a disk that Talos leaves as it is.
         *
         * @param size its size in GiB
         * @param datastore the storage that holds it
         * @return this
         */
        public Builder extraDisk(int size, String datastore) {
            return addExtraDisks(new ExtraDisk(size, Optional.of(datastore)));
        }

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
