package io.talospve.spec.internal;

import io.talospve.spec.Cidr;
import io.talospve.spec.Network;
import io.talospve.spec.NodeSpec;
import io.talospve.spec.TalosCluster;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The rules about addresses: within one machine, between machines, and of the VIP. */
final class NetworkRules {
    static final int MAX_VLAN = 4094;
    static final int MIN_MTU = 68;
    static final int MIN_MTU_V6 = 1280;
    static final int MAX_MTU = 65535;

    private final TalosCluster cluster;
    private final Findings findings;
    /** Where each address is used, by canonical text. */
    private final Map<String, String> addresses = new HashMap<>();
    /** Where each gateway is used first, by canonical text. */
    private final Map<String, String> gateways = new HashMap<>();

    private final Map<String, String> macs = new HashMap<>();

    NetworkRules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
    }

    void check() {
        List<Machines.Machine> machines = Machines.of(cluster);
        for (Machines.Machine machine : machines) {
            machine(machine.path(), machine.spec());
        }
        addresses.forEach((address, path) -> {
            String gateway = gateways.get(address);
            if (gateway != null) {
                findings.error(path, address + " is the gateway of " + gateway, gateway);
            }
        });
        subnets(machines);
        vip();
        endpoint();
        nodeNetwork(machines);
    }

    /** The same bridge is the same network: a subnet that overlaps another one there is a prefix length with a typo. */
    private void subnets(List<Machines.Machine> machines) {
        Map<String, Map<Cidr, String>> byBridge = new HashMap<>();
        for (Machines.Machine machine : machines) {
            Map<Cidr, String> own = new LinkedHashMap<>();
            for (Network network : machine.spec().networks()) {
                String at = machine.path() + ".networks." + network.bridge();
                Map<Cidr, String> known = byBridge.computeIfAbsent(network.bridge(), bridge -> new LinkedHashMap<>());
                for (int i = 0; i < network.allAddresses().size(); i++) {
                    Cidr address = network.allAddresses().get(i);
                    String path = i == 0 ? at + ".address" : at + ".addresses[" + (i - 1) + "]";
                    if (findings.anyBelow(path)) {
                        continue;
                    }
                    Cidr subnet = address.subnet();
                    overlapping(subnet, known).filter(other -> !other.equals(subnet)).ifPresent(other -> findings.error(
                            path,
                            address + " is in " + subnet + ", but " + network.bridge() + " is " + other + " in " + known.get(other),
                            known.get(other)));
                    overlapping(subnet, own).filter(other -> !own.get(other).startsWith(at + ".")).ifPresent(other ->
                            findings.warning(
                                    path,
                                    address + " is in the same subnet as " + own.get(other)
                                            + ": which of the two links is used would be chance",
                                    own.get(other)));
                    known.putIfAbsent(subnet, path);
                    own.putIfAbsent(subnet, path);
                }
            }
        }
    }

    private static Optional<Cidr> overlapping(Cidr subnet, Map<Cidr, String> known) {
        if (known.containsKey(subnet)) {
            return Optional.of(subnet);
        }
        return known.keySet().stream()
                .filter(other -> other.contains(subnet.address()) || subnet.contains(other.address()))
                .findFirst();
    }

    private void machine(String path, NodeSpec node) {
        if (node.networks().isEmpty()) {
            findings.error(path + ".networks", "is empty; a machine has at least one network");
            return;
        }
        String primary = "";
        Set<String> bridges = new HashSet<>();
        boolean undecided = false;
        for (Network network : node.networks()) {
            String at = path + ".networks." + network.bridge();
            if (!Names.isBridge(network.bridge())) {
                findings.error(
                        at, "\"" + network.bridge() + "\" is not a name of a bridge: at most 15 letters, digits, '-', '_', '.'");
            }
            if (!bridges.add(network.bridge())) {
                findings.error(at, "is there twice");
            }
            network.address().ifPresent(address -> address(at + ".address", address));
            for (int i = 0; i < network.addresses().size(); i++) {
                address(at + ".addresses[" + i + "]", network.addresses().get(i));
            }
            if (network.address().isEmpty() && !network.addresses().isEmpty()) {
                findings.error(at + ".addresses", "holds further addresses; give the first one as address", at + ".address");
            }
            for (int i = 0; i < network.vlans().size(); i++) {
                List<Cidr> tagged = network.vlans().get(i).addresses();
                for (int j = 0; j < tagged.size(); j++) {
                    address(at + ".vlans[" + i + "].addresses[" + j + "]", tagged.get(j));
                }
            }
            network.mac().ifPresent(mac -> mac(at + ".mac", mac));
            undecided |= findings.isBroken(at) || findings.isBroken(at + ".gateway");
            if (network.gateway().isPresent()) {
                gateway(at, network, network.gateway().get());
                if (!primary.isEmpty()) {
                    findings.error(
                            at + ".gateway", "a second gateway; " + primary + " has one, and exactly one network of a machine has");
                } else {
                    primary = at;
                }
            }
        }
        new LinkRules(findings, path + ".networks", node).check();
        if (primary.isEmpty() && !undecided) {
            if (node.networks().stream().noneMatch(node::usesDhcp)) {
                findings.error(
                        path + ".networks", "no network has a gateway; exactly one must have: it becomes the primary network");
            } else {
                leased(path, node);
            }
        }
    }

    /** What must be known elsewhere about a machine whose primary address nobody knows before it runs. */
    private void leased(String path, NodeSpec node) {
        if (cluster.nameservers().isEmpty()) {
            findings.error(
                    "cluster.nameservers",
                    "none given, and the gateway of " + path + ", which its DHCP server names, is not known to ask instead");
        }
        boolean several = node.networks().stream()
                        .filter(network -> node.usesDhcp(network) || !network.allAddresses().isEmpty())
                        .count()
                > 1;
        if (several && cluster.nodeNetwork().isEmpty()) {
            findings.warning(
                    path + ".networks",
                    "several have addresses, and the primary one comes from a DHCP server: which one kubelet and etcd take would be"
                            + " chance; give cluster.node_network");
        }
    }

    /** Whether a machine may have addresses that the spec does not know. */
    private static boolean mayHaveMore(NodeSpec node) {
        return node.networks().stream()
                .anyMatch(network -> node.usesDhcp(network) && network.address().isEmpty()
                        || network.vlans().stream().anyMatch(vlan -> vlan.dhcp()));
    }

    private void endpoint() {
        List<NodeSpec> planes = cluster.controlPlaneNodes().nodes();
        if (cluster.vip().isPresent()
                || cluster.endpoint().isPresent()
                || planes.isEmpty()
                || findings.anyBelow("control_plane_nodes.nodes[0].networks")) {
            return;
        }
        boolean unknown = planes.get(0).primary().filter(network -> network.address().isEmpty()).isPresent();
        if (unknown) {
            findings.error(
                    "cluster.endpoint",
                    "missing: the first control plane gets its address from a DHCP server, and there is no VIP, so nobody knows"
                            + " where the Kubernetes API will be; give a VIP, an endpoint, or the reserved address");
        }
    }

    private void address(String path, Cidr address) {
        unusable(address.address()).ifPresent(why -> findings.error(path, address + " " + why));
        edge(address, address.address()).ifPresent(why -> findings.error(path, address.address() + " " + why));
        String before = addresses.putIfAbsent(address.address(), path);
        if (before != null) {
            findings.error(path, address.address() + " is used by " + before + " already", before);
        }
    }

    private void gateway(String at, Network network, String gateway) {
        String path = at + ".gateway";
        if (!Cidr.isAddress(gateway)) {
            findings.error(path, "\"" + gateway + "\" is not an IP address" + (gateway.contains("/") ? "; leave out the prefix length" : ""));
            return;
        }
        if (network.address().isEmpty()) {
            findings.error(
                    path, "needs a static address beside it: with DHCP the server names the gateway", at + ".address");
            return;
        }
        String canonical = canonical(gateway);
        Cidr address = network.allAddresses().stream()
                .filter(one -> one.contains(canonical))
                .findFirst()
                .orElse(network.address().get());
        if (!address.contains(canonical)) {
            findings.error(path, gateway + " is not in " + address.subnet() + ", the subnet of " + address, at + ".address");
        } else if (canonical.equals(address.address())) {
            findings.error(path, gateway + " is the address of the machine itself", at + ".address");
        } else {
            edge(address, canonical).ifPresent(why -> findings.error(path, gateway + " " + why, at + ".address"));
            gateways.putIfAbsent(canonical, path);
        }
    }

    private void mac(String path, String mac) {
        if (!Names.isMac(mac)) {
            String corrected = mac.toLowerCase(Locale.ROOT).replace('-', ':');
            findings.error(
                    path,
                    "\"" + mac + "\" is not a MAC address in lower case with colons"
                            + (Names.isMac(corrected) ? "; write it as " + corrected : ", such as bc:24:11:00:00:21"));
            return;
        }
        if ((Integer.parseInt(mac.substring(0, 2), 16) & 1) != 0 || mac.equals("00:00:00:00:00:00")) {
            findings.error(path, mac + " is not the MAC address of one NIC: its first byte is odd, or all bytes are zero");
        }
        String before = macs.putIfAbsent(mac, path);
        if (before != null) {
            findings.error(path, mac + " is used by " + before + " already", before);
        }
    }

    private void vip() {
        if (cluster.vip().isEmpty()) {
            return;
        }
        String path = "control_plane_nodes.vip.address";
        String vip = cluster.vip().get();
        if (!Cidr.isAddress(vip)) {
            findings.error(path, "\"" + vip + "\" is not an IP address" + (vip.contains("/") ? "; leave out the prefix length" : ""));
            return;
        }
        String address = canonical(vip);
        unusable(address).ifPresent(why -> findings.error(path, vip + " " + why));
        String used = addresses.get(address);
        String gateway = gateways.get(address);
        if (used != null) {
            findings.error(path, vip + " is used by " + used + " already", used);
        } else if (gateway != null) {
            findings.error(path, vip + " is the gateway of " + gateway, gateway);
        }
        List<NodeSpec> nodes = cluster.controlPlaneNodes().nodes();
        List<String> homeless = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            String networks = "control_plane_nodes.nodes[" + i + "].networks";
            if (findings.anyBelow(networks) || mayHaveMore(nodes.get(i))) {
                continue;
            }
            Optional<Cidr> home = nodes.get(i).networks().stream()
                    .flatMap(network -> network.allAddresses().stream())
                    .filter(subnet -> subnet.contains(address))
                    .findFirst();
            if (home.isEmpty()) {
                homeless.add("nodes[" + i + "]");
            } else if (i == 0) {
                edge(home.get(), address).ifPresent(why -> findings.error(path, vip + " " + why));
            }
        }
        if (!homeless.isEmpty()) {
            findings.error(
                    path,
                    vip + " is outside the networks of "
                            + (homeless.size() == nodes.size() ? "all control planes" : String.join(", ", homeless))
                            + "; each control plane must be able to hold it");
        }
    }

    private void nodeNetwork(List<Machines.Machine> machines) {
        if (cluster.nodeNetwork().isEmpty()) {
            return;
        }
        Cidr subnet = cluster.nodeNetwork().get();
        if (!subnet.equals(subnet.subnet())) {
            findings.error("cluster.node_network", subnet + " is not a subnet; write it as " + subnet.subnet());
            return;
        }
        List<Machines.Machine> outside = machines.stream()
                .filter(machine -> !findings.anyBelow(machine.path() + ".networks"))
                .filter(machine -> !mayHaveMore(machine.spec()))
                .filter(machine -> addresses(machine.spec()).stream()
                        .noneMatch(address -> subnet.contains(address.address())))
                .toList();
        if (!machines.isEmpty() && outside.size() == machines.size()) {
            findings.error("cluster.node_network", "no machine has an address in " + subnet);
            return;
        }
        for (Machines.Machine machine : outside) {
            findings.error(
                    machine.path() + ".networks", "no address is in " + subnet + ", the node_network", "cluster.node_network");
        }
    }

    /** Every static address of a machine, those on VLANs included. */
    static List<Cidr> addresses(NodeSpec node) {
        return node.networks().stream()
                .flatMap(network -> Stream.concat(
                        network.allAddresses().stream(), network.vlans().stream().flatMap(vlan -> vlan.addresses().stream())))
                .toList();
    }

    /** Why no machine can have an address, whatever its subnet. */
    private static Optional<String> unusable(String address) {
        if (new Cidr("127.0.0.0", 8).contains(address) || address.equals("::1")) {
            return Optional.of("is a loopback address");
        }
        if (new Cidr("224.0.0.0", 3).contains(address) || new Cidr("ff00::", 8).contains(address)) {
            return Optional.of("is a multicast or reserved address");
        }
        return new Cidr("0.0.0.0", 8).contains(address) || address.equals("::")
                ? Optional.of("is not an address that a machine can have")
                : Optional.empty();
    }

    /** Why an address cannot be used in its subnet: it is the network's own or the broadcast address. */
    private static Optional<String> edge(Cidr network, String address) {
        boolean pointToPoint = network.prefix() >= (network.isV6() ? 127 : 31);
        if (pointToPoint) {
            return Optional.empty();
        }
        if (network.subnet().address().equals(address)) {
            return Optional.of("is the network address of " + network.subnet());
        }
        return network.broadcast().filter(address::equals).map(same -> "is the broadcast address of " + network.subnet());
    }

    private static String canonical(String address) {
        return new Cidr(address, 0).address();
    }
}
