package io.talospve.talos.api;

import java.time.Duration;
import java.util.Objects;

/**
 * How to upgrade a machine.
 *
 * @param image installer image; of the same kind as at the installation ({@code nocloud-installer}), or the machine loses its
 *     addresses
 * @param stage whether to only prepare it for the next boot
 * @param force whether to skip the checks of etcd's health
 * @param powerCycle whether to reboot through the firmware instead of kexec
 * @param atMost how long the call may take, the pull of the image included
 */
public record UpgradeOptions(String image, boolean stage, boolean force, boolean powerCycle, Duration atMost) {
    /** Checks that nothing is missing. */
    public UpgradeOptions {
        Objects.requireNonNull(image, "image");
        Objects.requireNonNull(atMost, "atMost");
    }

    /**
     * An upgrade at once, with all checks, within ten minutes.
     *
     * @param image installer image
     * @return the options
     */
    public static UpgradeOptions to(String image) {
        return new UpgradeOptions(image, false, false, false, Duration.ofMinutes(10));
    }
}
