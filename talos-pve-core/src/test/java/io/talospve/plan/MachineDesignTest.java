package io.talospve.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.spec.DiskOptions;
import io.talospve.spec.Placement;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.VmOptions;
import io.talospve.spec.VmOptions.Firmware;
import io.talospve.spec.VmOptions.StartupOrder;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.MachineView;
import io.talospve.spi.PlacementStrategy;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmRef;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class MachineDesignTest {
    private static TalosCluster cluster(int workers, Placement placement, Consumer<TalosCluster.Builder> more) {
        return TalosCluster.define("c", c -> {
            c.datastore("nas", "alpha").talos(t -> t.version("v1.12.4")).kubernetesVersion("v1.35.0");
            c.hostPool(h -> h.host("alpha", "lvm").host("bravo", "lvm", "slow").host("charlie", "lvm"));
            c.controlPlane(p -> p.node(n -> n.size("s").network("dmz", "10.0.0.1/16", "10.0.255.254")).hostPool("alpha"));
            c.workers(p -> {
                for (int i = 0; i < workers; i++) {
                    int own = i + 1;
                    p.node(n -> n.size("s").network("dmz", "10.0.1." + own + "/16", "10.0.255.254"));
                }
                p.hostPool("alpha", "bravo", "charlie").placement(placement);
            });
            c.size("s", s -> s.cpu(4).memory(8192).osDisk(64));
            more.accept(c);
        });
    }

    private static Observed.Builder world(long alphaFree, long bravoFree, long charlieFree) {
        List<DatastoreInfo> own = List.of(new DatastoreInfo("lvm", Set.of("images"), false, true, 1_000_000, 900_000));
        return Observed.builder()
                .from(Observed.emptyWorld())
                .hypervisor(new HypervisorInfo("pve", "9.2.11", List.of(
                        new HostInfo("alpha", true, 64, 100_000, alphaFree),
                        new HostInfo("bravo", true, 64, 100_000, bravoFree),
                        new HostInfo("charlie", true, 64, 100_000, charlieFree))))
                .datastores(Map.of("alpha", own, "bravo", own, "charlie", own));
    }

    private static List<MachinePlan> design(TalosCluster cluster, Observed world) {
        return new MachineDesign(cluster, world, PlacementStrategy.bySpec())
                .design(AssignedNode.assign(cluster, Optional.empty()));
    }

    private static List<String> hosts(TalosCluster cluster, Observed world) {
        return design(cluster, world).stream().map(MachinePlan::host).toList();
    }

    private static Observed.Machine machine(String name, String host, int vmid, boolean running) {
        return new Observed.Machine(
                VmDetails.builder()
                        .ref(new VmRef(host, vmid))
                        .name(name)
                        .description("")
                        .running(running)
                        .template(false)
                        .protection(false)
                        .cores(4)
                        .memoryMiB(8192)
                        .addDisks(new VmDisk("scsi0", "lvm", 64, null))
                        .build(),
                new MachineView.Unreachable("test"));
    }

    @Test
    void whatAnEarlierMachineTakesIsNotFreeForTheNext() {
        assertThat(hosts(cluster(4, Placement.BALANCED, c -> {}), world(60_000, 50_000, 40_000).build()))
                // the control plane takes 8192 of alpha first
                .containsExactly("alpha", "alpha", "bravo", "alpha", "bravo");
    }

    @Test
    void aStoppedMachineKeepsItsMemoryPromisedARunningOneUsesItAlready() {
        Observed stopped = world(50_000, 45_000, 0).putMachines("c-cp-1", machine("c-cp-1", "alpha", 100, false)).build();
        assertThat(hosts(cluster(1, Placement.BALANCED, c -> {}), stopped)).containsExactly("alpha", "bravo");
        Observed running = world(50_000, 45_000, 0).putMachines("c-cp-1", machine("c-cp-1", "alpha", 100, true)).build();
        assertThat(hosts(cluster(1, Placement.BALANCED, c -> {}), running)).containsExactly("alpha", "alpha");
    }

    @Test
    void anExistingMachineStaysWhateverPlacementSaysAndSpreadCountsIt() {
        Observed world = world(90_000, 90_000, 90_000)
                .putMachines("c-worker-1", machine("c-worker-1", "charlie", 101, true))
                .build();
        assertThat(hosts(cluster(3, Placement.SPREAD, c -> {}), world)).containsExactly("alpha", "charlie", "bravo", "alpha");
        assertThat(hosts(cluster(3, Placement.MODULO, c -> {}), world)).containsExactly("alpha", "charlie", "bravo", "charlie");
    }

    @Test
    void whereAnInterruptedApplyWasAboutToCreateItItIsCreated() {
        Observed world = world(90_000, 90_000, 90_000).putAllocatedHosts("c-worker-1", "bravo").build();
        assertThat(hosts(cluster(1, Placement.BALANCED, c -> {}), world)).containsExactly("alpha", "bravo");
        Observed gone = world(90_000, 90_000, 90_000).putAllocatedHosts("c-worker-1", "zulu").build();
        assertThat(hosts(cluster(1, Placement.MODULO, c -> {}), gone)).containsExactly("alpha", "alpha");
    }

    @Test
    void aFixedHostWinsOverThePool() {
        TalosCluster fixed = cluster(1, Placement.SPREAD, c -> c.workers(p -> p
                .node(n -> n.size("s").host("charlie").network("dmz", "10.0.1.1/16", "10.0.255.254"))
                .node(n -> n.size("s").network("dmz", "10.0.1.2/16", "10.0.255.254"))
                .hostPool("charlie", "alpha")
                .placement(Placement.SPREAD)));
        assertThat(hosts(fixed, Observed.emptyWorld())).containsExactly("alpha", "charlie", "alpha");
    }

    @Test
    void aStrategyThatNamesAStrangerIsRefused() {
        TalosCluster cluster = cluster(1, Placement.MODULO, c -> {});
        assertThatThrownBy(() -> new MachineDesign(cluster, Observed.emptyWorld(), request -> "zulu")
                        .design(AssignedNode.assign(cluster, Optional.empty())))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("placement chose host zulu for c-cp-1");
    }

    @Test
    void disksGoToTheirStoragesInSlotsThatNeverChange() {
        TalosCluster cluster = cluster(2, Placement.MODULO, c -> c.size("s", s ->
                s.cpu(4).memory(8192).osDisk(64).extraDisk(100).extraDisk(200, "ceph")));
        List<VmDisk> onAlpha = design(cluster, Observed.emptyWorld()).get(1).disks();
        List<VmDisk> onBravo = design(cluster, Observed.emptyWorld()).get(2).disks();
        assertThat(onAlpha).extracting(VmDisk::slot).containsExactly("scsi0", "scsi2", "scsi3");
        assertThat(onAlpha).extracting(VmDisk::datastore).containsExactly("lvm", "lvm", "ceph");
        assertThat(onBravo).extracting(VmDisk::datastore).containsExactly("lvm", "slow", "ceph");
        assertThat(onAlpha).extracting(VmDisk::wwn).doesNotHaveDuplicates();
    }

    @Test
    void whatStandsCloserToTheMachineWins() {
        TalosCluster cluster = cluster(1, Placement.MODULO, c -> {
            c.vm(v -> v.cpuType("x86-64-v2-AES").addTags("rack-a").pool("all").disks(d -> d.ssd(false).backup(false)));
            c.workers(p -> p
                    .node(n -> n.size("s").network("dmz", "10.0.1.1/16", "10.0.255.254").addUsbMappings("ups")
                            .vm(v -> v.addTags("own").startup(new StartupOrder(3, Optional.of(9), Optional.empty()))))
                    .hostPool("alpha")
                    .vm(v -> v.pool("workers").disks(d -> d.cache("writeback")).addTags("w")));
        });
        VmOptions worker = design(cluster, Observed.emptyWorld()).get(1).vm();
        assertThat(worker.cpuType()).isEqualTo("x86-64-v2-AES");
        assertThat(worker.pool()).contains("workers");
        assertThat(worker.disks()).isEqualTo(DiskOptions.builder().cache("writeback").build());
        assertThat(worker.tags()).containsExactlyInAnyOrder("rack-a", "w", "own");
        assertThat(worker.startup()).contains(new StartupOrder(3, Optional.of(9), Optional.empty()));
        assertThat(worker.usbMappings()).containsExactly("ups");
        assertThat(design(cluster, Observed.emptyWorld()).get(1).tags("c"))
                .containsExactlyInAnyOrder("talos", "k8s", "c", "worker", "rack-a", "w", "own");
        VmOptions plane = design(cluster, Observed.emptyWorld()).get(0).vm();
        assertThat(plane.pool()).contains("all");
        assertThat(plane.disks().ssd()).isFalse();
    }

    @Test
    void secureBootMeansUefiInSetupModeAndATpm() {
        TalosCluster cluster = cluster(0, Placement.MODULO, c -> c.secureBoot(s -> {}));
        VmOptions vm = design(cluster, Observed.emptyWorld()).get(0).vm();
        assertThat(vm.firmware()).isEqualTo(Firmware.OVMF);
        assertThat(vm.tpm()).isTrue();
    }
}
