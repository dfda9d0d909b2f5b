package io.talospve.talos.config.internal;

import io.talospve.spec.RegistryMirror;
import io.talospve.talos.config.internal.MachineDescription.Nic;
import io.talospve.talos.internal.yaml.Mapping;
import io.talospve.talos.internal.yaml.NaturalOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All documents of a machine's configuration, in order. Stateless. */
public final class Documents {
    /** KVM's PTP device, through which a machine reads its host's clock. */
    static final String HOST_CLOCK = "/dev/ptp_kvm";

    private Documents() {}

    /**
     * Writes a description as documents.
     *
     * @param description what the configuration says
     * @return maps with keys in the order in which Talos writes them
     */
    public static List<Map<String, Object>> of(MachineDescription description) {
        List<Map<String, Object>> documents = new ArrayList<>();
        documents.add(MachineDocument.of(description));
        if (description.contract().multiDocument()) {
            NaturalOrder.sorted(description.mirrors()).forEach((name, mirror) -> documents.add(mirror(name, mirror)));
            documents.add(hostname(description));
            description.nics().forEach(nic -> documents.add(alias(nic)));
            description.nics().forEach(nic -> documents.add(link(nic)));
            description.nics().stream()
                    .filter(nic -> nic.addresses().isEmpty())
                    .forEach(nic -> documents.add(named("DHCPv4Config", nic.alias()).build()));
            description.vip().ifPresent(vip -> documents.add(
                    named("Layer2VIPConfig", vip.address()).with("link", vip.alias()).build()));
            resolver(description, documents);
            time(description, documents);
        }
        if (description.contract().userVolumes()) {
            description.dataDiskWwid().ifPresent(wwid -> documents.add(dataVolume(wwid)));
        }
        return documents;
    }

    private static Mapping document(String kind) {
        return new Mapping().with("apiVersion", "v1alpha1").with("kind", kind);
    }

    private static Mapping named(String kind, String name) {
        return document(kind).with("name", name);
    }

    private static Map<String, Object> mirror(String registry, RegistryMirror mirror) {
        List<Map<String, Object>> endpoints = mirror.endpoints().stream()
                .map(url -> new Mapping()
                        .with("url", url)
                        .with(mirror.overridePath(), "overridePath", true)
                        .build())
                .toList();
        return named("RegistryMirrorConfig", registry)
                .withUnlessEmpty("endpoints", endpoints)
                .with(mirror.skipFallback(), "skipFallback", true)
                .build();
    }

    private static Map<String, Object> hostname(MachineDescription description) {
        return document("HostnameConfig")
                .with("auto", description.hostname().isPresent() ? "off" : "stable")
                .with("hostname", description.hostname())
                .build();
    }

    private static Map<String, Object> alias(Nic nic) {
        return named("LinkAliasConfig", nic.alias())
                .with("selector", Map.of("match", "mac(link.permanent_addr) == \"" + nic.mac() + "\""))
                .build();
    }

    private static Map<String, Object> link(Nic nic) {
        return named("LinkConfig", nic.alias())
                .with("up", true)
                .withUnlessEmpty(
                        "addresses",
                        nic.addresses().stream().map(address -> Map.of("address", address)).toList())
                .with("routes", nic.gateway().map(gateway -> List.of(Map.of("gateway", gateway))))
                .build();
    }

    private static void resolver(MachineDescription description, List<Map<String, Object>> documents) {
        if (!description.nameservers().isEmpty()) {
            documents.add(document("ResolverConfig")
                    .with(
                            "nameservers",
                            description.nameservers().stream()
                                    .map(server -> Map.of("address", server))
                                    .toList())
                    .build());
        }
    }

    private static void time(MachineDescription description, List<Map<String, Object>> documents) {
        if (description.hostClock()) {
            documents.add(document("TimeSyncConfig")
                    .with("ptp", Map.of("devices", List.of(HOST_CLOCK)))
                    .build());
        } else if (!description.timeServers().isEmpty()) {
            documents.add(document("TimeSyncConfig")
                    .with("ntp", Map.of("servers", description.timeServers()))
                    .build());
        }
    }

    private static Map<String, Object> dataVolume(String wwid) {
        return named("UserVolumeConfig", "data")
                .with(
                        "provisioning",
                        new Mapping()
                                .with(
                                        "diskSelector",
                                        Map.of("match", "disk.wwid == \"" + wwid + "\" && !system_disk"))
                                .with("grow", true)
                                .with("minSize", "1GiB"))
                .with("filesystem", Map.of("type", "xfs"))
                .build();
    }
}
