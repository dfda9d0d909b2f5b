package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.Host;
import io.talospve.spec.Network;
import io.talospve.spec.NodeSize;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.PlannedCall;
import io.talospve.spi.PlannedCall.CreateVm;
import io.talospve.spi.PlannedCall.DownloadIso;
import io.talospve.spi.PrivilegeGap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks whether what is to be created can be: version, hosts and their size, storages and their space, bridges,
 * privileges. All findings at once.
 */
final class Preflight {
    /** Older ones say why they refuse in a place that Java's HTTP client does not show. */
    private static final Version OLDEST = new Version(8, 4);

    /** The newest that this version of the library was tried with. */
    private static final Version NEWEST = new Version(9, 2);

    /** What a machine writes before it is of any use. */
    private static final long FIRST_USE_MIB = 4096;

    private final Hypervisor hypervisor;
    private final HypervisorInfo info;
    private final TalosCluster cluster;
    private final Reads reads;
    private final List<String> findings = new ArrayList<>();
    private final List<Note> notes = new ArrayList<>();
    private final Map<String, List<DatastoreInfo>> datastores = new TreeMap<>();

    Preflight(Hypervisor hypervisor, HypervisorInfo info, TalosCluster cluster, Reads reads) {
        this.hypervisor = hypervisor;
        this.info = info;
        this.cluster = cluster;
        this.reads = reads;
    }

    /**
     * Checks everything for new machines on some hosts.
     *
     * @param missing the machines to create
     * @param hosts the hosts that may get one
     * @param imageFiles names of the files of the images they boot from
     */
    void check(List<AssignedNode> missing, Collection<String> hosts, Set<String> imageFiles) {
        checkVersion();
        Set<String> needed = new TreeSet<>(hosts);
        needed.add(cluster.datastore().node());
        for (String name : needed) {
            Optional<HostInfo> host =
                    info.hosts().stream().filter(known -> known.name().equals(name)).findFirst();
            if (host.isEmpty()) {
                findings.add("Proxmox VE has no host " + name + "; it has "
                        + info.hosts().stream().map(HostInfo::name).sorted().toList());
            } else if (!host.get().online()) {
                findings.add("host " + name + " is offline");
            } else {
                checkDatastores(name, hosts.contains(name));
                if (hosts.contains(name)) {
                    checkSizes(host.get(), missing);
                    checkSpace(name, missing);
                    checkBridges(name, missing);
                }
            }
        }
        if (imageDatastore().filter(images -> !images.shared()).isPresent()) {
            hosts.stream()
                    .filter(host -> datastores.containsKey(host) && !host.equals(cluster.datastore().node()))
                    .forEach(host -> checkDatastore(host, cluster.datastore().id(), "iso"));
        }
        checkPrivileges(missing, hosts, imageFiles);
        if (!findings.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "the datacenter does not have what the spec asks for:\n  " + String.join("\n  ", findings),
                    "Correct the spec, or make it so in Proxmox VE.");
        }
    }

    private void checkVersion() {
        Optional<Version> version = Version.of(info.version());
        if (version.filter(found -> found.compareTo(OLDEST) < 0).isPresent()) {
            findings.add("Proxmox VE " + info.version() + " is too old: " + OLDEST + " or later is needed");
        } else if (version.filter(found -> found.compareTo(NEWEST) > 0).isPresent()) {
            notes.add(new Note(
                    Note.Kind.WARNING,
                    "Proxmox VE " + info.version(),
                    "it is newer than " + NEWEST + ", the last that this version of talos-pve was tried with"));
        }
    }

    /** A machine that is larger than its host is refused by Proxmox only when it starts. */
    private void checkSizes(HostInfo host, List<AssignedNode> missing) {
        for (NodeSize size : sizes(missing, host.name())) {
            if (host.cpus() > 0 && size.cpu() > host.cpus()) {
                findings.add("host " + host.name() + " has " + host.cpus() + " CPUs, a machine needs " + size.cpu());
            }
            if (host.memoryMiB() > 0 && size.memory() > host.memoryMiB()) {
                findings.add("host " + host.name() + " has " + host.memoryMiB() + " MiB of memory, a machine needs "
                        + size.memory() + " MiB");
            } else if (host.memoryMiB() > 0 && size.memory() > host.freeMemoryMiB()) {
                notes.add(new Note(
                        Note.Kind.WARNING,
                        host.name(),
                        "it has " + host.freeMemoryMiB() + " MiB of memory free, a machine needs " + size.memory()
                                + " MiB"));
            }
        }
    }

    /** Most storages are thin: what is asked for may be more than there is, what is needed at once may not. */
    private void checkSpace(String host, List<AssignedNode> missing) {
        Optional<DatastoreInfo> found = disks(host).flatMap(id -> datastore(host, id));
        if (found.filter(store -> store.active() && store.totalMiB() > 0).isEmpty()) {
            return;
        }
        DatastoreInfo store = found.get();
        long largest = sizes(missing, host).stream()
                .mapToLong(size -> (size.osDisk() + size.dataDisk().orElse(0)) * 1024L)
                .max()
                .orElse(0);
        if (largest > 0 && store.freeMiB() < Math.min(FIRST_USE_MIB, largest)) {
            findings.add("datastore " + store.name() + " on " + host + " has " + store.freeMiB()
                    + " MiB free, a machine needs at least " + Math.min(FIRST_USE_MIB, largest) + " MiB at once");
        } else if (store.freeMiB() < largest) {
            notes.add(new Note(
                    Note.Kind.WARNING,
                    store.name() + " on " + host,
                    store.freeMiB() / 1024 + " GiB are free, the disks of one machine may grow to " + largest / 1024
                            + " GiB"));
        }
    }

    private List<NodeSize> sizes(List<AssignedNode> missing, String host) {
        return missing.stream()
                .filter(node -> node.node().pool().hostPool().contains(host))
                .map(node -> cluster.sizes().get(node.node().spec().size()))
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    private void checkPrivileges(List<AssignedNode> missing, Collection<String> hosts, Set<String> imageFiles) {
        Set<String> stores = new TreeSet<>();
        hosts.forEach(host -> disks(host).ifPresent(stores::add));
        Set<String> bridges = new TreeSet<>();
        missing.forEach(node -> node.node().spec().networks().stream().map(Network::attachedTo).forEach(bridges::add));
        String images = cluster.datastore().id();
        try {
            PlannedCall create = new CreateVm(Optional.empty(), stores, images, bridges);
            PlannedCall download = new DownloadIso(cluster.datastore().node(), images);
            List<PrivilegeGap> gaps = missing(List.of(create, download));
            if (!gaps.isEmpty() && hasImages(imageFiles)) {
                gaps = missing(List.of(create));
            }
            gaps.forEach(gap -> findings.add("the account lacks " + gap));
        } catch (RemoteException e) {
            notes.add(new Note(
                    Note.Kind.WARNING, "privileges", "what the account may do could not be checked: " + e.getMessage()));
        }
    }

    private List<PrivilegeGap> missing(List<PlannedCall> calls) {
        return reads.ask("the account's privileges", () -> hypervisor.missingPrivileges(calls));
    }

    private boolean hasImages(Set<String> imageFiles) {
        String host = cluster.datastore().node();
        return reads.ask("the images on " + host, () -> hypervisor.isos(host, cluster.datastore().id()))
                .containsAll(imageFiles);
    }

    List<Note> notes() {
        return notes;
    }

    /** The image's storage as the host that fetches the image sees it. */
    Optional<DatastoreInfo> imageDatastore() {
        return datastore(cluster.datastore().node(), cluster.datastore().id());
    }

    /** Storages that are the same on all hosts. */
    Set<String> sharedDatastores() {
        Set<String> result = new TreeSet<>();
        datastores.values().forEach(
                all -> all.stream().filter(DatastoreInfo::shared).map(DatastoreInfo::name).forEach(result::add));
        return result;
    }

    private Optional<DatastoreInfo> datastore(String host, String id) {
        return datastores.getOrDefault(host, List.of()).stream()
                .filter(datastore -> datastore.name().equals(id))
                .findFirst();
    }

    /** The storage for disks of machines on a host. */
    private Optional<String> disks(String host) {
        return cluster.hostPool().stream()
                .filter(pool -> pool.name().equals(host))
                .map(Host::datastoreId)
                .findFirst();
    }

    private void checkDatastores(String host, boolean carriesMachines) {
        try {
            datastores.put(host, reads.ask("the storages of " + host, () -> hypervisor.datastores(host)));
        } catch (RemoteException e) {
            notes.add(new Note(Note.Kind.WARNING, host, "its storages could not be checked: " + e.getMessage()));
            return;
        }
        if (host.equals(cluster.datastore().node())) {
            checkDatastore(host, cluster.datastore().id(), "iso");
        }
        if (carriesMachines) {
            disks(host).ifPresent(id -> checkDatastore(host, id, "images"));
        }
    }

    private void checkDatastore(String host, String id, String content) {
        Optional<DatastoreInfo> found = datastore(host, id);
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
            bridges = reads.ask("the bridges of " + host, () -> hypervisor.bridges(host));
        } catch (RemoteException e) {
            notes.add(new Note(Note.Kind.WARNING, host, "its bridges could not be checked: " + e.getMessage()));
            return;
        }
        Set<String> wanted = new TreeSet<>();
        missing.forEach(node -> node.node().spec().networks().stream().map(Network::attachedTo).forEach(wanted::add));
        wanted.removeAll(bridges);
        if (!wanted.isEmpty()) {
            findings.add("host " + host + " has no bridge " + String.join(", ", wanted) + "; it has "
                    + new TreeSet<>(bridges));
        }
    }

    /** Major and minor number of a version. */
    private record Version(int major, int minor) implements Comparable<Version> {
        private static final Pattern FORM = Pattern.compile("(\\d{1,3})\\.(\\d{1,3}).*");

        static Optional<Version> of(String text) {
            Matcher match = FORM.matcher(text);
            return match.matches()
                    ? Optional.of(new Version(Integer.parseInt(match.group(1)), Integer.parseInt(match.group(2))))
                    : Optional.empty();
        }

        @Override
        public int compareTo(Version other) {
            return major != other.major ? Integer.compare(major, other.major) : Integer.compare(minor, other.minor);
        }

        @Override
        public String toString() {
            return major + "." + minor;
        }
    }
}
