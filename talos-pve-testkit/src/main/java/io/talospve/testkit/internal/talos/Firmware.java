package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.world.Hardware;
import java.util.Optional;

/** What a machine's firmware boots, and what Talos' boot loader enrols in it. */
final class Firmware {
    /** The boot loader of the signed ISO counts down before it enrols its keys. */
    static final long ENROLMENT_MILLIS = 15_000;

    private static final Object TALOS_KEYS = "Talos' keys";

    private final Hardware.Firmware firmware;

    Firmware(Hardware.Firmware firmware) {
        this.firmware = firmware;
    }

    /** Why an image does not boot; empty if it does. */
    Optional<String> refuses(Hardware.BootImage image) {
        if (firmware.foreignKeys()) {
            return Optional.of("access denied by the firmware: not signed by an enrolled key");
        }
        if (enforces() && !image.secureBoot()) {
            return Optional.of("access denied by the firmware: the image is not signed");
        }
        // The signed images hold a UEFI boot loader and nothing for a BIOS.
        return image.secureBoot() && !firmware.uefi() ? Optional.of("no bootable device") : Optional.empty();
    }

    /** Enrols the keys of a signed image where the firmware is in setup mode; the machine then starts over. */
    boolean enrols(Hardware.BootImage image) {
        boolean setupMode = firmware.variables()
                .filter(platter -> platter.content() == Hardware.Platter.BLANK)
                .isPresent();
        if (!image.secureBoot() || !setupMode) {
            return false;
        }
        firmware.variables().get().write(TALOS_KEYS);
        return true;
    }

    /** Whether only images that Talos signed boot. */
    boolean enforces() {
        return firmware.variables().filter(platter -> platter.content() == TALOS_KEYS).isPresent();
    }
}
