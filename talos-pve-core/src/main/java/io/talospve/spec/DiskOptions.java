package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/** How a machine's disks behave. The defaults suit thin storages and SSDs. Immutable. */
@Value.Immutable
@ValueStyle
public interface DiskOptions {
    /** Whether the guest sees solid-state disks. */
    @Value.Default
    default boolean ssd() {
        return true;
    }

    /** Whether blocks that the guest trims are freed on the storage. */
    @Value.Default
    default boolean discard() {
        return true;
    }

    /** Whether each disk has an I/O thread of its own; needs {@code virtio-scsi-single}. */
    @Value.Default
    default boolean ioThread() {
        return true;
    }

    /** Cache mode: {@code none}, {@code writeback} …; empty for Proxmox' default. */
    Optional<String> cache();

    /** Whether backups hold the disks. */
    @Value.Default
    default boolean backup() {
        return true;
    }

    /** Whether replication jobs copy the disks. */
    @Value.Default
    default boolean replicate() {
        return true;
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link DiskOptions}. Not thread-safe. */
    class Builder extends ImmutableDiskOptions.Builder {
        Builder() {}
    }
}
