package io.talospve.proxmox.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A task's id, {@code UPID:node:pid:pstart:starttime:type:id:user:}.
 *
 * @param text the whole id
 * @param node the node that runs it, and the only one that can be asked about it
 * @param type what it does: {@code qmcreate}, {@code qmstart}, {@code download} …
 * @param subject what it does it to: a VMID, a file name; may be empty
 */
record Upid(String text, String node, String type, String subject) {
    private static final Pattern FORM = Pattern.compile(
            "UPID:([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?):[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:[0-9A-Fa-f]{8}:([^:\\s]+):([^:\\s]*):([^:\\s]+):");

    /**
     * Reads a UPID.
     *
     * @throws RemoteException with code UNEXPECTED_ANSWER if it is none
     */
    static Upid parse(String text) {
        Matcher match = FORM.matcher(text);
        if (!match.matches()) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER, "not a Proxmox task id (UPID): \"" + text + "\"", false, null, null, null);
        }
        return new Upid(text, match.group(1), match.group(2), match.group(3));
    }

    @Override
    public String toString() {
        return text;
    }
}
