package io.talospve.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A disk of a virtual machine.
 *
 * @param slot the device, for example {@code scsi0}
 * @param datastore the storage that holds it
 * @param sizeGiB its size in GiB
 * @param wwn World Wide Name, {@code 0x} and 16 hexadecimal digits in lower case; null for none
 */
public record VmDisk(String slot, String datastore, long sizeGiB, @Nullable String wwn) {
    /** Checks that nothing mandatory is missing. */
    public VmDisk {
        Objects.requireNonNull(slot, "slot");
        Objects.requireNonNull(datastore, "datastore");
    }
}
