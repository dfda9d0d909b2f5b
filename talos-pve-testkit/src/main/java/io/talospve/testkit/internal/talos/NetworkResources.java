package io.talospve.testkit.internal.talos;

import io.talospve.spec.Cidr;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** A machine's network as its resources show it. */
final class NetworkResources {
    private static final HexFormat MAC = HexFormat.ofDelimiter(":");

    private NetworkResources() {}

    /**
     * Shows a machine's network.
     *
     * @param addresses all of them, the default one first
     */
    static void show(Cosi cosi, String hostname, List<MachineLink> links, List<Cidr> addresses) {
        links.forEach(link -> show(cosi, link));
        cosi.put(
                "network",
                "LinkStatuses.net.talos.dev",
                "lo",
                "network.LinkStatusController",
                new Wire()
                        .number(1, 1)
                        .number(2, 772)
                        .number(4, 65609)
                        .bytes(5, new byte[6])
                        .bytes(6, new byte[6])
                        .number(7, 65536)
                        .text(8, "noqueue")
                        .flag(22, true)
                        .number(24, 255)
                        .number(25, 255),
                Cosi.ordered(
                        "index", 1,
                        "type", "loopback",
                        "linkIndex", 0,
                        "flags", "UP,LOOPBACK,RUNNING,LOWER_UP",
                        "hardwareAddr", "00:00:00:00:00:00",
                        "permanentAddr", "",
                        "broadcastAddr", "00:00:00:00:00:00",
                        "mtu", 65536,
                        "queueDisc", "noqueue",
                        "operationalState", "unknown",
                        "kind", "",
                        "slaveKind", "",
                        "linkState", true,
                        "port", "Other",
                        "duplex", "Unknown"));
        for (String id : List.of("accumulative", "current", "default", "routed")) {
            List<Cidr> shown = id.equals("default") ? addresses.stream().limit(1).toList() : addresses;
            Wire wire = new Wire();
            shown.forEach(a -> wire.message(1, Wire.prefix(a)));
            cosi.put(
                    "network",
                    "NodeAddresses.net.talos.dev",
                    id,
                    "network.NodeAddressController",
                    wire,
                    Cosi.ordered("addresses", shown.stream().map(Cidr::toString).toList(), "sortAlgorithm", "v1"));
        }
        boolean up = !addresses.isEmpty();
        cosi.put(
                "network",
                "NetworkStatuses.net.talos.dev",
                "status",
                "network.StatusController",
                new Wire().flag(1, up).flag(2, up).flag(3, true).flag(4, true),
                Cosi.ordered(
                        "addressReady", up, "connectivityReady", up, "hostnameReady", true, "etcFilesReady", true));
        cosi.put(
                "network",
                "HostnameStatuses.net.talos.dev",
                "hostname",
                "network.HostnameSpecController",
                new Wire().text(1, hostname),
                Cosi.ordered("hostname", hostname, "domainname", ""));
    }

    private static void show(Cosi cosi, MachineLink link) {
        byte[] mac = MAC.parseHex(link.mac());
        byte[] permanent = link.physical()
                ? MAC.parseHex(link.permanentMac())
                : new byte[0];
        Map<String, Object> yaml = Cosi.ordered(
                "index", link.index(),
                "type", "ether",
                "linkIndex", link.parent(),
                "flags", "UP,BROADCAST,RUNNING,MULTICAST,LOWER_UP",
                "hardwareAddr", link.mac(),
                "permanentAddr", link.permanentMac(),
                "broadcastAddr", "ff:ff:ff:ff:ff:ff",
                "mtu", 1500,
                "queueDisc", "pfifo_fast");
        if (link.master() != 0) {
            yaml.put("masterIndex", link.master());
        }
        yaml.put("operationalState", "up");
        yaml.put("kind", link.kind());
        yaml.put("slaveKind", link.master() == 0 ? "" : "bond");
        if (link.physical()) {
            yaml.put("busPath", "0000:00:" + (10 + link.index()) + ".0");
            yaml.put("pciID", "1AF4:1000");
            yaml.put("driver", "virtio_net");
            yaml.put("driverVersion", "1.0.0");
        }
        yaml.put("linkState", true);
        yaml.put("speedMbit", 4294967295L);
        yaml.put("port", "Other");
        yaml.put("duplex", "Unknown");
        if (!link.alias().isEmpty()) {
            yaml.put("alias", link.alias());
        }
        Wire wire = new Wire()
                .number(1, link.index())
                .number(2, 1)
                .number(3, link.parent())
                .number(4, 69699)
                .bytes(5, mac)
                .bytes(6, new byte[] {-1, -1, -1, -1, -1, -1})
                .number(7, 1500)
                .text(8, "pfifo_fast")
                .number(9, link.master())
                .number(10, 6)
                .text(11, link.kind())
                .text(12, link.master() == 0 ? "" : "bond");
        if (link.physical()) {
            wire.text(13, "0000:00:" + (10 + link.index()) + ".0")
                    .text(14, "1AF4:1000")
                    .text(15, "virtio_net")
                    .text(16, "1.0.0");
        }
        wire.flag(22, true)
                .number(23, 4294967295L)
                .number(24, 255)
                .number(25, 255)
                .bytes(30, permanent)
                .text(31, link.alias());
        cosi.put("network", "LinkStatuses.net.talos.dev", link.name(), "network.LinkStatusController", wire, yaml);
        for (Cidr address : link.addresses()) {
            cosi.put(
                    "network",
                    "AddressStatuses.net.talos.dev",
                    link.name() + "/" + address,
                    "network.AddressStatusController",
                    new Wire()
                            .message(1, Wire.prefix(address))
                            .message(2, Wire.ip(address.address()))
                            .number(6, link.index())
                            .text(7, link.name())
                            .number(8, address.isV6() ? 10 : 2)
                            .number(10, 128)
                            .number(11, 0),
                    Cosi.ordered(
                            "address", address.toString(),
                            "linkIndex", link.index(),
                            "linkName", link.name(),
                            "family", address.isV6() ? "inet6" : "inet4",
                            "scope", "global",
                            "flags", "permanent",
                            "priority", 0));
        }
    }
}
