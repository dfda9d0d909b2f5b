package io.talospve.talos.config.internal;

import io.talospve.talos.config.internal.Link.Kind;
import io.talospve.talos.config.internal.MachineDescription.RegistryTrust;
import io.talospve.talos.internal.yaml.Mapping;
import io.talospve.talos.internal.yaml.NaturalOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** Sections of the main document that became documents of their own with a newer contract. Stateless. */
final class LegacySections {
    private LegacySections() {}

    static Map<String, Object> network(MachineDescription description) {
        List<Map<String, Object>> interfaces = new ArrayList<>();
        for (Link link : description.links()) {
            if (!link.enslaved() && !(link.kind() instanceof Kind.Tagged)) {
                interfaces.add(device(link, description));
            }
        }
        return new Mapping()
                .with("hostname", description.hostname())
                .withUnlessEmpty("interfaces", interfaces)
                .withUnlessEmpty("nameservers", description.nameservers())
                .withUnlessEmpty("searchDomains", description.searchDomains())
                .build();
    }

    private static Map<String, Object> device(Link link, MachineDescription description) {
        List<Map<String, Object>> vlans = description.links().stream()
                .filter(other -> other.kind() instanceof Kind.Tagged tagged && tagged.parent().equals(link.name()))
                .map(other -> vlan(other, description))
                .toList();
        Mapping device = new Mapping();
        if (link.kind() instanceof Kind.Physical nic) {
            device.with("deviceSelector", Map.of("hardwareAddr", nic.mac()));
        } else {
            device.with("interface", link.name());
        }
        device.withUnlessEmpty("addresses", link.addresses()).withUnlessEmpty("routes", routes(link));
        if (link.kind() instanceof Kind.Bonded bond) {
            device.with("bond", bond(bond));
        }
        return device.withUnlessEmpty("vlans", vlans)
                .with("mtu", link.mtu())
                .with(link.dhcp4() || link.dhcp6(), "dhcp", true)
                .with(link.dhcp6(), "dhcpOptions", dhcpOptions(link))
                .withUnlessEmpty("vip", vip(link, description))
                .build();
    }

    private static Mapping bond(Kind.Bonded bond) {
        // A member takes on the bond's hardware address; only the permanent one stays its own.
        return new Mapping()
                .with("interfaces", List.of())
                .with("deviceSelectors", bond.macs().stream().map(mac -> Map.of("permanentAddr", mac)).toList())
                .with("mode", bond.mode())
                .with("xmitHashPolicy", bond.xmitHashPolicy())
                .with("lacpRate", bond.lacpRate())
                .with("miimon", bond.miimon())
                .with("updelay", bond.delay())
                .with("downdelay", bond.delay());
    }

    private static Map<String, Object> vlan(Link link, MachineDescription description) {
        return new Mapping()
                .withUnlessEmpty("addresses", link.addresses())
                .with("routes", routes(link))
                .with(link.dhcp4() || link.dhcp6(), "dhcp", true)
                .with("vlanId", ((Kind.Tagged) link.kind()).id())
                .with("mtu", link.mtu())
                .withUnlessEmpty("vip", vip(link, description))
                .with(link.dhcp6(), "dhcpOptions", dhcpOptions(link))
                .build();
    }

    private static Mapping dhcpOptions(Link link) {
        return new Mapping().with("routeMetric", 0).with("ipv4", link.dhcp4()).with("ipv6", true);
    }

    private static Map<String, Object> vip(Link link, MachineDescription description) {
        return description
                .vip()
                .filter(virtual -> virtual.link().equals(link.name()))
                .<Map<String, Object>>map(virtual -> Map.of("ip", virtual.address()))
                .orElse(Map.of());
    }

    private static List<Map<String, Object>> routes(Link link) {
        return link.routes().stream()
                .map(route -> new Mapping()
                        .with(
                                "network",
                                route.destination().orElse(route.gateway().indexOf(':') >= 0 ? "::/0" : "0.0.0.0/0"))
                        .with("gateway", route.gateway())
                        .with("metric", route.metric())
                        .build())
                .toList();
    }

    static Map<String, Object> time(MachineDescription description) {
        return new Mapping().withUnlessEmpty("servers", description.timeServers()).build();
    }

    static Map<String, Object> registries(MachineDescription description) {
        Mapping mirrors = new Mapping();
        NaturalOrder.sorted(description.mirrors())
                .forEach((registry, mirror) -> mirrors.with(
                        registry,
                        new Mapping()
                                .with("endpoints", mirror.endpoints())
                                .with(mirror.overridePath(), "overridePath", true)
                                .with(mirror.skipFallback(), "skipFallback", true)));
        Mapping config = new Mapping();
        NaturalOrder.sorted(description.registries()).forEach((host, trust) -> config.with(host, registry(trust)));
        return new Mapping()
                .withUnlessEmpty("mirrors", mirrors.build())
                .withUnlessEmpty("config", config.build())
                .build();
    }

    private static Mapping registry(RegistryTrust trust) {
        return new Mapping()
                .with(
                        trust.hasTrust(),
                        "tls",
                        new Mapping()
                                .with("ca", trust.ca().map(pem -> Base64.getEncoder()
                                        .encodeToString(pem.getBytes(StandardCharsets.UTF_8))))
                                .with(trust.insecureSkipVerify(), "insecureSkipVerify", true))
                .with(trust.hasCredentials(), "auth", RegistryDocuments.credentials(trust, new Mapping()));
    }

    static Map<String, Object> diskEncryption(MachineDescription description) {
        if (description.contract().volumeEncryption()) {
            return Map.of();
        }
        return new Mapping()
                .with("state", description.stateEncryption().map(VolumeDocuments::legacyEncryption))
                .with("ephemeral", description.ephemeralEncryption().map(VolumeDocuments::legacyEncryption))
                .build();
    }

    /** Before user volumes, a data disk was a partition mounted where the volume of its name is mounted now. */
    static List<Map<String, Object>> disks(MachineDescription description) {
        if (description.contract().userVolumes()) {
            return List.of();
        }
        return description
                .dataDisk()
                .map(disk -> List.of(new Mapping()
                        .with("device", "/dev/disk/by-id/wwn-" + disk.wwid().replace("naa.", "0x"))
                        .with("partitions", List.of(Map.of("mountpoint", "/var/mnt/" + disk.name())))
                        .build()))
                .orElse(List.of());
    }
}
