package io.talospve.spec;

import io.talospve.spec.internal.NameDigest;

/** Derives the MAC addresses of NICs for which the spec gives none. Pure; thread-safe. */
public final class MacAddresses {
    private MacAddresses() {}

    /**
     * The MAC address of a NIC: the first six bytes of SHA-256 over {@code talos-pve/mac/1}, cluster, node and network,
     * separated by NUL, as a locally administered unicast address.
     *
     * @param cluster name of the cluster
     * @param node name of the machine
     * @param network name of the network (its bridge)
     * @return lower case with colons, for example {@code 0a:1b:2c:3d:4e:5f}; always the same for the same arguments
     */
    public static String derive(String cluster, String node, String network) {
        byte[] digest = NameDigest.of("talos-pve/mac/1", cluster, node, network);
        digest[0] = (byte) (digest[0] & 0xFC | 0x02);
        StringBuilder mac = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            mac.append(i == 0 ? "" : ":").append(String.format("%02x", digest[i]));
        }
        return mac.toString();
    }
}
