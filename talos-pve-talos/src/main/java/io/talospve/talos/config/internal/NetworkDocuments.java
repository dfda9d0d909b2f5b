package io.talospve.talos.config.internal;

import io.talospve.talos.config.internal.Link.Kind;
import io.talospve.talos.internal.yaml.Mapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Host name, links, addresses, VIP, resolvers and time as documents, from contract v1.12 on. Stateless. */
final class NetworkDocuments {
    private NetworkDocuments() {}

    static List<Map<String, Object>> of(MachineDescription description) {
        List<Map<String, Object>> documents = new ArrayList<>();
        documents.add(hostname(description));
        for (Link link : description.links()) {
            if (link.kind() instanceof Kind.Physical nic) {
                documents.add(Documents.named("LinkAliasConfig", link.name())
                        .with("selector", Map.of("match", "mac(link.permanent_addr) == \"" + nic.mac() + "\""))
                        .build());
            }
        }
        description.links().stream().filter(link -> !link.enslaved()).map(NetworkDocuments::link).forEach(documents::add);
        for (Link link : description.links()) {
            if (link.dhcp4()) {
                documents.add(Documents.named("DHCPv4Config", link.name()).build());
            }
            if (link.dhcp6()) {
                documents.add(Documents.named("DHCPv6Config", link.name()).build());
            }
        }
        description.vip().ifPresent(vip -> documents.add(
                Documents.named("Layer2VIPConfig", vip.address()).with("link", vip.link()).build()));
        if (!description.nameservers().isEmpty() || !description.searchDomains().isEmpty()) {
            documents.add(resolver(description));
        }
        if (!description.timeServers().isEmpty()) {
            documents.add(time(description));
        }
        return documents;
    }

    private static Map<String, Object> hostname(MachineDescription description) {
        return Documents.document("HostnameConfig")
                .with("auto", description.hostname().isPresent() ? "off" : "stable")
                .with("hostname", description.hostname())
                .build();
    }

    private static Map<String, Object> link(Link link) {
        Mapping document;
        if (link.kind() instanceof Kind.Bonded bond) {
            document = Documents.named("BondConfig", link.name())
                    .with("links", bond.members())
                    .with("bondMode", bond.mode())
                    .with("miimon", bond.miimon())
                    .with("updelay", bond.delay())
                    .with("downdelay", bond.delay())
                    .with("xmitHashPolicy", bond.xmitHashPolicy())
                    .with("lacpRate", bond.lacpRate());
        } else if (link.kind() instanceof Kind.Tagged vlan) {
            document = Documents.named("VLANConfig", link.name()).with("vlanID", vlan.id()).with("parent", vlan.parent());
        } else {
            document = Documents.named("LinkConfig", link.name());
        }
        return document.with("up", true)
                .with("mtu", link.mtu())
                .withUnlessEmpty(
                        "addresses",
                        link.addresses().stream().map(address -> Map.of("address", address)).toList())
                .withUnlessEmpty("routes", link.routes().stream().map(NetworkDocuments::route).toList())
                .build();
    }

    private static Map<String, Object> route(Link.RouteTo route) {
        return new Mapping()
                .with("destination", route.destination())
                .with("gateway", route.gateway())
                .with("metric", route.metric())
                .build();
    }

    private static Map<String, Object> resolver(MachineDescription description) {
        return Documents.document("ResolverConfig")
                .withUnlessEmpty(
                        "nameservers",
                        description.nameservers().stream().map(server -> Map.of("address", server)).toList())
                .with(
                        !description.searchDomains().isEmpty(),
                        "searchDomains",
                        Map.of("domains", description.searchDomains()))
                .build();
    }

    private static Map<String, Object> time(MachineDescription description) {
        List<String> servers = description.timeServers();
        return servers.equals(List.of(Documents.HOST_CLOCK))
                ? Documents.document("TimeSyncConfig").with("ptp", Map.of("devices", servers)).build()
                : Documents.document("TimeSyncConfig").with("ntp", Map.of("servers", servers)).build();
    }
}
