package io.talospve.talos.api;

/**
 * A disk of a machine.
 *
 * @param device for example {@code /dev/sda}
 * @param size in bytes
 * @param model its model, perhaps empty
 * @param serial its serial number, perhaps empty (on virtio-scsi it is)
 * @param wwid its world-wide id, for example {@code naa.5…}; perhaps empty
 * @param type Talos' type: {@code SSD}, {@code HDD}, {@code CD} …
 * @param systemDisk whether Talos is installed there
 * @param readOnly whether it cannot be written
 */
public record MachineDisk(
        String device,
        long size,
        String model,
        String serial,
        String wwid,
        String type,
        boolean systemDisk,
        boolean readOnly) {}
