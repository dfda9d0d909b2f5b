package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.ClusterPki;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.ImageFactory;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.Services;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TimeSource;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmSummary;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Asks Proxmox VE, the machines, the store and the sinks what is there. Reads only. Thread-safe. */
final class Observer {
    private static final Duration ACCESS_LIFETIME = Duration.ofHours(1);

    private final Hypervisor hypervisor;
    private final TalosApi talos;
    private final ClusterPki pki;
    private final ImageFactory images;
    private final ClusterStore store;
    private final Services services;
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
        this.services = services;
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
        private final Look look;
        private final OwnMachines machines;
        private final ImagesInPlace imagesInPlace;
        private final HighAvailabilityLook highAvailability;

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
            look = new Look(cluster, hypervisor, reads, info, vms, allocations, record, osCa, notes);
            machines = new OwnMachines(look);
            imagesInPlace = new ImagesInPlace(look);
            highAvailability = new HighAvailabilityLook(look);
        }

        Observed forApply(PlacementStrategy placement) {
            List<AssignedNode> nodes = AssignedNode.assign(cluster, record);
            Set<String> wanted = nodes.stream().map(AssignedNode::name).collect(Collectors.toSet());
            Map<String, VmDetails> ours = machines.find(wanted);
            machines.refuseUnseen(wanted, ours.keySet());
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
            highAvailability.compare(world, nodes, ours);
            new IssuedCredentialsLook(look, entry, services, time).into(world);
            return world.notes(notes).build();
        }

        Observed forDestroy() {
            machines.awaitCreations();
            Map<String, VmDetails> ours = machines.find(Set.of());
            machines.refuseForeignCa(ours.values());
            machines.refuseUnseen(allocations.keySet(), ours.keySet());
            Observed.Builder world = basics();
            world.highlyAvailable(highAvailability.members(ours.values()));
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
                    new TreeMap<>(imagesInPlace.seenThrough(imagesInPlace.hosts(ours.values(), sharedDatastores)));
            Map<String, Set<String>> users = imagesInPlace.users(ours);
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

        private Optional<String> address(Optional<AssignedNode> node, VmDetails vm) {
            int nic = node.map(found -> found.node().spec())
                    .flatMap(spec -> spec.primary().map(spec.networks()::indexOf))
                    .orElse(0);
            return node.flatMap(found -> AssignedNode.address(found.node()))
                    .or(() -> MachineAddresses.learned(
                            hypervisor, vm, nic, cluster.vip().stream().toList()));
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
            new TakenAddresses(look, talos).of(machines).forEach(preflight::finding);
            preflight.check(machines, files);
            Set<String> hosts = machines.stream().map(MachinePlan::host).collect(Collectors.toSet());
            notes.addAll(preflight.notes());
            boolean shared =
                    preflight.imageDatastore().map(DatastoreInfo::shared).orElse(true);
            hosts.add(cluster.datastore().node());
            world.sharedDatastores(preflight.sharedDatastores())
                    .imageDatastoreShared(shared)
                    .imagesOnHosts(imagesInPlace.seenThrough(shared ? Set.of(cluster.datastore().node()) : hosts));
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
    }
}
