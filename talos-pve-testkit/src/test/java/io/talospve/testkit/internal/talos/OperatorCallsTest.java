package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.grpc.ManagedChannel;
import io.talospve.talos.proto.common.ContainerdNamespace;
import io.talospve.talos.proto.common.Data;
import io.talospve.talos.proto.cosi.GetRequest;
import io.talospve.talos.proto.cosi.StateGrpc;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest;
import io.talospve.talos.proto.machine.ApplyConfigurationRequest.Mode;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.talos.proto.machine.DmesgRequest;
import io.talospve.talos.proto.machine.Event;
import io.talospve.talos.proto.machine.EventsRequest;
import io.talospve.talos.proto.machine.ImageListRequest;
import io.talospve.talos.proto.machine.ImagePullRequest;
import io.talospve.talos.proto.machine.LogsRequest;
import io.talospve.talos.proto.machine.MachineServiceGrpc.MachineServiceBlockingStub;
import io.talospve.talos.proto.machine.MetaDeleteRequest;
import io.talospve.talos.proto.machine.MetaWriteRequest;
import io.talospve.talos.proto.machine.RebootRequest;
import io.talospve.talos.proto.machine.ResetPartitionSpec;
import io.talospve.talos.proto.machine.ResetRequest;
import io.talospve.talos.proto.machine.RollbackRequest;
import io.talospve.talos.proto.machine.SequenceEvent;
import io.talospve.talos.proto.machine.ServiceInfo;
import io.talospve.talos.proto.machine.ServiceRestartRequest;
import io.talospve.talos.proto.machine.ServiceStartRequest;
import io.talospve.talos.proto.machine.ServiceStopRequest;
import io.talospve.talos.proto.machine.UpgradeRequest;
import io.talospve.testkit.internal.net.SimNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a running machine answers to people who operate it, above all what it refuses and with which words.
 *
 * <p>"Recorded" is an answer of a real machine in the recordings (3-bringup, 5-forwarding, findings 5 and 14 of their README);
 * "source" is the text in the code of Talos' machined near v1.12, where nothing was recorded.
 */
@Timeout(120)
class OperatorCallsTest {
    private final FakeWorld world = new FakeWorld();

    @AfterEach
    void close() {
        world.close();
    }

    private FakeWorld.Vm machine(String name) {
        FakeWorld.Vm vm = world.vm(name, "192.168.62." + (name.charAt(name.length() - 1) - '0' + 20));
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        world.maintenance(vm).applyConfiguration(FakeWorld.request(FakeWorld.config(true, vm, FakeWorld.INSTALLER)));
        awaitApid(vm);
        return vm;
    }

    private void awaitApid(FakeWorld.Vm vm) {
        world.await("apid", () -> List.of("booting", "running").contains(world.machine(vm).stage())
                && world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target);
    }

    private MachineServiceBlockingStub stub(FakeWorld.Vm vm) {
        return FakeWorld.stub(world.channel(vm, FakeWorld.admin()));
    }

    private static String state(MachineServiceBlockingStub machine, String service) {
        return machine.serviceList(Empty.getDefaultInstance()).getMessages(0).getServicesList().stream()
                .filter(s -> s.getId().equals(service))
                .findFirst()
                .map(ServiceInfo::getState)
                .orElse("absent");
    }

    @Test
    void fewServicesCanBeStartedAndStopped() {
        MachineServiceBlockingStub machine = stub(machine("cp-1"));
        // recorded: the services of a machine that is no container (3-lab-bringup)
        assertThat(machine.serviceList(Empty.getDefaultInstance()).getMessages(0).getServicesList())
                .extracting(ServiceInfo::getId)
                .containsExactly(
                        "apid", "auditd", "containerd", "cri", "etcd", "kubelet", "machined", "syslogd", "trustd", "udevd");
        // source: system.APIStart, APIStop and APIRestart; only the kubelet and extensions allow anything
        assertThatThrownBy(() -> machine.serviceStart(ServiceStartRequest.newBuilder().setId("nosuch").build()))
                .hasMessage("UNKNOWN: service \"nosuch\" not defined");
        assertThatThrownBy(() -> machine.serviceStop(ServiceStopRequest.newBuilder().setId("nosuch").build()))
                .hasMessage("UNKNOWN: service \"nosuch\" not defined");
        assertThatThrownBy(() -> machine.serviceRestart(ServiceRestartRequest.newBuilder().setId("nosuch").build()))
                .hasMessage("UNKNOWN: service \"nosuch\" not defined");
        for (String service : List.of("machined", "containerd", "cri", "apid", "trustd", "udevd", "etcd")) {
            assertThatThrownBy(() -> machine.serviceStop(ServiceStopRequest.newBuilder().setId(service).build()))
                    .hasMessage("UNKNOWN: service \"" + service + "\" doesn't support stop operation via API");
            // recorded for etcd: finding 14
            assertThatThrownBy(() -> machine.serviceRestart(ServiceRestartRequest.newBuilder().setId(service).build()))
                    .hasMessage("UNKNOWN: service \"" + service + "\" doesn't support restart operation via API");
            // what runs already is fine for every service
            assertThat(machine.serviceStart(ServiceStartRequest.newBuilder().setId(service).build())
                            .getMessages(0)
                            .getResp())
                    .isEqualTo("Service \"" + service + "\" started");
        }
        assertThatThrownBy(() -> machine.serviceStop(ServiceStopRequest.newBuilder().setId("kubelet").build()))
                .hasMessage("UNKNOWN: service \"kubelet\" doesn't support stop operation via API");
        assertThat(machine.serviceRestart(ServiceRestartRequest.newBuilder().setId("kubelet").build())
                        .getMessages(0)
                        .getResp())
                .isEqualTo("Service \"kubelet\" restarted");
        assertThat(state(machine, "kubelet")).isEqualTo("Running");
    }

    @Test
    void aServiceThatFailedIsNotRestartedButStopped() {
        MachineServiceBlockingStub machine = stub(machine("cp-1"));
        machine.bootstrap(BootstrapRequest.newBuilder().setRecoverEtcd(true).build());
        assertThat(state(machine, "etcd")).isEqualTo("Failed");
        // recorded: 3-bringup, "after Bootstrap recoverEtcd without a snapshot"
        assertThatThrownBy(() -> machine.serviceStart(ServiceStartRequest.newBuilder().setId("etcd").build()))
                .hasMessage("UNKNOWN: service \"etcd\" doesn't support start operation via API");
        assertThatThrownBy(() -> machine.serviceRestart(ServiceRestartRequest.newBuilder().setId("etcd").build()))
                .hasMessage("UNKNOWN: service \"etcd\" doesn't support start operation via API");
        assertThat(machine.serviceStop(ServiceStopRequest.newBuilder().setId("etcd").build())
                        .getMessages(0)
                        .getResp())
                .isEqualTo("Service \"etcd\" stopped");
        assertThat(state(machine, "etcd")).isEqualTo("Failed");
    }

    @Test
    void aResetIsCheckedBeforeAnythingHappens() {
        FakeWorld.Vm vm = machine("cp-1");
        MachineServiceBlockingStub machine = stub(vm);
        // source: Server.Reset; recorded that the code is Unknown (finding 14)
        assertThatThrownBy(() -> machine.reset(partition("NOSUCH").build()))
                .hasMessage("UNKNOWN: failed to get volume status with label \"NOSUCH\": "
                        + "resource VolumeStatuses.block.talos.dev(runtime/NOSUCH@undefined) doesn't exist");
        assertThatThrownBy(() -> machine.reset(partition("STATE").setMode(ResetRequest.WipeMode.USER_DISKS).build()))
                .hasMessage("UNKNOWN: reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter");
        assertThatThrownBy(() -> machine.reset(ResetRequest.newBuilder().addUserDisksToWipe("/dev/sdz").build()))
                .hasMessage("UNKNOWN: reset user disk failed: device /dev/sdz wasn't found");
        assertThatThrownBy(() -> machine.reset(ResetRequest.newBuilder().addUserDisksToWipe("/dev/sda").build()))
                .hasMessage("UNKNOWN: reset user disk failed: device /dev/sda is the system disk");
        assertThatThrownBy(() -> machine.reset(ResetRequest.newBuilder()
                        .addUserDisksToWipe("/dev/sdz")
                        .setMode(ResetRequest.WipeMode.SYSTEM_DISK)
                        .build()))
                .hasMessage("UNKNOWN: reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter");
        world.clock.advance(Duration.ofMinutes(2));
        assertThat(world.machine(vm).stage()).isEqualTo("booting");

        // Only the user's disks: the machine comes back as it was.
        machine.reset(ResetRequest.newBuilder().setMode(ResetRequest.WipeMode.USER_DISKS).setReboot(true).build());
        world.await("down", () -> !(world.network.lookup(vm.address, 50000) instanceof SimNetwork.Lookup.Target));
        awaitApid(vm);
        // Without reboot it stays off; STATE alone leaves Talos installed, and in maintenance mode.
        FakeWorld.stub(world.channel(vm, FakeWorld.admin())).reset(partition("STATE").build());
        world.await("off", () -> !vm.on);
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        assertThat(world.machine(vm).installedVersion()).isEqualTo("v1.12.4");
    }

    private static ResetRequest.Builder partition(String label) {
        return ResetRequest.newBuilder()
                .addSystemPartitionsToWipe(
                        ResetPartitionSpec.newBuilder().setLabel(label).setWipe(true));
    }

    @Test
    void imagesThatAreNotThere() {
        FakeWorld.Vm vm = machine("cp-1");
        MachineServiceBlockingStub machine = stub(vm);
        // source: Server.ImagePull, image.Pull and the reference package of containerd
        assertThatThrownBy(() -> pull(machine, ContainerdNamespace.NS_CRI, "factory.talos.dev/nosuch:v9"))
                .hasMessage("NOT_FOUND: error pulling image: failed to pull image \"factory.talos.dev/nosuch:v9\": failed to "
                        + "resolve reference \"factory.talos.dev/nosuch:v9\": factory.talos.dev/nosuch:v9: not found");
        assertThatThrownBy(() -> pull(machine, ContainerdNamespace.NS_SYSTEM, "x/y"))
                .hasMessageContaining("failed to pull image \"docker.io/x/y:latest\"");
        assertThatThrownBy(() -> pull(machine, ContainerdNamespace.NS_CRI, "quay.io/Upper/case:1"))
                .hasMessage("UNKNOWN: failed to parse image reference \"quay.io/Upper/case:1\": "
                        + "invalid reference format: repository name (Upper/case) must be lowercase");
        for (String nonsense : List.of("", "///", "a b", "x:y:z", "quay.io/x@sha256:1")) {
            assertThatThrownBy(() -> pull(machine, ContainerdNamespace.NS_CRI, nonsense))
                    .hasMessage("UNKNOWN: failed to parse image reference \"" + nonsense + "\": invalid reference format");
        }
        assertThatThrownBy(() -> pull(machine, ContainerdNamespace.NS_UNKNOWN, "quay.io/x/y:1"))
                .hasMessage("INVALID_ARGUMENT: invalid namespace NS_UNKNOWN");
        assertThatThrownBy(() -> machine.imageList(ImageListRequest.getDefaultInstance()).hasNext())
                .hasMessage("INVALID_ARGUMENT: invalid namespace NS_UNKNOWN");

        // source: Server.Upgrade; an image that is missing changes nothing
        String missing = FakeWorld.INSTALLER.replace("v1.12.4", "v9.0.0");
        assertThatThrownBy(() -> machine.upgrade(UpgradeRequest.newBuilder().setImage(missing).build()))
                .hasMessage("UNKNOWN: error validating installer image \"" + missing + "\": failed to pull image \"" + missing
                        + "\": failed to resolve reference \"" + missing + "\": " + missing + ": not found");
        assertThatThrownBy(() -> machine.upgrade(UpgradeRequest.getDefaultInstance()))
                .hasMessage("UNKNOWN: error validating installer image \"\": failed to parse image reference \"\": invalid reference format");
        // source: grub.Config.revert, of a machine with a BIOS
        assertThatThrownBy(() -> machine.rollback(RollbackRequest.getDefaultInstance()))
                .hasMessage("UNKNOWN: cannot rollback to \"\", label does not exist");
        assertThat(world.machine(vm).stage()).isEqualTo("booting");
    }

    private static void pull(MachineServiceBlockingStub machine, ContainerdNamespace namespace, String reference) {
        machine.imagePull(ImagePullRequest.newBuilder()
                .setNamespace(namespace)
                .setReference(reference)
                .build());
    }

    @Test
    void aControlPlaneIsNotUpgradedWhileAnothersEtcdIsDown() {
        FakeWorld.Vm first = machine("cp-1");
        FakeWorld.Vm second = machine("cp-2");
        FakeWorld.Vm third = machine("cp-3");
        stub(first).bootstrap(BootstrapRequest.getDefaultInstance());
        world.await("three members", () -> world.guests.snapshot().clusters().get(0).etcds().stream()
                .anyMatch(etcd -> etcd.members().stream().filter(m -> m.running() && !m.learner()).count() == 3));
        third.cut();
        UpgradeRequest upgrade = UpgradeRequest.newBuilder()
                .setImage(FakeWorld.INSTALLER.replace("v1.12.4", "v1.12.5"))
                .build();
        // source: etcd.Client.ValidateForUpgrade
        assertThatThrownBy(() -> stub(first).upgrade(upgrade))
                .hasMessageMatching("UNKNOWN: error validating etcd for upgrade: etcd member [0-9a-f]{16} is not healthy; "
                        + "all members must be healthy to perform an upgrade: .*");
        second.cut();
        assertThatThrownBy(() -> stub(first).upgrade(upgrade)).hasMessageStartingWith("UNKNOWN: failed to acquire upgrade mutex");
        assertThat(world.machine(first).installedVersion()).isEqualTo("v1.12.4");
        assertThat(stub(first).upgrade(upgrade.toBuilder().setForce(true).build()).getMessages(0).getAck())
                .isEqualTo("Upgrade request received");
        assertThat(world.machine(first).installedVersion()).isEqualTo("v1.12.5");
    }

    private static List<Event> events(MachineServiceBlockingStub machine, EventsRequest request, int count) {
        Iterator<Event> stream =
                machine.withDeadlineAfter(20, TimeUnit.SECONDS).events(request);
        List<Event> out = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            out.add(stream.next());
        }
        return out;
    }

    @Test
    void eventsAreFilteredByWhoAskedAndHowFarBack() throws Exception {
        FakeWorld.Vm vm = machine("cp-1");
        MachineServiceBlockingStub machine = stub(vm);
        // recorded: an event without content comes first, of every stream
        List<Event> last = events(machine, EventsRequest.newBuilder().setTailEvents(3).build(), 4);
        assertThat(last.get(0).getData().getTypeUrl()).isEmpty();
        assertThat(events(machine, EventsRequest.newBuilder().setTailId(last.get(1).getId()).build(), 3))
                .extracting(Event::getId)
                .endsWith(last.get(2).getId(), last.get(3).getId());

        // source: Server.Events and runtime.WatchOptions
        assertThatThrownBy(() -> events(machine, EventsRequest.newBuilder().setTailId("no id").build(), 2))
                .hasMessage("UNKNOWN: error parsing tail_id: xid: invalid ID");
        assertThatThrownBy(() -> events(
                        machine,
                        EventsRequest.newBuilder().setTailId(last.get(1).getId()).setTailEvents(1).build(),
                        2))
                .hasMessage("UNKNOWN: WithTailID can't be specified at the same time with WithTailEvents or WithTailDuration");
        assertThatThrownBy(() -> events(
                        machine, EventsRequest.newBuilder().setTailSeconds(1).setTailEvents(1).build(), 2))
                .hasMessage("UNKNOWN: WithTailDuration can't be specified at the same time with WithTailEvents or WithTailID");

        String actor = machine.reboot(RebootRequest.getDefaultInstance()).getMessages(0).getActorId();
        Event mine = events(
                        machine,
                        EventsRequest.newBuilder().setTailEvents(-1).setWithActorId(actor).build(),
                        2)
                .get(1);
        assertThat(mine.getActorId()).isEqualTo(actor);
        assertThat(SequenceEvent.parseFrom(mine.getData().getValue()).getSequence()).isEqualTo("reboot");
        assertThat(events(machine, EventsRequest.newBuilder().setWithActorId("nobody").build(), 1).get(0).getActorId())
                .isEqualTo("nobody");
    }

    @Test
    void valuesInMetaSurviveAReboot() {
        FakeWorld.Vm vm = machine("cp-1");
        MachineServiceBlockingStub machine = stub(vm);
        // source: Server.MetaWrite and MetaDelete
        assertThatThrownBy(() -> machine.metaWrite(MetaWriteRequest.newBuilder().setKey(256).build()))
                .hasMessage("INVALID_ARGUMENT: key must be a uint8");
        assertThatThrownBy(() -> machine.metaDelete(MetaDeleteRequest.newBuilder().setKey(10).build()))
                .hasMessage("NOT_FOUND: meta key not found");
        assertThatThrownBy(() -> machine.metaWrite(MetaWriteRequest.newBuilder()
                        .setKey(10)
                        .setValue(ByteString.copyFrom(new byte[300 << 10]))
                        .build()))
                .hasMessage("RESOURCE_EXHAUSTED: meta write failed");
        machine.metaWrite(MetaWriteRequest.newBuilder()
                .setKey(10)
                .setValue(ByteString.copyFromUtf8("kept"))
                .build());
        vm.cut();
        vm.start();
        awaitApid(vm);
        GetRequest request = GetRequest.newBuilder()
                .setNamespace("runtime")
                .setType("MetaKeys.runtime.talos.dev")
                .setId("0x0a")
                .build();
        ManagedChannel channel = world.channel(vm, FakeWorld.admin());
        assertThat(StateGrpc.newBlockingStub(channel).get(request).getResource().getSpec().getYamlSpec())
                .isEqualTo("value: kept\n");
        FakeWorld.stub(channel).metaDelete(MetaDeleteRequest.newBuilder().setKey(10).build());
        assertThatThrownBy(() -> StateGrpc.newBlockingStub(channel).get(request)).hasMessageStartingWith("NOT_FOUND");
    }

    private static String text(Iterator<Data> stream) {
        StringBuilder out = new StringBuilder();
        stream.forEachRemaining(part -> out.append(part.getBytes().toStringUtf8()));
        return out.toString();
    }

    @Test
    void logsAndTheKernelsLog() {
        MachineServiceBlockingStub machine = stub(machine("cp-1"));
        // recorded: 5-forwarding
        assertThatThrownBy(() -> text(machine.logs(LogsRequest.newBuilder().setNamespace("system").setId("nosuch").build())))
                .hasMessage("UNKNOWN: log \"nosuch\" was not registered");
        assertThat(text(machine.logs(LogsRequest.newBuilder().setNamespace("system").setId("machined").setTailLines(1).build())))
                .matches("\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{6} .*\n");
        // source: Server.Logs, where only the kubelet is found in another namespace than the system's
        assertThat(text(machine.logs(LogsRequest.newBuilder().setNamespace("k8s.io").setId("kubelet").setTailLines(-1).build())))
                .contains("kubelet started");
        assertThatThrownBy(() -> text(machine.logs(LogsRequest.newBuilder().setNamespace("k8s.io").setId("machined").build())))
                .hasMessage("UNKNOWN: container \"machined\" not found");
        // source: Server.Dmesg
        assertThat(text(machine.dmesg(DmesgRequest.getDefaultInstance())).lines())
                .isNotEmpty()
                .allMatch(line -> line.matches("user: warning: \\[\\d{4}-\\d\\d-\\d\\dT.*Z]: \\[talos] .*"));
    }

    @Test
    void anyOtherModeEndsATry() {
        FakeWorld.Vm vm = machine("cp-1");
        MachineServiceBlockingStub machine = stub(vm);
        String config = FakeWorld.config(true, vm, FakeWorld.INSTALLER);
        // source: Server.ApplyConfiguration cancels the return before it looks at the configuration; what is in effect when a
        // second one is tried is what comes back
        tried(machine, config.replace("hostname: cp-1", "hostname: first"));
        tried(machine, config.replace("hostname: cp-1", "hostname: second"));
        assertThat(world.machine(vm).hostname()).isEqualTo("second");
        world.clock.advance(Duration.ofSeconds(61));
        assertThat(world.machine(vm).hostname()).isEqualTo("first");

        tried(machine, config.replace("hostname: cp-1", "hostname: third"));
        assertThatThrownBy(() -> machine.applyConfiguration(ApplyConfigurationRequest.newBuilder()
                        .setMode(Mode.AUTO)
                        .setDryRun(true)
                        .build()))
                .hasMessage("INVALID_ARGUMENT: config not found");
        world.clock.advance(Duration.ofMinutes(10));
        assertThat(world.machine(vm).hostname()).isEqualTo("third");
        vm.cut();
        vm.start();
        awaitApid(vm);
        assertThat(world.machine(vm).hostname()).isEqualTo("cp-1");
    }

    private static void tried(MachineServiceBlockingStub machine, String config) {
        machine.applyConfiguration(FakeWorld.request(config).toBuilder().setMode(Mode.TRY).build());
    }

    @Test
    void partialConfigurationSurvivesARebootOfAnInstalledMachine() {
        FakeWorld.Vm vm = world.vm("cp-1", "192.168.62.21").preinstalled();
        vm.start();
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        ManagedChannel maintenance = world.maintenanceChannel(vm);
        FakeWorld.stub(maintenance)
                .applyConfiguration(FakeWorld.request(
                        "apiVersion: v1alpha1\nkind: HostnameConfig\nauto: \"off\"\nhostname: named\n"));
        assertThat(world.machine(vm).hostname()).isEqualTo("named");
        vm.cut();
        vm.start();
        // source: AcquireController.stateDisk, "config found on disk, but it's incomplete, proceed to maintenance"
        world.await("maintenance", () -> world.machine(vm).stage().equals("maintenance"));
        assertThat(world.machine(vm).hostname()).isEqualTo("named");
    }
}
