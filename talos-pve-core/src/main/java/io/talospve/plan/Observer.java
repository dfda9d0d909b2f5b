package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.error.TalosPveException;
import io.talospve.plan.StepWork.CredentialKind;
import io.talospve.spec.Host;
import io.talospve.spec.Network;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.CertificateEnd;
import io.talospve.spi.ClusterPki;
import io.talospve.spi.HaGroup;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.ImageFactory;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.spi.MachineView;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.PlannedCall;
import io.talospve.spi.PrivilegeGap;
import io.talospve.spi.SecretSink;
import io.talospve.spi.Services;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TimeSource;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDetails.StaticAddress;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterStore;
import io.talospve.store.Credentials;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Asks Proxmox VE, the machines, the store and the sinks what is there. Reads only. Thread-safe. */
final class Observer {
    private static final Duration ACCESS_LIFETIME = Duration.ofHours(1);
    /** Credentials that end sooner are issued anew. */
    private static final Duration CREDENTIALS_MARGIN = Duration.ofDays(30);
    /** Replacing a CA takes preparation. */
    private static final Duration CA_MARGIN = Duration.ofDays(180);
    /** What a sink has is asked to plan no more than needed: a plan can be made without its answer. */
    private static final Duration SINK_PATIENCE = Duration.ofSeconds(10);

    private final Hypervisor hypervisor;
    private final TalosApi talos;
    private final ClusterPki pki;
    private final ImageFactory images;
    private final ClusterStore store;
    private final List<SecretSink> sinks;
    private final TimeSource time;

    /**
     * An observer.
     *
     * @param services what is asked
     * @param time tells which certificates end soon
     */
    Observer(Services services, TimeSource time) {
        this.time = time;
        hypervisor = services.hypervisor();
        talos = services.talos();
        pki = services.pki();
        images = services.images();
        store = services.store();
        sinks = services.sinks();
    }

    /**
     * What is there of a cluster, to plan an apply.
     *
     * @param cluster the spec
     * @param placement where new machines will go, which is looked at more closely
     * @param reads how it is asked
     * @throws RefusedException if what is there contradicts the store, or what is to be created cannot be
     */
    Observed observe(TalosCluster cluster, PlacementStrategy placement, Reads reads) {
        return new Observation(cluster, reads).forApply(placement);
    }

    /**
     * What is there of a cluster, to plan its removal.
     *
     * @param reads how it is asked
     * @throws RefusedException if what is there contradicts the store
     */
    Observed observeForDestroy(TalosCluster cluster, Reads reads) {
        return new Observation(cluster, reads).forDestroy();
    }

    /** One look at the world. */
    private final class Observation {
        private final TalosCluster cluster;
        private final Reads reads;
        private final ClusterEntry entry;
        private final Optional<ClusterRecord> record;
        private final Optional<String> osCa;
        private final Map<String, Allocation> allocations;
        private final HypervisorInfo info;
        private final List<VmSummary> vms;
        private final List<Note> notes = new ArrayList<>();

        Observation(TalosCluster cluster, Reads reads) {
            this.cluster = cluster;
            this.reads = reads;
            entry = store.open(cluster.name());
            record = entry.record();
            osCa = entry.secrets().load().map(pki::osCaFingerprint);
            allocations = Allocation.inForce(entry.journal().entries());
            info = reads.ask("the Proxmox VE cluster", hypervisor::info);
            vms = reads.ask("the list of virtual machines", hypervisor::vms);
            record.filter(known -> !known.proxmoxCluster().equals(info.clusterName())).ifPresent(known -> {
                throw new RefusedException(
                        ErrorCode.STORE_MISMATCH,
                        "the store says that cluster " + cluster.name() + " lives in Proxmox cluster "
                                + known.proxmoxCluster() + ", but this is " + info.clusterName(),
                        "Check the Proxmox endpoint and the store's directory.");
            });
        }

        Observed forApply(PlacementStrategy placement) {
            List<AssignedNode> nodes = AssignedNode.assign(cluster, record);
            Set<String> wanted = nodes.stream().map(AssignedNode::name).collect(Collectors.toSet());
            Map<String, VmDetails> ours = ours(wanted);
            refuseUnseen(wanted, ours.keySet());
            Optional<TalosAccess> access =
                    entry.secrets().load().map(bundle -> pki.access(bundle, ACCESS_LIFETIME));
            DayZeroHistory dayZero = DayZeroHistory.of(entry.journal().entries());
            Observed.Builder world = basics()
                    .machines(views(nodes, ours, access.orElse(null)))
                    .manifestsGiven(dayZero.given())
                    .dayZeroAwaited(dayZero.awaited());
            List<AssignedNode> missing =
                    nodes.stream().filter(node -> !ours.containsKey(node.name())).toList();
            images(world, nodes, missing, placement);
            highAvailability(world, nodes, ours);
            credentials(world);
            return world.notes(notes).build();
        }

        Observed forDestroy() {
            Map<String, VmDetails> ours = ours(Set.of());
            refuseForeignCa(ours.values());
            refuseUnseen(allocations.keySet(), ours.keySet());
            Observed.Builder world = basics();
            world.highlyAvailable(highlyAvailable(ours.values()));
            ours.forEach((name, vm) ->
                    world.putMachines(name, new Observed.Machine(vm, new MachineView.Unreachable("not asked"))));
            Set<String> sharedDatastores = reads
                    .ask(
                            "the storages of " + cluster.datastore().node(),
                            () -> hypervisor.datastores(cluster.datastore().node()))
                    .stream()
                    .filter(DatastoreInfo::shared)
                    .map(DatastoreInfo::name)
                    .collect(Collectors.toSet());
            world.sharedDatastores(sharedDatastores);
            Map<String, Set<String>> deletable =
                    new TreeMap<>(imagesOnHosts(imageHosts(ours.values(), sharedDatastores)));
            Map<String, Set<String>> users = imageUsers(ours);
            users.forEach((file, names) -> {
                if (deletable.remove(file) != null) {
                    notes.add(new Note(
                            Note.Kind.UNTOUCHED,
                            file,
                            "the image stays: it is also used by " + String.join(", ", names)));
                }
            });
            return world.imagesOnHosts(deletable).notes(notes).build();
        }

        private Observed.Builder basics() {
            return Observed.builder()
                    .hypervisor(info)
                    .usedVmids(vms.stream().map(vm -> vm.ref().vmid()).collect(Collectors.toSet()))
                    .allocatedHosts(allocations.values().stream()
                            .collect(Collectors.toMap(Allocation::node, allocation -> allocation.ref().host())))
                    .record(record)
                    .osCa(osCa);
        }

        /** Machines that are ours, by name; refuses where the mark and the world contradict each other. */
        private Map<String, VmDetails> ours(Set<String> wanted) {
            List<VmSummary> candidates = new ArrayList<>();
            Set<Integer> allocated =
                    allocations.values().stream().map(a -> a.ref().vmid()).collect(Collectors.toSet());
            for (VmSummary vm : vms) {
                if (wanted.contains(vm.name())
                        || vm.name().startsWith(cluster.name() + "-")
                        || vm.tags().contains(cluster.name())
                        || allocated.contains(vm.ref().vmid())) {
                    candidates.add(vm);
                }
            }
            Map<String, VmDetails> result = new TreeMap<>();
            List<Refusal> refusals = new ArrayList<>();
            candidates.sort(Comparator.comparingInt(vm -> vm.ref().vmid()));
            for (Optional<VmDetails> found : reads.askEach("virtual machines", candidates, hypervisor::vm)) {
                found.ifPresent(vm -> sort(vm, wanted, result, refusals));
            }
            if (!refusals.isEmpty()) {
                throw new RefusedException(
                        refusals.get(0).code(),
                        refusals.stream().map(Refusal::text).collect(Collectors.joining("\n")),
                        refusals.stream().map(Refusal::hint).distinct().collect(Collectors.joining("\n")));
            }
            checkAgainstStore(result.values());
            return result;
        }

        private Optional<String> address(Optional<AssignedNode> node, VmDetails vm) {
            int nic = node.map(found -> found.node().spec())
                    .flatMap(spec -> spec.primary().map(spec.networks()::indexOf))
                    .orElse(0);
            return node.flatMap(found -> AssignedNode.address(found.node()))
                    .or(() -> MachineAddresses.learned(
                            hypervisor, vm, nic, cluster.vip().stream().toList()));
        }

        private void sort(VmDetails vm, Set<String> wanted, Map<String, VmDetails> ours, List<Refusal> refusals) {
            Optional<Mark> mark = Mark.find(vm.description()).filter(m -> m.cluster().equals(cluster.name()));
            Optional<Allocation> made = allocations.values().stream()
                    .filter(a -> a.ref().vmid() == vm.ref().vmid() && vm.uuid().filter(a.uuid()::equals).isPresent())
                    .findFirst();
            if (made.isPresent() && !marked(mark, made.get())) {
                // Taking it for a stranger would make a second machine of this name.
                refusals.add(new Refusal(
                        ErrorCode.COPIED_MARK,
                        vm.ref() + " (" + vm.name() + ") was made as " + made.get().node()
                                + ", as VMID and UUID prove, but its mark was removed or edited",
                        "Make this the last line of the description of " + vm.ref() + " again:\n"
                                + restored(made.get()).line()));
            } else if (mark.isEmpty()) {
                if (wanted.contains(vm.name())) {
                    refusals.add(new Refusal(
                            ErrorCode.NAME_TAKEN,
                            vm.ref() + " is named " + vm.name()
                                    + " as a machine of this cluster, but does not carry its mark",
                            "Rename or remove " + vm.ref() + ", or name the machine otherwise in the spec."));
                } else {
                    notes.add(new Note(Note.Kind.UNTOUCHED, vm.name(), vm.ref() + " is not of this cluster"));
                }
            } else if (!mark.get().belongsTo(vm)) {
                refusals.add(new Refusal(
                        ErrorCode.COPIED_MARK,
                        vm.ref() + " (" + vm.name() + ") carries a copy of the mark of " + mark.get().node()
                                + " (vmid " + mark.get().vmid() + ", uuid " + mark.get().uuid()
                                + "): it is a clone or a restored backup",
                        "Take the last line (talos-pve: …) out of the description of " + vm.ref()
                                + " to make it a stranger, or remove it; a backup restored in place of a lost machine"
                                + " needs its old VMID."));
            } else if (ours.putIfAbsent(mark.get().node(), vm) != null) {
                refusals.add(new Refusal(
                        ErrorCode.COPIED_MARK,
                        vm.ref() + " and " + ours.get(mark.get().node()).ref() + " both are " + mark.get().node(),
                        "Decide which one is the machine, and remove the other."));
            }
        }

        private boolean marked(Optional<Mark> mark, Allocation made) {
            return mark.filter(found -> found.node().equals(made.node())
                            && found.vmid() == made.ref().vmid()
                            && found.uuid().equals(made.uuid()))
                    .isPresent();
        }

        /** The mark as it was written when the machine was made. */
        private Mark restored(Allocation made) {
            boolean controlPlane = record.stream()
                    .flatMap(known -> known.nodes().stream())
                    .anyMatch(node -> node.name().equals(made.node())
                            && node.pool().equals(NodeRole.CONTROL_PLANE.nameInfix()));
            return new Mark(
                    cluster.name(),
                    made.node(),
                    controlPlane ? NodeRole.CONTROL_PLANE : NodeRole.WORKER,
                    made.ref().vmid(),
                    made.uuid(),
                    osCa.orElse(""));
        }

        /** A machine that was made and is not seen may be on a host that is away: neither made again, nor forgotten. */
        private void refuseUnseen(Set<String> names, Set<String> seen) {
            List<String> away = info.hosts().stream()
                    .filter(host -> !host.online())
                    .map(HostInfo::name)
                    .sorted()
                    .toList();
            List<String> unseen = allocations.values().stream()
                    .filter(made -> names.contains(made.node()) && !seen.contains(made.node()))
                    .map(made -> made.node() + " (made as " + made.ref() + ")")
                    .toList();
            if (!away.isEmpty() && !unseen.isEmpty()) {
                throw new RefusedException(
                        ErrorCode.PLAN_REFUSED,
                        "no host that answers has " + String.join(", ", unseen) + "; "
                                + String.join(", ", away) + (away.size() == 1 ? " is" : " are")
                                + " offline and may have it",
                        "Bring the host back, or remove it from the Proxmox VE cluster if it is gone for good.");
            }
        }

        private void checkAgainstStore(Collection<VmDetails> ours) {
            if (ours.isEmpty()) {
                return;
            }
            if (osCa.isEmpty()) {
                throw new RefusedException(
                        ErrorCode.STORE_MISMATCH,
                        "there are machines of cluster " + cluster.name() + " (" + ours.iterator().next().ref()
                                + " …), but the store has no secrets of it",
                        "Use the store that they were made with. New secrets would lock you out of them.");
            }
            refuseForeignCa(ours);
        }

        private void refuseForeignCa(Collection<VmDetails> ours) {
            for (VmDetails vm : ours) {
                String ca = Mark.find(vm.description()).map(Mark::ca).orElse("");
                if (osCa.filter(ca::equals).isEmpty()) {
                    throw new RefusedException(
                            ErrorCode.STORE_MISMATCH,
                            vm.ref() + " (" + vm.name() + ") was made with other secrets (OS CA " + abbreviated(ca)
                                    + ") than the store has (" + osCa.map(this::abbreviated).orElse("none") + ")",
                            "Use the store that it was made with.");
                }
            }
        }

        private String abbreviated(String digest) {
            return digest.length() > 12 ? digest.substring(0, 12) + "…" : digest;
        }

        private Map<String, Observed.Machine> views(
                List<AssignedNode> nodes, Map<String, VmDetails> ours, @Nullable TalosAccess access) {
            Map<String, AssignedNode> byName = new TreeMap<>();
            nodes.forEach(node -> byName.put(node.name(), node));
            Map<String, Observed.Machine> result = new TreeMap<>();
            List<Map.Entry<String, VmDetails>> entries = List.copyOf(ours.entrySet());
            List<MachineView> views = reads.askEach("addresses of machines", entries, machine -> {
                if (!machine.getValue().running()) {
                    return new MachineView.Unreachable("it is stopped");
                }
                return address(Optional.ofNullable(byName.get(machine.getKey())), machine.getValue())
                        .map(at -> talos.look(MachineAddress.of(at), access, null))
                        .orElseGet(() -> new MachineView.Unreachable("its address is not known"));
            });
            for (int i = 0; i < entries.size(); i++) {
                result.put(
                        entries.get(i).getKey(),
                        new Observed.Machine(entries.get(i).getValue(), views.get(i)));
            }
            return result;
        }

        private void images(
                Observed.Builder world,
                List<AssignedNode> nodes,
                List<AssignedNode> missing,
                PlacementStrategy placement) {
            Map<WantedImage, BootImage> resolved = new LinkedHashMap<>();
            WantedImage.all(cluster).forEach(wanted -> resolved.put(wanted, BootImage.resolve(cluster, wanted, images, reads)));
            world.images(resolved);
            if (missing.isEmpty()) {
                return;
            }
            Set<String> candidates = new TreeSet<>();
            for (AssignedNode node : missing) {
                candidates.addAll(node.node().pool().hostPool());
                node.node().spec().host().ifPresent(candidates::add);
            }
            Preflight preflight = new Preflight(hypervisor, info, cluster, reads);
            world.datastores(preflight.survey(candidates));
            List<MachinePlan> machines = placed(world.build(), nodes, placement, preflight);
            Set<String> files = machines.stream()
                    .map(machine -> machine.image().require().fileName())
                    .collect(Collectors.toSet());
            takenAddresses(machines).forEach(preflight::finding);
            preflight.check(machines, files);
            Set<String> hosts = machines.stream().map(MachinePlan::host).collect(Collectors.toSet());
            notes.addAll(preflight.notes());
            boolean shared =
                    preflight.imageDatastore().map(DatastoreInfo::shared).orElse(true);
            hosts.add(cluster.datastore().node());
            world.sharedDatastores(preflight.sharedDatastores())
                    .imageDatastoreShared(shared)
                    .imagesOnHosts(imagesOnHosts(shared ? Set.of(cluster.datastore().node()) : hosts));
        }

        /** Addresses of new machines that somebody else has: in another machine's cloud-init drive, or on the network. */
        private List<String> takenAddresses(List<MachinePlan> machines) {
            // a machine that an earlier apply was creating is not a stranger
            Set<Integer> allocated =
                    allocations.values().stream().map(allocation -> allocation.ref().vmid()).collect(Collectors.toSet());
            Map<StaticAddress, String> wanted = new LinkedHashMap<>();
            for (MachinePlan machine : machines) {
                for (ResolvedNic nic : machine.nics()) {
                    Network network = nic.network();
                    network.allAddresses().forEach(address -> wanted.put(
                            new StaticAddress(network.attachedTo(), network.nic().vlan(), address.address()), machine.name()));
                }
            }
            List<String> taken = new ArrayList<>();
            List<VmSummary> others = vms.stream()
                    .filter(vm -> !vm.template() && !allocated.contains(vm.ref().vmid()))
                    .toList();
            for (Optional<VmDetails> found : reads.askEach("virtual machines", others, hypervisor::vm)) {
                found.filter(vm -> Mark.find(vm.description()).filter(mark -> mark.cluster().equals(cluster.name())).isEmpty())
                        .ifPresent(vm -> vm.staticAddresses().stream()
                                .filter(wanted::containsKey)
                                .forEach(at -> taken.add("the address " + at.address() + " of " + wanted.get(at)
                                        + " is that of " + vm.name() + " (" + vm.ref() + ") on " + at.bridge())));
            }
            List<MachinePlan> reachable = machines.stream()
                    .filter(machine -> machine.address().isPresent() && !allocations.containsKey(machine.name()))
                    .toList();
            List<MachineView> views = reads.askEach(
                    "addresses",
                    reachable,
                    machine -> talos.look(MachineAddress.of(machine.address().orElseThrow()), null, null));
            for (int i = 0; i < reachable.size(); i++) {
                if (!(views.get(i) instanceof MachineView.Unreachable)) {
                    taken.add("at the address " + reachable.get(i).address().orElseThrow() + " of " + reachable.get(i).name()
                            + " a Talos machine answers already: " + views.get(i).reason());
                }
            }
            return taken;
        }

        /** Who may not look has made none of them highly available; deleting them ends it in any case. */
        private Set<Integer> highlyAvailable(Collection<VmDetails> ours) {
            if (ours.isEmpty()) {
                return Set.of();
            }
            try {
                Set<Integer> all = reads.ask("high availability", hypervisor::highlyAvailable);
                return ours.stream().map(vm -> vm.ref().vmid()).filter(all::contains).collect(Collectors.toSet());
            } catch (RemoteException e) {
                notes.add(new Note(
                        Note.Kind.WARNING, "high availability", "it could not be looked at: " + e.getMessage()));
                return Set.of();
            }
        }

        /** Asked only of pools that want it and are complete: for others there is something to do anyway. */
        private void highAvailability(Observed.Builder world, List<AssignedNode> nodes, Map<String, VmDetails> ours) {
            Map<String, List<AssignedNode>> pools = nodes.stream()
                    .filter(node -> node.node().pool().ha().isPresent())
                    .collect(Collectors.groupingBy(node -> node.node().nameInfix(), TreeMap::new, Collectors.toList()));
            boolean changes = false;
            for (Map.Entry<String, List<AssignedNode>> pool : pools.entrySet()) {
                List<VmRef> members = pool.getValue().stream()
                        .flatMap(node -> Optional.ofNullable(ours.get(node.name())).stream())
                        .map(VmDetails::ref)
                        .toList();
                if (members.size() < pool.getValue().size()) {
                    changes = true;
                    continue;
                }
                HaGroup wanted = new HaGroup(
                        cluster.name(),
                        pool.getKey(),
                        members,
                        pool.getValue().get(0).node().pool().ha().orElseThrow());
                List<String> differences =
                        reads.ask("high availability", () -> hypervisor.haDifferences(wanted));
                world.putHaDifferences(pool.getKey(), differences);
                changes |= !differences.isEmpty();
            }
            List<PrivilegeGap> gaps =
                    changes
                    ? reads.ask(
                            "what the account may do",
                            () -> hypervisor.missingPrivileges(List.of(new PlannedCall.ManageHa())))
                    : List.of();
            if (!gaps.isEmpty()) {
                throw new RefusedException(
                        ErrorCode.PLAN_REFUSED,
                        "the account lacks " + gaps.stream().map(PrivilegeGap::toString).collect(Collectors.joining("; ")),
                        "Grant it, or take ha out of the spec.");
            }
        }

        /** The machines to create, each on its host; where one fits nowhere, on any, so that the rest can be judged. */
        private List<MachinePlan> placed(
                Observed world, List<AssignedNode> nodes, PlacementStrategy placement, Preflight preflight) {
            List<MachinePlan> machines;
            try {
                machines = new MachineDesign(cluster, world, placement).design(nodes);
            } catch (RefusedException e) {
                preflight.finding(e.getMessage());
                machines = new MachineDesign(cluster, world, PlacementStrategy.modulo()).design(nodes);
            }
            return machines.stream().filter(machine -> machine.existing().isEmpty()).toList();
        }

        /** The hosts on whose storage images of this cluster may be. */
        private Set<String> imageHosts(Collection<VmDetails> ours, Set<String> sharedDatastores) {
            Set<String> hosts = new TreeSet<>(Set.of(cluster.datastore().node()));
            if (!sharedDatastores.contains(cluster.datastore().id())) {
                Set<String> online = info.hosts().stream()
                        .filter(HostInfo::online)
                        .map(HostInfo::name)
                        .collect(Collectors.toSet());
                cluster.hostPool().stream().map(Host::name).filter(online::contains).forEach(hosts::add);
                ours.forEach(vm -> hosts.add(vm.ref().host()));
            }
            return hosts;
        }

        /** Which images of this cluster are there, and through which hosts they are seen. */
        private Map<String, Set<String>> imagesOnHosts(Set<String> hosts) {
            Pattern names = BootImage.fileNames(cluster.name());
            Map<String, Set<String>> found = new TreeMap<>();
            for (String host : hosts) {
                for (String file : reads.ask("the images on " + host, () -> hypervisor.images(host, cluster.datastore().id(), cluster.image().mode()))) {
                    if (names.matcher(file).matches()) {
                        found.computeIfAbsent(file, name -> new TreeSet<>()).add(host);
                    }
                }
            }
            return found;
        }

        /** Who else boots from images of this cluster, by file name. */
        private Map<String, Set<String>> imageUsers(Map<String, VmDetails> ours) {
            Set<VmRef> own = ours.values().stream().map(VmDetails::ref).collect(Collectors.toSet());
            List<VmSummary> others =
                    vms.stream().filter(vm -> !own.contains(vm.ref())).toList();
            String volumes = BootImage.volume(cluster, "");
            Map<String, Set<String>> users = new TreeMap<>();
            for (Optional<VmDetails> vm : reads.askEach("virtual machines", others, hypervisor::vm)) {
                vm.ifPresent(found -> found.isoVolumes().stream()
                        .filter(volume -> volume.startsWith(volumes))
                        .forEach(volume -> users.computeIfAbsent(volume.substring(volumes.length()), file -> new TreeSet<>())
                                .add(found.name() + " (" + found.ref() + ")")));
            }
            return users;
        }

        private void credentials(Observed.Builder world) {
            String endpoint = KubernetesEndpoint.of(cluster);
            Optional<Credentials> issued = entry.credentials()
                    .filter(found -> osCa.filter(found.osCa()::equals).isPresent())
                    .filter(found -> found.endpoint().equals(endpoint));
            Optional<CertificateEnd> ending = issued.flatMap(
                    found -> endingSoon(pki.clientEnds(found.kubeconfig(), found.talosconfig()), CREDENTIALS_MARGIN).findFirst());
            if (ending.isPresent()) {
                world.endingCredential(ending.get().toString());
                issued = Optional.empty();
            }
            endingSoon(entry.secrets().load().map(pki::caEnds).orElse(List.of()), CA_MARGIN)
                    .forEach(end -> notes.add(new Note(
                            Note.Kind.WARNING,
                            end.what(),
                            "it ends at " + end.notAfter() + "; then nothing in the cluster trusts anything else of it. Talos'"
                                    + " guide to rotating CAs says how to replace it")));
            deliverable(world, issued);
        }

        private Stream<CertificateEnd> endingSoon(List<CertificateEnd> ends, Duration margin) {
            Instant now = time.now();
            return ends.stream()
                    .filter(end -> end.within(now, margin))
                    .sorted(Comparator.comparing(CertificateEnd::notAfter));
        }

        /** What the sinks have of the credentials. */
        private void deliverable(Observed.Builder world, Optional<Credentials> issued) {
            world.credentialsIssued(issued.isPresent());
            for (SecretSink sink : sinks) {
                Map<String, SecretSink.Presence> present = new TreeMap<>();
                if (issued.isPresent()) {
                    try {
                        for (CredentialKind kind : CredentialKind.values()) {
                            String key = SinkKeys.key(cluster, kind);
                            present.put(
                                    key,
                                    reads.ask(
                                            "the sink " + sink.name(),
                                            SINK_PATIENCE,
                                            () -> sink.check(key, kind.of(issued.get()))));
                        }
                    } catch (TalosPveException e) {
                        world.putSilentSinks(sink.name(), String.valueOf(e.getMessage()));
                        present.clear();
                    }
                }
                world.putSinks(sink.name(), present);
            }
        }
    }

    /** Why a machine prevents a plan, and what to do about it. */
    private record Refusal(ErrorCode code, String text, String hint) {}
}
