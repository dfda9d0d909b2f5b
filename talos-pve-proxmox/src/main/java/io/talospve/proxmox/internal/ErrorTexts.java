package io.talospve.proxmox.internal;

import java.util.regex.Pattern;

/**
 * The texts by which Proxmox VE says what is wrong: it has no codes, nearly everything is status 500. Seen on 8.4 and 9.2.
 */
public final class ErrorTexts {
    private static final Pattern MISSING_VM =
            Pattern.compile("Configuration file '[^']*' does not exist|\\bVM \\d+ (?:does not exist|not found)", Pattern.CASE_INSENSITIVE);
    private static final Pattern TAKEN_VMID = Pattern.compile(
            "VM \\d+ already exists|CT \\d+ already exists|close \\(rename\\) atomic file '[^']*\\.conf' failed: File exists");
    private static final Pattern PASSING = Pattern.compile(
            "VM is locked \\(|can't lock file '|can't acquire lock|got timeout|got lock (?:request )?timeout|cluster not ready - no quorum|no quorum!"
                    + "|cfs-lock '[^']*' error|pve configuration filesystem not online|unable to connect to VM|connection timed out|Connection refused");
    private static final Pattern SILENT_AGENT = Pattern.compile(
            "No QEMU guest agent configured|VM \\d+ is not running|VM \\d+ not running|guest agent is not running|guest-network-get-interfaces|got timeout|qga socket|Agent error",
            Pattern.CASE_INSENSITIVE);

    private static final Pattern MISSING_VOLUME =
            Pattern.compile("volume '[^']*' does not exist|no such volume|No such file or directory", Pattern.CASE_INSENSITIVE);

    private ErrorTexts() {}

    /** The image to delete is not there. */
    static boolean missingVolume(String text) {
        return MISSING_VOLUME.matcher(text).find();
    }

    /** The node knows no task of this UPID (any more). */
    static boolean missingTask(String text) {
        return text.contains("no such task");
    }

    /** No VM of this VMID on the host that was asked (also said for one that lives on another host). */
    static boolean missingVm(String text) {
        return MISSING_VM.matcher(text).find();
    }

    /** The VMID was taken: known at once, or lost in a race for its configuration file. */
    static boolean takenVmid(String text) {
        return TAKEN_VMID.matcher(text).find();
    }

    /** A state that passes by itself: a lock, a time-out, lost quorum. */
    static boolean passing(String text) {
        return PASSING.matcher(text).find();
    }

    /** The guest agent gives no answer, for whatever reason. */
    static boolean silentAgent(String text) {
        return SILENT_AGENT.matcher(text).find();
    }
}
