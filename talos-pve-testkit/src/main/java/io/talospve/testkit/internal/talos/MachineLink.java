package io.talospve.testkit.internal.talos;

import io.talospve.spec.Cidr;
import java.util.List;
import java.util.Set;

/**
 * A network link of a machine: a NIC, a bond of NICs, or a VLAN on one of them.
 *
 * @param index the kernel's number
 * @param name the kernel's name, {@code eth0}, {@code bond0}, {@code bond0.40}
 * @param kind {@code ""} for a NIC, {@code bond}, {@code vlan}
 * @param mac hardware address in lower case; of a bond's member the bond's
 * @param permanentMac address that a NIC was made with, empty for others
 * @param master number of the bond that it is a member of, 0 if it is none
 * @param parent number of the link that a VLAN rides on, 0 if it is none
 * @param names names by which documents call it: the kernel's and its aliases
 * @param addresses addresses it has up: static ones and leased ones
 */
record MachineLink(
        int index,
        String name,
        String kind,
        String mac,
        String permanentMac,
        int master,
        int parent,
        Set<String> names,
        List<Cidr> addresses) {
    /** The first alias, empty if it has none. */
    String alias() {
        return names.stream().filter(other -> !other.equals(name)).findFirst().orElse("");
    }

    /** Whether it is a NIC of the virtual machine. */
    boolean physical() {
        return kind.isEmpty();
    }
}
