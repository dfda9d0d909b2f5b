package io.talospve.spec.internal;

import io.talospve.spec.Bond;
import io.talospve.spec.BondMode;
import io.talospve.spec.Cidr;
import io.talospve.spec.Network;
import io.talospve.spec.NodeSpec;
import io.talospve.spec.Route;
import io.talospve.spec.Vlan;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The rules about the links of one machine: MTU, routes, VLANs, bonds. */
final class LinkRules {
    /** What Talos gives a route without metric. */
    private static final int DEFAULT_METRIC = 1024;

    private static final Set<BondMode> HASHING = Set.of(BondMode.BALANCE_XOR, BondMode.LACP, BondMode.BALANCE_TLB);

    private final Findings findings;
    private final String path;
    private final NodeSpec node;
    /** Default routes as family and metric. */
    private final Set<String> defaults = new HashSet<>();

    LinkRules(Findings findings, String path, NodeSpec node) {
        this.findings = findings;
        this.path = path;
        this.node = node;
    }

    void check() {
        Set<String> bonds = new HashSet<>();
        Set<String> members = new HashSet<>();
        for (Network network : node.networks()) {
            network.gateway().filter(Cidr::isAddress).ifPresent(gateway -> defaults.add(family(gateway) + DEFAULT_METRIC));
        }
        for (Network network : node.networks()) {
            String at = path + "." + network.bridge();
            mtu(at + ".mtu", network.mtu(), network.allAddresses());
            routes(at + ".routes", network.routes(), network.allAddresses(), network.dhcp());
            Set<Integer> ids = new HashSet<>();
            for (int i = 0; i < network.vlans().size(); i++) {
                vlan(at + ".vlans[" + i + "]", network.vlans().get(i), network, ids);
            }
            network.bond().ifPresent(bond -> bond(at + ".bond", bond, network, bonds, members));
        }
    }

    private void mtu(String at, Optional<Integer> mtu, List<Cidr> addresses) {
        mtu.ifPresent(bytes -> {
            boolean v6 = addresses.stream().anyMatch(Cidr::isV6);
            int minimum = v6 ? NetworkRules.MIN_MTU_V6 : NetworkRules.MIN_MTU;
            if (bytes < minimum || bytes > NetworkRules.MAX_MTU) {
                findings.error(
                        at, bytes + " is not an MTU; allowed are " + minimum + " to " + NetworkRules.MAX_MTU + (v6 ? " with IPv6" : ""));
            }
        });
    }

    private void routes(String at, List<Route> routes, List<Cidr> addresses, boolean dhcp) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < routes.size(); i++) {
            Route route = routes.get(i);
            String path = at + "[" + i + "]";
            if (!Cidr.isAddress(route.gateway())) {
                findings.error(path + ".gateway", "\"" + route.gateway() + "\" is not an IP address");
                continue;
            }
            String gateway = new Cidr(route.gateway(), 0).address();
            if (!dhcp && addresses.stream().noneMatch(address -> address.contains(gateway))) {
                findings.error(path + ".gateway", route.gateway() + " is in no subnet of this link, so it cannot be reached");
            } else if (addresses.stream().anyMatch(address -> address.address().equals(gateway))) {
                findings.error(path + ".gateway", route.gateway() + " is the address of the machine itself");
            }
            int metric = route.metric().orElse(DEFAULT_METRIC);
            if (metric < 1) {
                findings.error(path + ".metric", metric + " is not a metric; allowed are 1 and more");
            }
            if (route.network().isEmpty()) {
                if (!defaults.add(family(gateway) + metric)) {
                    findings.error(
                            path, "a second default route of its IP family with metric " + metric + "; which one is used would be chance");
                }
                continue;
            }
            Cidr network = route.network().get();
            if (!network.equals(network.subnet())) {
                findings.error(path + ".network", network + " is not a subnet; write it as " + network.subnet());
            } else if (network.isV6() != gateway.indexOf(':') >= 0) {
                findings.error(path + ".gateway", route.gateway() + " is not of the IP family of " + network);
            } else if (network.prefix() == 0) {
                findings.error(path + ".network", "is the default route: leave network out");
            } else if (!seen.add(network + " " + metric)) {
                findings.error(path, "a second route to " + network + " with metric " + metric);
            }
        }
    }

    private static String family(String address) {
        return address.indexOf(':') >= 0 ? "v6 " : "v4 ";
    }

    private void vlan(String at, Vlan vlan, Network below, Set<Integer> ids) {
        if (vlan.id() < 1 || vlan.id() > NetworkRules.MAX_VLAN) {
            findings.error(at + ".id", vlan.id() + " is not a VLAN id; allowed are 1 to " + NetworkRules.MAX_VLAN);
        } else if (!ids.add(vlan.id())) {
            findings.error(at + ".id", "VLAN " + vlan.id() + " is there twice");
        }
        mtu(at + ".mtu", vlan.mtu(), vlan.addresses());
        if (vlan.mtu().isPresent() && below.mtu().isPresent() && vlan.mtu().get() > below.mtu().get()) {
            findings.error(at + ".mtu", vlan.mtu().get() + " is more than the " + below.mtu().get() + " of the link below");
        }
        routes(at + ".routes", vlan.routes(), vlan.addresses(), vlan.dhcp());
    }

    private void bond(String at, Bond bond, Network master, Set<String> bonds, Set<String> taken) {
        if (!bond.name().matches("[a-z][a-z0-9_-]{0,14}") || bond.name().matches("(eth|ens|enp|net|lo)\\d*")) {
            findings.error(at + ".name", "\"" + bond.name() + "\" is not a name for a bond: at most 15 lower-case letters, digits, '-', '_',"
                    + " and not that of a NIC (ethN, ensN, netN)");
        } else if (!bonds.add(bond.name())) {
            findings.error(at + ".name", "\"" + bond.name() + "\" is the name of another bond of this machine");
        }
        if (bond.members().isEmpty()) {
            findings.error(at + ".members", "is empty; name at least one other network of the machine");
        }
        List<String> known = new ArrayList<>(node.networks().stream().map(Network::bridge).toList());
        known.remove(master.bridge());
        for (int i = 0; i < bond.members().size(); i++) {
            String member = bond.members().get(i);
            String where = at + ".members[" + i + "]";
            Optional<Network> network = node.networks().stream().filter(n -> n.bridge().equals(member)).findFirst();
            if (member.equals(master.bridge())) {
                findings.error(where, "\"" + member + "\" has the bond itself; name the others only");
            } else if (network.isEmpty()) {
                findings.error(where, "no network \"" + member + "\" in this machine" + NearMiss.hint(member, known));
            } else if (!taken.add(member)) {
                findings.error(where, "\"" + member + "\" is in a bond already");
            } else if (!isPlain(network.get())) {
                findings.error(
                        path + "." + member, "is a member of the bond of " + master.bridge() + " and may only have a mac; the rest belongs to "
                                + master.bridge());
            }
        }
        if (bond.miimon() < 1) {
            findings.error(at + ".miimon", bond.miimon() + " ms: without monitoring a dead link stays in use; allowed are 1 and more");
        }
        bond.lacpRate().ifPresent(rate -> {
            if (bond.mode() != BondMode.LACP) {
                findings.error(at + ".lacp_rate", "is for mode 802.3ad; the mode is " + bond.mode().kernelName(), at + ".mode");
            } else if (!Set.of("slow", "fast").contains(rate)) {
                findings.error(at + ".lacp_rate", "\"" + rate + "\" is not slow or fast");
            }
        });
        bond.xmitHashPolicy().ifPresent(policy -> {
            if (!HASHING.contains(bond.mode())) {
                findings.error(
                        at + ".xmit_hash_policy",
                        "is for modes balance-xor, 802.3ad, balance-tlb; the mode is " + bond.mode().kernelName(),
                        at + ".mode");
            } else if (!Set.of("layer2", "layer2+3", "layer3+4").contains(policy)) {
                findings.error(at + ".xmit_hash_policy", "\"" + policy + "\" is not layer2, layer2+3 or layer3+4");
            }
        });
    }

    private static boolean isPlain(Network network) {
        return network.allAddresses().isEmpty()
                && network.gateway().isEmpty()
                && !network.dhcp()
                && network.mtu().isEmpty()
                && network.routes().isEmpty()
                && network.vlans().isEmpty()
                && network.bond().isEmpty();
    }
}
