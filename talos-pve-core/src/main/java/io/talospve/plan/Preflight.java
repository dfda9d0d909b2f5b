package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.Host;
import io.talospve.spec.Network;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.PlannedCall;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Looks whether what is to be created can be: hosts, storages, bridges, privileges. All findings at once. */
final class Preflight {
    private final Hypervisor hypervisor;
    private final HypervisorInfo info;
    private final TalosCluster cluster;
    private final List<String> findings = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private final Map<String, List<DatastoreInfo>> datastores = new TreeMap<>();

    Preflight(Hypervisor hypervisor, HypervisorInfo info, TalosCluster cluster) {
        this.hypervisor = hypervisor;
        this.info = info;
        this.cluster = cluster;
    }

    /** Checks everything for new machines on some hosts. */
    void check(List<AssignedNode> missing, Collection<String> hosts) {
        Set<String> online = new TreeSet<>();
        for (HypervisorInfo.HostInfo host : info.hosts()) {
            if (host.online()) {
                online.add(host.name());
            }
        }
        Set<String> needed = new TreeSet<>(hosts);
        needed.add(cluster.datastore().node());
        for (String host : needed) {
            if (info.hosts().stream().noneMatch(known -> known.name().equals(host))) {
                findings.add("Proxmox VE has no host " + host + "; it has "
                        + info.hosts().stream().map(HypervisorInfo.HostInfo::name).sorted().toList());
            } else if (!online.contains(host)) {
                findings.add("host " + host + " is offline");
            } else {
                checkDatastores(host, hosts.contains(host));
                if (hosts.contains(host)) {
                    checkBridges(host, missing);
                }
            }
        }
        checkPrivileges(missing);
        if (!findings.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "the datacenter does not have what the spec asks for:\n  " + String.join("\n  ", findings),
                    "Correct the spec, or make it so in Proxmox VE.");
        }
    }

    List<Note> notes() {
        return notes;
    }

    /** The image's storage as the host that fetches the image sees it. */
    Optional<DatastoreInfo> imageDatastore() {
        return datastores.getOrDefault(cluster.datastore().node(), List.of()).stream()
                .filter(datastore -> datastore.name().equals(cluster.datastore().id()))
                .findFirst();
    }

    private void checkPrivileges(List<AssignedNode> missing) {
        Set<String> bridges = new TreeSet<>();
        missing.forEach(node -> node.node().spec().networks().stream().map(Network::bridge).forEach(bridges::add));
        Set<String> disks = cluster.hostPool().stream().map(Host::datastoreId).collect(Collectors.toSet());
        List<PlannedCall> calls = List.of(
                new PlannedCall.CreateVm(Optional.empty(), disks, cluster.datastore().id(), bridges),
                new PlannedCall.DownloadIso(
                        cluster.datastore().node(), cluster.datastore().id()));
        try {
            hypervisor.missingPrivileges(calls).forEach(gap -> findings.add("the account lacks " + gap));
        } catch (RemoteException e) {
            notes.add(new Note(Note.Kind.WARNING, "", "privileges could not be checked: " + e.getMessage()));
        }
    }

    private void checkDatastores(String host, boolean carriesMachines) {
        try {
            datastores.put(host, hypervisor.datastores(host));
        } catch (RemoteException e) {
            notes.add(new Note(Note.Kind.WARNING, host, "its storages could not be checked: " + e.getMessage()));
            return;
        }
        if (host.equals(cluster.datastore().node())) {
            checkDatastore(host, cluster.datastore().id(), "iso");
        }
        if (carriesMachines) {
            cluster.hostPool().stream()
                    .filter(pool -> pool.name().equals(host))
                    .map(Host::datastoreId)
                    .findFirst()
                    .ifPresent(id -> checkDatastore(host, id, "images"));
        }
    }

    private void checkDatastore(String host, String id, String content) {
        Optional<DatastoreInfo> found = datastores.get(host).stream()
                .filter(datastore -> datastore.name().equals(id))
                .findFirst();
        if (found.isEmpty()) {
            findings.add("host " + host + " has no datastore " + id + "; it has "
                    + datastores.get(host).stream().map(DatastoreInfo::name).sorted().toList());
        } else if (!found.get().content().contains(content)) {
            findings.add("datastore " + id + " on " + host + " does not take content \"" + content + "\", only "
                    + found.get().content().stream().sorted().toList());
        } else if (!found.get().active()) {
            findings.add("datastore " + id + " on " + host + " is not active");
        }
    }

    private void checkBridges(String host, List<AssignedNode> missing) {
        Set<String> bridges;
        try {
            bridges = hypervisor.bridges(host);
        } catch (RemoteException e) {
            notes.add(new Note(Note.Kind.WARNING, host, "its bridges could not be checked: " + e.getMessage()));
            return;
        }
        Set<String> wanted = new TreeSet<>();
        missing.forEach(node -> node.node().spec().networks().stream().map(Network::bridge).forEach(wanted::add));
        wanted.removeAll(bridges);
        if (!wanted.isEmpty()) {
            findings.add("host " + host + " has no bridge " + String.join(", ", wanted) + "; it has "
                    + new TreeSet<>(bridges));
        }
    }
}
