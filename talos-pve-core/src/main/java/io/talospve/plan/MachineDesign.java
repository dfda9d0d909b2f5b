package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.ClusterNode;
import io.talospve.spec.Host;
import io.talospve.spec.MacAddresses;
import io.talospve.spec.Network;
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
        List<VmDisk> disks = new ArrayList<>();
        disks.add(new VmDisk("scsi0", datastore, node.size().osDisk(), Wwns.derive(cluster.name(), assigned.name(), 0)));
        node.size()
                .dataDisk()
                .ifPresent(size -> disks.add(
                        new VmDisk("scsi1", datastore, size, Wwns.derive(cluster.name(), assigned.name(), 1))));
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
                .disks(disks)
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
                .pciMappings(node.spec().pciMappings())
                .build();
    }

    private ResolvedNic nic(String node, Network network) {
        return new ResolvedNic(
                network, network.mac().orElseGet(() -> MacAddresses.derive(cluster.name(), node, network.bridge())));
    }
}
