package io.talospve.talos.config.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Version contract: which Talos a configuration is written for. A cluster keeps the one it was made with; newer Talos
 * versions go on understanding it.
 */
public enum Contract {
    /** Talos 1.9. */
    V1_9(9),
    /** Talos 1.10. */
    V1_10(10),
    /** Talos 1.11. */
    V1_11(11),
    /** Talos 1.12: network, registries and host name are documents of their own. */
    V1_12(12);

    private static final Pattern VERSION = Pattern.compile("v?1\\.(\\d{1,3})(\\.\\d+.*)?");

    private final int minor;

    Contract(int minor) {
        this.minor = minor;
    }

    /**
     * Reads a contract's name.
     *
     * @param text for example {@code v1.12}
     * @return the contract
     * @throws RefusedException if this library does not write it
     */
    public static Contract of(String text) {
        for (Contract contract : values()) {
            if (contract.toString().equals(text)) {
                return contract;
            }
        }
        throw new RefusedException(
                ErrorCode.PLAN_REFUSED,
                "writing a machine configuration: no version contract \"" + text + "\"",
                "this library writes v1.9, v1.10, v1.11 and v1.12");
    }

    /**
     * The newest contract that a Talos version understands.
     *
     * @param talosVersion for example {@code v1.12.4}
     * @return the contract
     * @throws RefusedException if the version is older than all of them, or is no version
     */
    public static Contract forTalos(String talosVersion) {
        Matcher matcher = VERSION.matcher(talosVersion);
        Optional<Contract> newest = Optional.empty();
        if (matcher.matches()) {
            int wanted = Integer.parseInt(matcher.group(1));
            for (Contract contract : values()) {
                if (contract.minor <= wanted) {
                    newest = Optional.of(contract);
                }
            }
        }
        return newest.orElseThrow(() -> new RefusedException(
                ErrorCode.PLAN_REFUSED,
                "choosing the version contract: Talos \"" + talosVersion + "\" is not a version from v1.9 on",
                "write it as v1.12.4; older versions are not supported"));
    }

    /**
     * Whether a Talos version is newer than all contracts, so that it may know keys that this library does not.
     *
     * @param talosVersion for example {@code v1.13.0}
     * @return true if so
     */
    public static boolean isNewerThanKnown(String talosVersion) {
        Matcher matcher = VERSION.matcher(talosVersion);
        return matcher.matches() && Integer.parseInt(matcher.group(1)) > V1_12.minor;
    }

    /** Whether network, registries and host name are documents of their own. */
    public boolean multiDocument() {
        return minor >= 12;
    }

    /** Whether data disks can be user volumes. */
    public boolean userVolumes() {
        return minor >= 10;
    }

    /** Whether system volumes are encrypted by documents of their own. */
    public boolean volumeEncryption() {
        return minor >= 11;
    }

    @Override
    public String toString() {
        return "v1." + minor;
    }
}
