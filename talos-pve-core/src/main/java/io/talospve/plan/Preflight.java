package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.Hypervisor.DeviceKind;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.PlannedCall;
import io.talospve.spi.PlannedCall.CreateVm;
import io.talospve.spi.PlannedCall.DownloadImage;
import io.talospve.spi.PrivilegeGap;
import io.talospve.spi.VmDisk;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Looks whether the machines that are to be created can be, where they are to be created: version, hosts and their size,
 * storages and their space, bridges, devices, pools, kinds of CPU and machine, privileges. All findings at once.
 */
final class Preflight {
    /** Older ones say why they refuse in a place that Java's HTTP client does not show. */
    private static final Version OLDEST = new Version(8, 4);

    /** The newest that this version of the library was tried with. */
    private static final Version NEWEST = new Version(9, 2);

    /** What a machine writes before it is of any use. */
    private static final long FIRST_USE_MIB = 4096;

    /** Names of machine types that every host understands. */
    private static final Set<String> MACHINE_ALIASES = Set.of("q35", "pc");

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
     * Asks hosts for their storages; those that are away or unknown are left out.
     *
     * @param hosts the hosts that new machines may go to; the one that fetches the image is asked too
     * @return the storages by host
     */
    Map<String, List<DatastoreInfo>> survey(Collection<String> hosts) {
        Set<String> asked = new TreeSet<>(hosts);
        asked.add(cluster.datastore().node());
        for (String host : asked) {
            if (host(host).filter(HostInfo::online).isPresent()) {
                ask(host, "its storages", () -> hypervisor.datastores(host))
                        .ifPresent(found -> datastores.put(host, found));
            }
        }
        return datastores;
    }

    /** Adds what somebody else has found. */
    void finding(String text) {
        findings.add(text);
    }

    /**
     * Checks everything, after {@link #survey}.
     *
     * @param missing the machines to create, with their hosts
     * @param imageFiles names of the files of the images they boot from
     * @throws RefusedException with all findings
     */
    void check(List<MachinePlan> missing, Set<String> imageFiles) {
        checkVersion();
        Map<String, List<MachinePlan>> byHost = missing.stream()
                .collect(Collectors.groupingBy(MachinePlan::host, TreeMap::new, Collectors.toList()));
        Set<String> needed = new TreeSet<>(byHost.keySet());
        needed.add(cluster.datastore().node());
        for (String name : needed) {
            Optional<HostInfo> host = host(name);
            if (host.isEmpty()) {
                findings.add("Proxmox VE has no host " + name + "; it has "
                        + info.hosts().stream().map(HostInfo::name).sorted().toList());
            } else if (!host.get().online()) {
                findings.add("host " + name + " is offline");
            } else {
                if (name.equals(cluster.datastore().node())) {
                    checkDatastore(name, cluster.datastore().id(), cluster.image().mode().contentType());
                }
                checkHost(host.get(), byHost.getOrDefault(name, List.of()));
            }
        }
        if (imageDatastore().filter(images -> !images.shared()).isPresent()) {
            byHost.keySet().stream()
                    .filter(host -> datastores.containsKey(host) && !host.equals(cluster.datastore().node()))
                    .forEach(host -> checkDatastore(host, cluster.datastore().id(), "iso"));
        }
        checkSpace(missing);
        checkPools(missing);
        checkPrivileges(missing, imageFiles);
        if (!findings.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "the datacenter does not have what the spec asks for:\n  " + String.join("\n  ", findings),
                    "Correct the spec, or make it so in Proxmox VE.");
        }
    }

    private void checkHost(HostInfo host, List<MachinePlan> machines) {
        if (machines.isEmpty()) {
            return;
        }
        stores(machines).forEach(store -> checkDatastore(host.name(), store, "images"));
        checkSizes(host, machines);
        checkBridges(host.name(), machines);
        checkDevices(host.name(), machines);
        checkTypes(host.name(), machines);
    }

    private Optional<HostInfo> host(String name) {
        return info.hosts().stream().filter(known -> known.name().equals(name)).findFirst();
    }

    /** Asks something that is left out, with a note, where it cannot be asked. */
    private <T> Optional<T> ask(String subject, String what, Supplier<T> call) {
        try {
            return Optional.of(reads.ask(subject + ": " + what, call));
        } catch (RemoteException e) {
            notes.add(new Note(Note.Kind.WARNING, subject, what + " could not be checked: " + e.getMessage()));
            return Optional.empty();
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
    private void checkSizes(HostInfo host, List<MachinePlan> machines) {
        int cores = machines.stream().mapToInt(MachinePlan::cores).max().orElse(0);
        long largest = machines.stream().mapToLong(MachinePlan::memoryMiB).max().orElse(0);
        long together = machines.stream().mapToLong(MachinePlan::memoryMiB).sum();
        if (host.cpus() > 0 && cores > host.cpus()) {
            findings.add("host " + host.name() + " has " + host.cpus() + " CPUs, a machine needs " + cores);
        }
        if (host.memoryMiB() > 0 && largest > host.memoryMiB()) {
            findings.add("host " + host.name() + " has " + host.memoryMiB() + " MiB of memory, a machine needs " + largest
                    + " MiB");
        } else if (host.memoryMiB() > 0 && together > host.freeMemoryMiB()) {
            notes.add(new Note(
                    Note.Kind.WARNING,
                    host.name(),
                    "it has " + host.freeMemoryMiB() + " MiB of memory free, its new machines need " + together + " MiB"));
        }
    }

    /** Most storages are thin: what is asked for may be more than there is, what is needed at once may not. */
    private void checkSpace(List<MachinePlan> missing) {
        Map<String, Space> spaces = new TreeMap<>();
        for (MachinePlan machine : missing) {
            for (String id : stores(List.of(machine))) {
                Optional<DatastoreInfo> found = datastore(machine.host(), id)
                        .filter(store -> store.active() && store.totalMiB() > 0);
                found.ifPresent(store -> {
                    String where = store.shared() ? store.name() : store.name() + " on " + machine.host();
                    long size = machine.disks().stream()
                            .filter(disk -> disk.datastore().equals(id))
                            .mapToLong(disk -> disk.sizeGiB() * 1024)
                            .sum();
                    spaces.computeIfAbsent(where, name -> new Space(store.freeMiB())).add(size);
                });
            }
        }
        spaces.forEach((where, space) -> {
            if (space.free < space.atOnce) {
                findings.add("datastore " + where + " has " + space.free + " MiB free, the new machines need at least "
                        + space.atOnce + " MiB at once");
            } else if (space.free < space.whole) {
                notes.add(new Note(
                        Note.Kind.WARNING,
                        where,
                        space.free / 1024 + " GiB are free, the disks of the new machines may grow to " + space.whole / 1024
                                + " GiB"));
            }
        });
    }

    /** What new machines need of one storage. */
    private static final class Space {
        final long free;
        long atOnce;
        long whole;

        Space(long free) {
            this.free = free;
        }

        void add(long size) {
            atOnce += Math.min(FIRST_USE_MIB, size);
            whole += size;
        }
    }

    private static Set<String> stores(List<MachinePlan> machines) {
        Set<String> stores = new TreeSet<>();
        for (MachinePlan machine : machines) {
            machine.disks().stream().map(VmDisk::datastore).forEach(stores::add);
            if (machine.vm().uefi() || machine.vm().tpm()) {
                machine.vm().firmwareDatastore().ifPresent(stores::add);
            }
        }
        return stores;
    }

    private void checkPools(List<MachinePlan> missing) {
        Set<String> wanted = all(missing, machine -> machine.vm().pool().stream().toList());
        if (wanted.isEmpty()) {
            return;
        }
        ask("pools", "whether they exist", hypervisor::pools).flatMap(Function.identity()).ifPresent(pools -> {
            wanted.removeAll(pools);
            wanted.forEach(pool -> findings.add("Proxmox VE has no pool " + pool + "; it has " + new TreeSet<>(pools)));
        });
    }

    private void checkPrivileges(List<MachinePlan> missing, Set<String> imageFiles) {
        String images = cluster.datastore().id();
        List<PlannedCall> creations = new ArrayList<>();
        missing.stream().map(this::creation).distinct().forEach(creations::add);
        List<PlannedCall> all = new ArrayList<>(creations);
        all.add(new DownloadImage(cluster.datastore().node(), images));
        Optional<List<PrivilegeGap>> gaps =
                ask("privileges", "what the account may do", () -> hypervisor.missingPrivileges(all));
        if (gaps.filter(found -> !found.isEmpty()).isPresent() && hasImages(imageFiles)) {
            gaps = ask("privileges", "what the account may do", () -> hypervisor.missingPrivileges(creations));
        }
        gaps.ifPresent(found -> found.forEach(gap -> findings.add("the account lacks " + gap)));
    }

    private PlannedCall creation(MachinePlan machine) {
        return new CreateVm(
                machine.vm().pool(),
                stores(List.of(machine)),
                cluster.datastore().id(),
                machine.nics().stream()
                        .map(nic -> nic.network().attachedTo()
                                + nic.network().nic().vlan().map(tag -> "/" + tag).orElse(""))
                        .collect(Collectors.toSet()),
                Set.copyOf(machine.vm().pciMappings()),
                Set.copyOf(machine.vm().usbMappings()),
                machine.vm().startup().isPresent());
    }

    private boolean hasImages(Set<String> imageFiles) {
        String host = cluster.datastore().node();
        return reads.ask("the images on " + host, () -> hypervisor.images(host, cluster.datastore().id(), cluster.image().mode()))
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

    private void checkDatastore(String host, String id, String content) {
        if (!datastores.containsKey(host)) {
            return;
        }
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

    private void checkBridges(String host, List<MachinePlan> machines) {
        Set<String> wanted = all(machines, machine -> machine.nics().stream()
                .map(nic -> nic.network().attachedTo())
                .toList());
        ask(host, "its bridges", () -> hypervisor.bridges(host)).ifPresent(bridges -> {
            wanted.removeAll(bridges);
            if (!wanted.isEmpty()) {
                findings.add("host " + host + " has no bridge " + String.join(", ", wanted) + "; it has "
                        + new TreeSet<>(bridges));
            }
        });
    }

    private void checkDevices(String host, List<MachinePlan> machines) {
        for (DeviceKind kind : DeviceKind.values()) {
            Set<String> wanted = all(
                    machines,
                    machine -> kind == DeviceKind.PCI ? machine.vm().pciMappings() : machine.vm().usbMappings());
            if (!wanted.isEmpty()) {
                ask(host, "its devices", () -> hypervisor.mappings(kind, host))
                        .flatMap(Function.identity())
                        .ifPresent(known -> {
                            wanted.removeAll(known);
                            wanted.forEach(name -> findings.add("host " + host + " has no device in the " + kind
                                    + " mapping " + name + "; it has devices in " + new TreeSet<>(known)));
                        });
            }
        }
    }

    /** {@code host} is every host's, and so are the machine types without a version. */
    private void checkTypes(String host, List<MachinePlan> machines) {
        Set<String> cpus = all(machines, machine -> List.of(machine.vm().cpuType()));
        cpus.remove("host");
        if (!cpus.isEmpty()) {
            ask(host, "its CPU types", () -> hypervisor.cpuTypes(host)).flatMap(Function.identity()).ifPresent(known -> {
                cpus.removeAll(known);
                cpus.forEach(cpu -> findings.add("host " + host + " knows no CPU type " + cpu));
            });
        }
        Set<String> types = all(machines, machine -> machine.vm().machine().stream().toList());
        types.removeAll(MACHINE_ALIASES);
        if (!types.isEmpty()) {
            ask(host, "its machine types", () -> hypervisor.machineTypes(host))
                    .flatMap(Function.identity())
                    .ifPresent(known -> {
                        types.removeAll(known);
                        types.forEach(type -> findings.add("host " + host + " knows no machine type " + type));
                    });
        }
    }

    private static Set<String> all(List<MachinePlan> machines, Function<MachinePlan, List<String>> of) {
        return machines.stream().flatMap(machine -> of.apply(machine).stream()).collect(Collectors.toCollection(TreeSet::new));
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
