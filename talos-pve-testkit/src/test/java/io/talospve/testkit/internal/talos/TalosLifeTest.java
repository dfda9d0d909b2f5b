package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Empty;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.talospve.talos.proto.cosi.GetRequest;
import io.talospve.talos.proto.cosi.StateGrpc;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.EtcdMember;
import io.talospve.talos.proto.machine.EtcdMemberListRequest;
import io.talospve.talos.proto.machine.RebootRequest;
import io.talospve.talos.proto.machine.ResetRequest;
import io.talospve.talos.proto.machine.ServiceInfo;
import io.talospve.talos.proto.storage.StorageServiceGrpc;
import io.talospve.testkit.internal.net.SimNetwork;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TalosLifeTest {
    private final FakeWorld world = new FakeWorld();

    @AfterEach
    void close() {
        world.close();
    }

    private ManagedChannel configured(FakeWorld.Vm vm, boolean controlPlane) {
        vm.start();
        world.await("maintenance of " + vm.name, () -> world.machine(vm).stage().equals("maintenance"));
        world.maintenance(vm).applyConfiguration(FakeWorld.request(FakeWorld.config(controlPlane, vm, FakeWorld.INSTALLER)));
        world.await("configured " + vm.name, () -> List.of("booting", "running").contains(world.machine(vm).stage())
                && world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target
                && !world.machine(vm).configDigest().isEmpty());
        return world.channel(vm, FakeWorld.admin());
    }

    private String machineStatus(ManagedChannel channel) {
        return StateGrpc.newBlockingStub(channel)
                .get(GetRequest.newBuilder()
                        .setNamespace("runtime")
                        .setType("MachineStatuses.runtime.talos.dev")
                        .setId("machine")
                        .build())
                .getResource()
                .getSpec()
                .getYamlSpec();
    }

    @Test
    void maintenanceModeAnswersLittle() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        var stub = world.maintenance(vm);

        assertThatThrownBy(() -> stub.version(Empty.getDefaultInstance()))
                .isInstanceOf(StatusRuntimeException.class)
                .hasMessage("UNIMPLEMENTED: API is not implemented in maintenance mode");
        assertThatThrownBy(() -> stub.bootstrap(BootstrapRequest.getDefaultInstance()))
                .hasMessage("UNIMPLEMENTED: method Bootstrap not implemented");
        assertThatThrownBy(() -> stub.applyConfiguration(FakeWorld.request("machine: [")))
                .hasMessageStartingWith("UNKNOWN: failed to parse config: ");
        assertThat(StorageServiceGrpc.newBlockingStub(world.maintenanceChannel(vm))
                        .disks(Empty.getDefaultInstance())
                        .getMessages(0)
                        .getDisks(0)
                        .getWwid())
                .isEqualTo(vm.wwid());
    }

    @Test
    void oneControlPlaneFromPowerOnToKubernetes() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        ManagedChannel channel = configured(vm, true);
        var stub = FakeWorld.stub(channel);
        assertThat(stub.version(Empty.getDefaultInstance()).getMessages(0).getVersion().getTag()).isEqualTo("v1.12.4");
        assertThat(machineStatus(channel)).isEqualTo("""
                stage: booting
                status:
                    ready: false
                    unmetConditions:
                        - name: services
                          reason: etcd not running
                        - name: nodeReady
                          reason: node "cp-1" status is not available yet
                """);
        assertThatThrownBy(() -> stub.withDeadlineAfter(1, java.util.concurrent.TimeUnit.SECONDS)
                        .etcdMemberList(EtcdMemberListRequest.getDefaultInstance()))
                .hasMessageStartingWith("DEADLINE_EXCEEDED");

        stub.bootstrap(BootstrapRequest.getDefaultInstance());
        stub.bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("Kubernetes", () -> world.network.lookup("192.168.62.20", 6443) instanceof SimNetwork.Lookup.Target);

        assertThatThrownBy(() -> stub.bootstrap(BootstrapRequest.getDefaultInstance()))
                .hasMessage("ALREADY_EXISTS: etcd data directory is not empty");
        assertThat(stub.serviceList(Empty.getDefaultInstance()).getMessages(0).getServicesList())
                .extracting(ServiceInfo::getId, ServiceInfo::getState)
                .contains(org.assertj.core.groups.Tuple.tuple("etcd", "Running"));
        assertThat(machineStatus(channel)).isEqualTo("""
                stage: running
                status:
                    ready: false
                    unmetConditions:
                        - name: nodeReady
                          reason: node "cp-1" is not ready
                """);
        assertThat(world.guests.snapshot().clusters()).singleElement().satisfies(c -> {
            assertThat(c.bootstraps()).isEqualTo(1);
            assertThat(c.etcds().get(0).nodes()).containsExactly("cp-1");
        });
    }

    @Test
    void threeControlPlanesAndAWorkerFormOneCluster() {
        List<FakeWorld.Vm> planes = List.of(
                world.vm("cp-1", "192.168.62.21"), world.vm("cp-2", "192.168.62.22"), world.vm("cp-3", "192.168.62.23"));
        FakeWorld.Vm worker = world.vm("worker-1", "192.168.62.24");
        List<ManagedChannel> channels = planes.stream().map(vm -> configured(vm, true)).toList();
        configured(worker, false);

        FakeWorld.stub(channels.get(0)).bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("three members", () -> world.guests.snapshot().clusters().get(0).etcds().stream()
                .anyMatch(e -> e.members().stream().filter(m -> !m.learner()).count() == 3));

        assertThat(FakeWorld.stub(channels.get(2))
                        .etcdMemberList(EtcdMemberListRequest.newBuilder().setQueryLocal(true).build())
                        .getMessages(0)
                        .getMembersList())
                .extracting(EtcdMember::getHostname)
                .containsExactlyInAnyOrder("cp-1", "cp-2", "cp-3");
        assertThat(world.guests.snapshot().clusters().get(0).bootstraps()).isEqualTo(1);
        world.await("four nodes", () -> world.guests.snapshot().clusters().get(0).etcds().get(0).nodes().size() == 4);

        // The address moves when its holder loses power; two of three keep quorum, one does not.
        String holder = world.network.holder("192.168.62.20").orElseThrow().machine();
        FakeWorld.Vm first = planes.stream().filter(p -> p.name.equals(holder)).findFirst().orElseThrow();
        first.cut();
        assertThat(world.network.holder("192.168.62.20").orElseThrow().machine()).isNotEqualTo(holder);
        FakeWorld.Vm second = planes.stream().filter(p -> p != first).findFirst().orElseThrow();
        second.cut();
        assertThat(world.network.lookup("192.168.62.20", 6443)).isInstanceOf(SimNetwork.Lookup.Unreachable.class);
        first.start();
        world.await("quorum again", () -> world.network.lookup("192.168.62.20", 6443) instanceof SimNetwork.Lookup.Target);
    }

    @Test
    void rebootKeepsTheDiskAndResetWipesIt() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        ManagedChannel channel = configured(vm, true);
        FakeWorld.stub(channel).bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("Kubernetes", () -> world.network.lookup("192.168.62.20", 6443) instanceof SimNetwork.Lookup.Target);
        FakeWorld.stub(channel).reboot(RebootRequest.getDefaultInstance());
        world.await("gone", () -> !(world.network.lookup("192.168.62.20", 6443) instanceof SimNetwork.Lookup.Target));
        world.await("back", () -> world.network.lookup("192.168.62.20", 6443) instanceof SimNetwork.Lookup.Target);
        assertThat(world.guests.snapshot().clusters().get(0).bootstraps()).isEqualTo(1);

        FakeWorld.stub(world.channel(vm, FakeWorld.admin()))
                .reset(ResetRequest.newBuilder().setReboot(true).build());
        world.await("maintenance again", () -> world.machine(vm).stage().equals("maintenance"));
        assertThat(world.machine(vm).configDigest()).isEmpty();
    }

    @Test
    void metalInstallerLosesTheAddressOfTheCloudInitDrive() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        String config = FakeWorld.config(true, vm, "factory.talos.dev/installer/" + FakeWorld.SCHEMATIC + ":v1.12.4")
                .replaceAll("(?s)---\napiVersion: v1alpha1\nkind: LinkConfig.*?(?=---)", "");
        world.maintenance(vm).applyConfiguration(FakeWorld.request(config));
        world.await("running without an address", () -> world.machine(vm).stage().equals("booting")
                && !world.machine(vm).configDigest().isEmpty());
        assertThat(world.network.lookup(vm.address, 50000)).isInstanceOf(SimNetwork.Lookup.Unreachable.class);
    }

    @Test
    void wrongDiskSelectorLosesTheConfiguration() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21");
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        world.maintenance(vm).applyConfiguration(
                FakeWorld.request(FakeWorld.config(true, vm, FakeWorld.INSTALLER).replace(vm.wwid(), "naa.5ffffffffffffff")));
        world.await("down", () -> !world.machine(vm).stage().equals("installing"));
        world.await("maintenance again", () -> world.machine(vm).stage().equals("maintenance"));
        assertThat(world.machine(vm).configDigest()).isEmpty();
    }
}
