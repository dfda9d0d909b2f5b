package io.talospve.plan;

import io.talospve.spec.ClusterNode;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.PlacementRequest;
import io.talospve.spi.PlacementRequest.Candidate;
import io.talospve.spi.PlacementRequest.DiskNeed;
import io.talospve.spi.PlacementRequest.Memory;
import io.talospve.spi.PlacementRequest.PlacedMachine;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;

/** Who is where, and what is left of the hosts while machines are being placed. Not thread-safe. */
final class PlacementBook {
    private final TalosCluster cluster;
    private final Observed world;
    private final Map<String, List<PlacedMachine>> machines = new HashMap<>();
    private final Map<String, Long> promisedMemory = new HashMap<>();
    private final Map<String, Long> promisedSpace = new HashMap<>();

    PlacementBook(TalosCluster cluster, Observed world) {
        this.cluster = cluster;
        this.world = world;
    }

    /** Notes a machine that exists: what it uses is used already, but a stopped one will take its memory again. */
    void exists(AssignedNode machine, VmDetails vm) {
        on(vm.ref().host(), machine);
        if (!vm.running()) {
            promisedMemory.merge(vm.ref().host(), (long) vm.memoryMiB(), Long::sum);
        }
    }

    /** Notes a machine that will be created. */
    void willBe(AssignedNode machine, String host, List<VmDisk> disks) {
        on(host, machine);
        promisedMemory.merge(host, (long) machine.node().size().memory(), Long::sum);
        disks.forEach(disk -> promisedSpace.merge(space(host, disk.datastore()), disk.sizeGiB() * 1024, Long::sum));
    }

    private void on(String host, AssignedNode machine) {
        machines.computeIfAbsent(host, name -> new ArrayList<>())
                .add(new PlacedMachine(machine.name(), machine.node().role(), machine.node().nameInfix()));
    }

    /** The question for one machine. */
    PlacementRequest request(AssignedNode machine, Function<String, List<VmDisk>> disksOn) {
        ClusterNode node = machine.node();
        List<Candidate> candidates = new LinkedHashSet<>(node.pool().hostPool())
                .stream().map(host -> candidate(host, disksOn.apply(host))).toList();
        return PlacementRequest.builder()
                .cluster(cluster.name())
                .machine(machine.name())
                .role(node.role())
                .pool(node.nameInfix())
                .index(node.index())
                .wanted(node.pool().placement())
                .cores(node.size().cpu())
                .memoryMiB(node.size().memory())
                .hostPool(node.pool().hostPool())
                .candidates(candidates)
                .build();
    }

    private Candidate candidate(String host, List<VmDisk> disks) {
        Optional<HostInfo> found = world.hypervisor()
                .flatMap(info -> info.hosts().stream().filter(known -> known.name().equals(host)).findFirst());
        boolean available = world.hypervisor().isEmpty() || found.filter(HostInfo::online).isPresent();
        // a host that the account may not look into says 0
        Optional<Memory> memory = found.filter(known -> known.memoryMiB() > 0)
                .map(known -> new Memory(
                        known.memoryMiB(), known.freeMemoryMiB() - promisedMemory.getOrDefault(host, 0L)));
        Map<String, Long> needed = new TreeMap<>();
        disks.forEach(disk -> needed.merge(disk.datastore(), disk.sizeGiB() * 1024, Long::sum));
        List<DiskNeed> needs = needed.entrySet().stream()
                .map(need -> need(host, need.getKey(), need.getValue()))
                .toList();
        return new Candidate(host, available, machines.getOrDefault(host, List.of()), memory, needs);
    }

    private DiskNeed need(String host, String datastore, long neededMiB) {
        Optional<DatastoreInfo> known = world.datastore(host, datastore).filter(store -> store.totalMiB() > 0);
        long promised = promisedSpace.getOrDefault(space(host, datastore), 0L);
        return new DiskNeed(
                datastore,
                neededMiB,
                known.map(store -> OptionalLong.of(store.totalMiB())).orElse(OptionalLong.empty()),
                known.map(store -> OptionalLong.of(store.freeMiB() - promised)).orElse(OptionalLong.empty()));
    }

    /** A shared storage is the same space seen from every host. */
    private String space(String host, String datastore) {
        boolean shared = world.datastore(host, datastore).filter(DatastoreInfo::shared).isPresent();
        return shared ? datastore : host + "/" + datastore;
    }
}
