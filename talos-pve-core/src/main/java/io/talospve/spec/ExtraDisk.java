package io.talospve.spec;

import java.util.Objects;
import java.util.Optional;

/**
 * A disk beside system and data disk, which Talos leaves as it is, for example for Ceph. Immutable.
 *
 * @param size its size in GiB
 * @param datastore the storage that holds it; empty for the host's storage for data disks
 */
public record ExtraDisk(int size, Optional<String> datastore) {
    /** Checks that nothing is missing. */
    public ExtraDisk {
        Objects.requireNonNull(datastore, "datastore");
    }
}
