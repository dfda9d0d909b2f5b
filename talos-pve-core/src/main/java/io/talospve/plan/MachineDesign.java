package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.ClusterNode;
import io.talospve.spec.ExtraDisk;
import io.talospve.spec.Host;
import io.talospve.spec.MacAddresses;
import io.talospve.spec.Network;
import io.talospve.spec.NodeSize;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.Wwns;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a spec says about each machine, brought together with what is there of it. Pure. */
final class MachineDesign {
    private final TalosCluster cluster;
    private final Observed world;
    private final PlacementStrategy placement;

    MachineDesign(TalosCluster cluster, Observed world, PlacementStrategy placement) {
        this.cluster = cluster;
        this.world = world;
        this.placement = placement;
    }

    /** One machine as the plan wants it. */
    MachinePlan design(AssignedNode assigned) {
        ClusterNode node = assigned.node();
        Optional<VmDetails> vm = Optional.ofNullable(world.machines().get(assigned.name())).map(Observed.Machine::vm);
        String host = vm.map(existing -> existing.ref().host())
                .orElseGet(() -> placement.place(node.index(), node.pool().hostPool()));
        String datastore = cluster.hostPool().stream()
                .filter(candidate -> candidate.name().equals(host))
                .map(Host::datastoreId)
                .findFirst()
                .or(() -> vm.flatMap(existing -> existing.disks().stream().map(VmDisk::datastore).findFirst()))
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.PLAN_REFUSED, "placement chose host " + host + ", which is not in host_pool", null));
        WantedImage wanted = WantedImage.of(cluster, node);
        return MachinePlan.builder()
                .name(assigned.name())
                .role(node.role())
                .pool(node.nameInfix())
                .host(host)
                .existing(vm.map(VmDetails::ref))
                .vmid(vm.map(existing -> Field.known(existing.ref().vmid()))
                        .or(() -> node.spec().vmid().map(Field::known))
                        .orElseGet(() -> Field.unknown("chosen when the machine is created")))
                .cores(node.size().cpu())
                .memoryMiB(node.size().memory())
                .disks(disks(assigned, host, datastore))
                .nics(node.spec().networks().stream()
                        .map(network -> nic(assigned.name(), network))
                        .toList())
                .nameservers(cluster.effectiveNameservers(node.spec()))
                .wantedImage(wanted)
                .image(world.image(wanted))
                .isoVolume(world.image(wanted).map(image -> BootImage.volume(cluster, image.fileName())))
                .address(AssignedNode.address(node))
                .settings(cluster.settings(node))
                .dataVolume(node.size().dataVolume())
                .vm(cluster.vm(node))
                .build();
    }

    private List<VmDisk> disks(AssignedNode machine, String host, String datastore) {
        NodeSize size = machine.node().size();
        String data = cluster.hostPool().stream()
                .filter(candidate -> candidate.name().equals(host))
                .flatMap(candidate -> candidate.dataDatastoreId().stream())
                .findFirst()
                .orElse(datastore);
        List<VmDisk> disks = new ArrayList<>();
        disks.add(disk(machine, 0, datastore, size.osDisk()));
        size.dataDisk().ifPresent(gib -> disks.add(disk(machine, 1, data, gib)));
        // scsi1 is the data disk's, whether there is one or not: it may come later, and slots never change
        for (int i = 0; i < size.extraDisks().size(); i++) {
            ExtraDisk extra = size.extraDisks().get(i);
            disks.add(disk(machine, 2 + i, extra.datastore().orElse(data), extra.size()));
        }
        return disks;
    }

    private VmDisk disk(AssignedNode machine, int number, String datastore, int gib) {
        return new VmDisk("scsi" + number, datastore, gib, Wwns.derive(cluster.name(), machine.name(), number));
    }

    private ResolvedNic nic(String node, Network network) {
        return new ResolvedNic(
                network, network.mac().orElseGet(() -> MacAddresses.derive(cluster.name(), node, network.bridge())));
    }
}
