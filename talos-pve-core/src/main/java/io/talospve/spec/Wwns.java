package io.talospve.spec;

import io.talospve.spec.internal.NameDigest;
import java.util.HexFormat;

/** Derives the World Wide Names of disks, by which Talos finds them ({@code naa.5…}). Pure; thread-safe. */
public final class Wwns {
    private Wwns() {}

    /**
     * The WWN of a disk: {@code 0x5} and the first 60 bits of SHA-256 over {@code talos-pve/wwn/1}, cluster, node and
     * number of the disk, separated by NUL.
     *
     * @param cluster name of the cluster
     * @param node name of the machine
     * @param diskIndex number of the disk: 0 the system disk, 1 the data disk
     * @return {@code 0x} and 16 hexadecimal digits in lower case; always the same for the same arguments
     */
    public static String derive(String cluster, String node, int diskIndex) {
        byte[] digest = NameDigest.of("talos-pve/wwn/1", cluster, node, Integer.toString(diskIndex));
        return "0x5" + HexFormat.of().formatHex(digest).substring(0, 15);
    }
}
