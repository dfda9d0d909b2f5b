package io.talospve.talos.config.internal;

import io.talospve.talos.config.internal.MachineDescription.Nic;
import io.talospve.talos.internal.yaml.Mapping;
import io.talospve.talos.internal.yaml.NaturalOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Sections of the main document that became documents of their own with contract v1.12. Stateless. */
final class LegacySections {
    private LegacySections() {}

    static Map<String, Object> network(MachineDescription description) {
        List<Map<String, Object>> interfaces = new ArrayList<>();
        for (Nic nic : description.nics()) {
            Optional<Map<String, String>> vip = description
                    .vip()
                    .filter(virtual -> virtual.alias().equals(nic.alias()))
                    .map(virtual -> Map.of("ip", virtual.address()));
            interfaces.add(new Mapping()
                    .with("deviceSelector", Map.of("hardwareAddr", nic.mac()))
                    .withUnlessEmpty("addresses", nic.addresses())
                    .with("routes", nic.gateway().map(gateway -> List.of(defaultRoute(gateway))))
                    .with(nic.addresses().isEmpty(), "dhcp", true)
                    .with("vip", vip)
                    .build());
        }
        return new Mapping()
                .with("hostname", description.hostname())
                .withUnlessEmpty("interfaces", interfaces)
                .withUnlessEmpty("nameservers", description.nameservers())
                .build();
    }

    private static Map<String, Object> defaultRoute(String gateway) {
        return new Mapping()
                .with("network", gateway.indexOf(':') >= 0 ? "::/0" : "0.0.0.0/0")
                .with("gateway", gateway)
                .build();
    }

    static Map<String, Object> time(MachineDescription description) {
        List<String> servers = description.hostClock() ? List.of(Documents.HOST_CLOCK) : description.timeServers();
        return new Mapping().withUnlessEmpty("servers", servers).build();
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
        return new Mapping().withUnlessEmpty("mirrors", mirrors.build()).build();
    }

    /** Before user volumes, a data disk was a partition mounted where the volume {@code data} is mounted now. */
    static List<Map<String, Object>> disks(MachineDescription description) {
        if (description.contract().userVolumes()) {
            return List.of();
        }
        return description
                .dataDiskWwid()
                .map(wwid -> List.of(new Mapping()
                        .with("device", "/dev/disk/by-id/wwn-" + wwid.replace("naa.", "0x"))
                        .with("partitions", List.of(Map.of("mountpoint", "/var/mnt/data")))
                        .build()))
                .orElse(List.of());
    }
}
