package io.talospve.proxmox.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** What the cluster and its nodes have: versions, storages, bridges, free VMIDs. Thread-safe. */
public final class ClusterApi {
    private static final long MIB = 1L << 20;

    private final ApiClient api;

    /** On a client. */
    public ClusterApi(ApiClient api) {
        this.api = api;
    }

    /** Three calls: version, cluster status, nodes. */
    public HypervisorInfo info() {
        String version = version();
        String name = null;
        String localNode = null;
        for (JsonNode entry : api.send(Call.get("cluster", "status"))) {
            switch (Fields.text(entry, "type")) {
                case "cluster" -> name = Fields.text(entry, "name");
                case "node" -> localNode = localNode == null || Fields.flag(entry, "local") ? Fields.text(entry, "name") : localNode;
                default -> { }
            }
        }
        // a node that was never joined to a cluster lists itself only
        String clusterName = name == null ? localNode : name;
        if (clusterName == null || version.isEmpty()) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER,
                    "Proxmox VE told neither a cluster nor a node name (cluster/status), or no version",
                    false,
                    "the account needs Sys.Audit on /",
                    null,
                    null);
        }
        return new HypervisorInfo(clusterName, version, hosts());
    }

    /** Version of Proxmox VE on the node that answers, such as {@code 9.2.11}; one call. */
    String version() {
        return Fields.text(api.send(Call.get("version")), "version");
    }

    /** All nodes by name; one call. */
    public List<HostInfo> hosts() {
        List<HostInfo> hosts = new ArrayList<>();
        for (JsonNode node : api.send(Call.get("nodes"))) {
            long total = Fields.number(node, "maxmem", 0);
            hosts.add(new HostInfo(
                    Fields.text(node, "node"),
                    Fields.text(node, "status").equals("online"),
                    (int) Fields.number(node, "maxcpu", 0),
                    total / MIB,
                    Math.max(0, total - Fields.number(node, "mem", 0)) / MIB));
        }
        hosts.sort(Comparator.comparing(HostInfo::name));
        return hosts;
    }

    /** The storages of a node that are not disabled. */
    public List<DatastoreInfo> datastores(String host) {
        List<DatastoreInfo> stores = new ArrayList<>();
        for (JsonNode store : api.send(Call.get("nodes", host, "storage"))) {
            Set<String> content = Arrays.stream(Fields.text(store, "content").split("[,\\s]+"))
                    .filter(type -> !type.isEmpty())
                    .collect(Collectors.toUnmodifiableSet());
            boolean enabled = Fields.text(store, "enabled").isEmpty() || Fields.flag(store, "enabled");
            stores.add(new DatastoreInfo(
                    Fields.text(store, "storage"),
                    content,
                    Fields.flag(store, "shared"),
                    enabled && Fields.flag(store, "active"),
                    Fields.number(store, "total", 0) / MIB,
                    Fields.number(store, "avail", 0) / MIB));
        }
        stores.sort(Comparator.comparing(DatastoreInfo::name));
        return stores;
    }

    /** Bridges, OVS bridges and vnets of a node. */
    public Set<String> bridges(String host) {
        Set<String> names = new TreeSet<>();
        api.send(Call.get("nodes", host, "network").with("type", "any_bridge"))
                .forEach(bridge -> names.add(Fields.text(bridge, "iface")));
        return names;
    }

    /** Resource pools that the account may see. */
    public Set<String> pools() {
        Set<String> names = new TreeSet<>();
        api.send(Call.get("pools")).forEach(pool -> names.add(Fields.text(pool, "poolid")));
        return names;
    }

    /** Device mappings of a kind ({@code pci}, {@code usb}) with a device on a node. */
    public Set<String> mappings(String kind, String host) {
        Set<String> names = new TreeSet<>();
        for (JsonNode mapping : api.send(Call.get("cluster", "mapping", kind))) {
            for (JsonNode device : mapping.path("map")) {
                if (PropertyString.parse(device.asString("")).get("node").filter(host::equals).isPresent()) {
                    names.add(Fields.text(mapping, "id"));
                }
            }
        }
        return names;
    }

    /** What a node's QEMU knows of something ({@code cpu}, {@code machines}), by the field that names it. */
    public Set<String> capabilities(String host, String what, String field) {
        Set<String> names = new TreeSet<>();
        api.send(Call.get("nodes", host, "capabilities", "qemu", what))
                .forEach(entry -> names.add(Fields.text(entry, field)));
        return names;
    }

    /** A VMID that is free now. */
    public int freeVmid() {
        String text = Fields.scalar(api.send(Call.get("cluster", "nextid")));
        if (!text.matches("\\d{3,9}")) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER, "cluster/nextid answered \"" + text + "\", which is no VMID", false, null, null, null);
        }
        return Integer.parseInt(text);
    }

    /** Whether no VM or container of the cluster has this VMID now, whatever the account may see. */
    public boolean isFree(int vmid) {
        try {
            api.send(Call.get("cluster", "nextid").with("vmid", Integer.toString(vmid)));
            return true;
        } catch (ApiException e) {
            if (e.status() == 400 && ErrorTexts.takenVmid(e.text())) {
                return false;
            }
            throw e;
        }
    }
}
