package io.talospve.testkit.internal.talos;

import io.talospve.spec.Cidr;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.world.Hardware;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which links a machine has and which addresses they get, from the cloud-init drive, the machine configuration and DHCP
 * together: addresses of all layers are a union, and any network document of a configuration stops DHCP on NICs that nobody
 * speaks of.
 */
final class LinkPlan {
    private static final List<String> NETWORK_KINDS = List.of(
            "LinkConfig", "BondConfig", "VLANConfig", "BridgeConfig", "DummyLinkConfig", "DHCPv4Config", "DHCPv6Config");
    private static final int FIRST_INDEX = 2;

    private final SimNetwork network;
    private final @Nullable MachineConfig config;
    private final List<Draft> drafts = new ArrayList<>();

    private LinkPlan(SimNetwork network, @Nullable MachineConfig config) {
        this.network = network;
        this.config = config;
    }

    /**
     * The links of a machine.
     *
     * @param hardware its NICs
     * @param drive what the cloud-init drive says, empty if it is not read
     * @param config its configuration, null if it has none
     * @param network where DHCP servers are
     */
    static List<MachineLink> of(
            Hardware hardware,
            Optional<Hardware.CloudInit> drive,
            @Nullable MachineConfig config,
            SimNetwork network) {
        LinkPlan plan = new LinkPlan(network, config);
        plan.nics(hardware, drive);
        if (config != null) {
            plan.documents(config);
            plan.legacy(config);
        }
        return plan.links();
    }

    /** A link under construction. */
    private static final class Draft {
        private final int index;
        private final String name;
        private final String kind;
        private final String permanentMac;
        private String mac;
        private final String bridge;
        private final int vlan;
        private final int parent;
        private int master;
        private final Set<String> names = new LinkedHashSet<>();
        private final Set<Cidr> addresses = new LinkedHashSet<>();
        private boolean dhcp4;
        private boolean dhcp6;

        Draft(int index, String name, String kind, String mac, String bridge, int vlan, int parent) {
            this.index = index;
            this.name = name;
            this.kind = kind;
            this.mac = mac;
            this.permanentMac = kind.isEmpty() ? mac : "";
            this.bridge = bridge;
            this.vlan = vlan;
            this.parent = parent;
            names.add(name);
        }
    }

    private void nics(Hardware hardware, Optional<Hardware.CloudInit> drive) {
        boolean byDefault = config == null || !speaksOfNetwork(config);
        for (int i = 0; i < hardware.nics().size(); i++) {
            Hardware.Nic nic = hardware.nics().get(i);
            String mac = nic.mac().toLowerCase(Locale.ROOT);
            Draft link = new Draft(FIRST_INDEX + i, "eth" + i, "", mac, nic.bridge(), 0, 0);
            if (config != null) {
                link.names.addAll(config.linkNames(nic, i));
            }
            Optional<Hardware.NicConfig> given = drive.flatMap(all -> all.nics().stream()
                    .filter(one -> one.mac().equalsIgnoreCase(mac))
                    .findFirst());
            given.ifPresent(one -> one.addresses().forEach(address -> link.addresses.add(Cidr.parse(address))));
            link.dhcp4 = given.map(Hardware.NicConfig::dhcp).orElse(byDefault);
            drafts.add(link);
        }
    }

    private static boolean speaksOfNetwork(MachineConfig config) {
        return NETWORK_KINDS.stream().anyMatch(kind -> !config.documents(kind).isEmpty())
                || !Tree.list(config.main(), "machine.network.interfaces").isEmpty();
    }

    private void documents(MachineConfig given) {
        given.documents("LinkConfig").forEach(document -> named(Tree.text(document, "name"))
                .ifPresent(link -> addresses(link, document)));
        for (Map<String, Object> document : given.documents("BondConfig")) {
            bond(Tree.text(document, "name"), named(Tree.texts(document, "links")))
                    .ifPresent(bond -> addresses(bond, document));
        }
        for (Map<String, Object> document : given.documents("VLANConfig")) {
            vlan(Tree.text(document, "name"), Tree.text(document, "parent"), Tree.text(document, "vlanID"))
                    .ifPresent(vlan -> addresses(vlan, document));
        }
        given.documents("DHCPv4Config")
                .forEach(document -> named(Tree.text(document, "name")).ifPresent(link -> link.dhcp4 = true));
        given.documents("DHCPv6Config")
                .forEach(document -> named(Tree.text(document, "name")).ifPresent(link -> link.dhcp6 = true));
    }

    private static void addresses(Draft link, Map<String, Object> document) {
        for (Object address : Tree.list(document, "addresses")) {
            link.addresses.add(Cidr.parse(Tree.text(address, "address")));
        }
    }

    private void legacy(MachineConfig given) {
        for (Object device : Tree.list(given.main(), "machine.network.interfaces")) {
            Optional<Draft> link = Tree.map(device, "bond").isEmpty()
                    ? drafts.stream().filter(draft -> matches(draft, device)).findFirst()
                    : bond(Tree.text(device, "interface"), members(Tree.map(device, "bond")));
            if (link.isEmpty()) {
                continue;
            }
            legacyAddresses(link.get(), device);
            for (Object vlan : Tree.list(device, "vlans")) {
                String id = Tree.text(vlan, "vlanId");
                vlan(link.get().name + "." + id, link.get().name, id).ifPresent(tagged -> legacyAddresses(tagged, vlan));
            }
        }
    }

    private List<Draft> members(Map<?, ?> bond) {
        List<Draft> members = new ArrayList<>(named(Tree.texts(bond, "interfaces")));
        for (Object selector : Tree.list(bond, "deviceSelectors")) {
            drafts.stream()
                    .filter(draft -> draft.kind.isEmpty() && selected(draft, selector))
                    .forEach(members::add);
        }
        return members;
    }

    private static boolean matches(Draft draft, Object device) {
        String name = Tree.text(device, "interface");
        return name.isEmpty()
                ? draft.kind.isEmpty() && selected(draft, Tree.map(device, "deviceSelector"))
                : draft.names.contains(name);
    }

    private static boolean selected(Draft nic, Object selector) {
        String permanent = Tree.text(selector, "permanentAddr");
        String hardware = Tree.text(selector, "hardwareAddr");
        return !permanent.isEmpty() && nic.permanentMac.matches(MachineConfig.glob(permanent.toLowerCase(Locale.ROOT)))
                || !hardware.isEmpty() && nic.mac.matches(MachineConfig.glob(hardware.toLowerCase(Locale.ROOT)));
    }

    private static void legacyAddresses(Draft link, Object device) {
        Tree.texts(device, "addresses").forEach(address -> link.addresses.add(Cidr.parse(address)));
        boolean dhcp = Tree.flag(device, "dhcp");
        link.dhcp4 |= dhcp && Tree.at(device, "dhcpOptions.ipv4").map(Boolean.TRUE::equals).orElse(true);
        link.dhcp6 |= dhcp && Tree.flag(device, "dhcpOptions.ipv6");
    }

    /** A bond has the hardware address of its first member, and so have all members then. */
    private Optional<Draft> bond(String name, List<Draft> members) {
        if (members.isEmpty()) {
            return named(name);
        }
        Draft first = members.get(0);
        Draft bond = new Draft(next(), name, "bond", first.mac, first.bridge, 0, 0);
        for (Draft member : members) {
            member.master = bond.index;
            member.mac = bond.mac;
            member.dhcp4 = false;
            member.dhcp6 = false;
        }
        drafts.add(bond);
        return Optional.of(bond);
    }

    private Optional<Draft> vlan(String name, String parent, String id) {
        return named(parent).filter(on -> id.matches("\\d{1,4}")).map(on -> {
            Draft vlan = new Draft(next(), name, "vlan", on.mac, on.bridge, Integer.parseInt(id), on.index);
            drafts.add(vlan);
            return vlan;
        });
    }

    private int next() {
        return FIRST_INDEX + drafts.size();
    }

    private Optional<Draft> named(String name) {
        return drafts.stream().filter(draft -> draft.names.contains(name)).findFirst();
    }

    private List<Draft> named(List<String> names) {
        return names.stream().flatMap(name -> named(name).stream()).toList();
    }

    private List<MachineLink> links() {
        return drafts.stream()
                .map(draft -> {
                    Set<Cidr> addresses = new LinkedHashSet<>(draft.addresses);
                    if (draft.dhcp4) {
                        network.lease(draft.bridge, draft.vlan, draft.mac, false).ifPresent(addresses::add);
                    }
                    if (draft.dhcp6) {
                        network.lease(draft.bridge, draft.vlan, draft.mac, true).ifPresent(addresses::add);
                    }
                    return new MachineLink(
                            draft.index,
                            draft.name,
                            draft.kind,
                            draft.mac,
                            draft.permanentMac,
                            draft.master,
                            draft.parent,
                            draft.names,
                            List.copyOf(addresses));
                })
                .toList();
    }
}
