package io.talospve.talos.api;

import java.util.List;
import java.util.Objects;

/**
 * How to reset a machine. Resetting destroys data.
 *
 * @param graceful whether to drain the node and let it leave etcd first
 * @param reboot whether to boot again afterwards; else it powers off
 * @param wipe what to wipe
 * @param partitions labels of the only system partitions to wipe, for example {@code STATE}; empty for the whole system disk
 * @param userDisks device paths of user disks to wipe, for {@link Wipe#ALL} and {@link Wipe#USER_DISKS}
 */
public record ResetOptions(
        boolean graceful, boolean reboot, Wipe wipe, List<String> partitions, List<String> userDisks) {
    /** Copies the lists. */
    public ResetOptions {
        Objects.requireNonNull(wipe, "wipe");
        partitions = List.copyOf(partitions);
        userDisks = List.copyOf(userDisks);
    }

    /** What a reset wipes. */
    public enum Wipe {
        /** The system disk, and the user disks that are named. */
        ALL,
        /** The system disk only. */
        SYSTEM_DISK,
        /** The named user disks only. */
        USER_DISKS
    }

    /**
     * A graceful reset of the system disk, with a reboot into maintenance mode.
     *
     * @return the options
     */
    public static ResetOptions toMaintenance() {
        return new ResetOptions(true, true, Wipe.SYSTEM_DISK, List.of(), List.of());
    }
}
