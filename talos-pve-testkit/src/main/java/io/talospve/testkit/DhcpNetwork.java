package io.talospve.testkit;

import io.talospve.spec.Cidr;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * A network on a bridge of the simulated datacenter whose addresses come from a DHCP server: those that are reserved for a
 * MAC address, and for all others the next free one from the upper half of the network, the same again at each boot.
 * Immutable.
 *
 * @param bridge the bridge, the same on every host
 * @param vlan VLAN on it, 0 for untagged
 * @param network its addresses, for example {@code 192.168.62.0/24}; the first one is the gateway's
 * @param reservations address by MAC address in lower case
 */
public record DhcpNetwork(String bridge, int vlan, String network, Map<String, String> reservations) {
    /** Checks the addresses. */
    public DhcpNetwork {
        Objects.requireNonNull(bridge, "bridge");
        if (vlan < 0 || vlan > 4094) {
            throw new IllegalArgumentException("a VLAN is 0 (untagged) to 4094, not " + vlan);
        }
        Cidr subnet = Cidr.parse(network).subnet();
        Map<String, String> lower = new TreeMap<>();
        reservations.forEach((mac, address) -> {
            if (!subnet.contains(address)) {
                throw new IllegalArgumentException(address + ", reserved for " + mac + ", is not in " + subnet);
            }
            lower.put(mac.toLowerCase(Locale.ROOT), address);
        });
        network = subnet.toString();
        reservations = Collections.unmodifiableMap(lower);
    }

    /**
     * An untagged network without reservations.
     *
     * @param bridge the bridge
     * @param network its addresses, {@code 192.168.62.0/24}
     */
    public static DhcpNetwork on(String bridge, String network) {
        return new DhcpNetwork(bridge, 0, network, Map.of());
    }

    /** The same network on a VLAN of the bridge. */
    public DhcpNetwork tagged(int id) {
        return new DhcpNetwork(bridge, id, network, reservations);
    }

    /** The same network with one address more reserved. */
    public DhcpNetwork reserve(String mac, String address) {
        Map<String, String> more = new TreeMap<>(reservations);
        more.put(mac, address);
        return new DhcpNetwork(bridge, vlan, network, more);
    }
}
