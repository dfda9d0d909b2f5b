package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.ClusterNode;
import io.talospve.spec.ExtraDisk;
import io.talospve.spec.Host;
import io.talospve.spec.MacAddresses;
import io.talospve.spec.Network;
import io.talospve.spec.NodeSize;
import io.talospve.spec.NodeSpec;
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

    /** All machines as the plan wants them, in the given order. */
    List<MachinePlan> design(List<AssignedNode> nodes) {
        PlacementBook book = new PlacementBook(cluster, world);
        nodes.forEach(node -> existing(node).ifPresent(vm -> book.exists(node, vm)));
        // whose host is settled counts before any other is asked for
        List<AssignedNode> open = new ArrayList<>();
        List<String> hosts = new ArrayList<>();
        for (AssignedNode node : nodes) {
            Optional<String> settled = settled(node);
            hosts.add(settled.orElse(""));
            if (existing(node).isEmpty()) {
                settled.ifPresentOrElse(host -> book.willBe(node, host, disks(node, host)), () -> open.add(node));
            }
        }
        for (AssignedNode node : open) {
            String host = placement.place(book.request(node, candidate -> disks(node, candidate)));
            if (!node.node().pool().hostPool().contains(host)) {
                throw new RefusedException(
                        ErrorCode.PLAN_REFUSED,
                        "placement chose host " + host + " for " + node.name() + ", which is not in its pool "
                                + node.node().pool().hostPool(),
                        null);
            }
            book.willBe(node, host, disks(node, host));
            hosts.set(nodes.indexOf(node), host);
        }
        List<MachinePlan> machines = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            machines.add(design(nodes.get(i), hosts.get(i)));
        }
        return machines;
    }

    private Optional<VmDetails> existing(AssignedNode node) {
        return Optional.ofNullable(world.machines().get(node.name())).map(Observed.Machine::vm);
    }

    /** Where it is; else where an earlier apply was about to create it; else where the spec wants it. */
    private Optional<String> settled(AssignedNode node) {
        return existing(node)
                .map(vm -> vm.ref().host())
                .or(() -> Optional.ofNullable(world.allocatedHosts().get(node.name()))
                        .filter(host -> inHostPool(host).isPresent()))
                .or(() -> node.node().spec().host());
    }

    private MachinePlan design(AssignedNode assigned, String host) {
        ClusterNode node = assigned.node();
        Optional<VmDetails> vm = existing(assigned);
        WantedImage wanted = WantedImage.of(cluster, node);
        return MachinePlan.builder()
                .name(assigned.name())
                .specPath(node.specPath())
                .role(node.role())
                .pool(node.nameInfix())
                .host(host)
                .existing(vm.map(VmDetails::ref))
                .vmid(vm.map(existing -> Field.known(existing.ref().vmid()))
                        .or(() -> node.spec().vmid().map(Field::known))
                        .orElseGet(() -> Field.unknown("chosen when the machine is created")))
                .cores(node.size().cpu())
                .memoryMiB(node.size().memory())
                .disks(disks(assigned, host))
                .nics(node.spec().networks().stream()
                        .map(network -> nic(assigned.name(), node.spec(), network))
                        .toList())
                .nameservers(cluster.effectiveNameservers(node.spec()))
                .wantedImage(wanted)
                .image(world.image(wanted))
                .isoVolume(world.image(wanted).map(image -> BootImage.volume(cluster, image.fileName())))
                .address(AssignedNode.address(node))
                .primaryNic(node.spec().primary().map(node.spec().networks()::indexOf).orElse(0))
                .settings(cluster.settings(node))
                .dataVolume(node.size().dataVolume())
                .vm(cluster.vm(node))
                .build();
    }

    private Optional<Host> inHostPool(String host) {
        return cluster.hostPool().stream()
                .filter(candidate -> candidate.name().equals(host))
                .findFirst();
    }

    private List<VmDisk> disks(AssignedNode machine, String host) {
        NodeSize size = machine.node().size();
        Optional<Host> known = inHostPool(host);
        String system = known.map(Host::datastoreId)
                .or(() -> existing(machine).flatMap(vm -> vm.disks().stream().map(VmDisk::datastore).findFirst()))
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.PLAN_REFUSED,
                        machine.name() + " is to be created on host " + host + ", which is not in host_pool",
                        null));
        String data = known.flatMap(Host::dataDatastoreId).orElse(system);
        List<VmDisk> disks = new ArrayList<>();
        disks.add(disk(machine, 0, system, size.osDisk()));
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

    private ResolvedNic nic(String machine, NodeSpec spec, Network network) {
        String mac = network.mac().orElseGet(() -> MacAddresses.derive(cluster.name(), machine, network.bridge()));
        return new ResolvedNic(network, mac, spec.usesDhcp(network));
    }
}
