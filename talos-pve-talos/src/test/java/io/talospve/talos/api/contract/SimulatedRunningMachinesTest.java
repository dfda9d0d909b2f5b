package io.talospve.talos.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.talos.api.ClientConfiguration;
import io.talospve.talos.api.ContainerImage;
import io.talospve.talos.api.EtcdPeer;
import io.talospve.talos.api.EtcdStatus;
import io.talospve.talos.api.EventFilter;
import io.talospve.talos.api.GrpcTalosApi;
import io.talospve.talos.api.MachineDisk;
import io.talospve.talos.api.MachineEtcd;
import io.talospve.talos.api.MachineEvent;
import io.talospve.talos.api.MachineMetrics;
import io.talospve.talos.api.MachineStream;
import io.talospve.talos.api.RebootMode;
import io.talospve.talos.api.ServiceStatus;
import io.talospve.talos.api.TalosMachine;
import io.talospve.talos.api.TalosResource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What machines offer that run, on three simulated control planes that this client itself has brought up. */
@Timeout(120)
class SimulatedRunningMachinesTest {
    private static SimulatedMachines machines;
    private static GrpcTalosApi api;
    private static TalosAccess access;
    private static List<MachineAddress> controlPlanes;

    @BeforeAll
    static void bringUp() {
        machines = new SimulatedMachines();
        api = GrpcTalosApi.builder().proxy(machines.proxy()).build();
        access = machines.access();
        List<SimulatedMachines.Vm> vms = List.of(
                machines.vm("cp-1", "192.168.62.21"),
                machines.vm("cp-2", "192.168.62.22"),
                machines.vm("cp-3", "192.168.62.23"));
        vms.forEach(SimulatedRunningMachinesTest::install);
        for (SimulatedMachines.Vm vm : vms) {
            machines.await("a waiting etcd", () -> api.look(vm.address(), access, null) instanceof MachineView.Running r
                    && "Preparing".equals(r.etcd()));
        }
        api.bootstrap(vms.get(0).address(), access);
        for (SimulatedMachines.Vm vm : vms) {
            machines.await("a healthy etcd", () -> api.look(vm.address(), access, null) instanceof MachineView.Running r
                    && r.etcdHealthy()
                    && r.stage().equals("running"));
        }
        controlPlanes = vms.stream().map(SimulatedMachines.Vm::address).toList();
        machines.await("three voters", () -> voters() == 3);
    }

    private static void install(SimulatedMachines.Vm vm) {
        vm.start();
        machines.await(
                "maintenance mode", () -> api.look(vm.address(), access, null) instanceof MachineView.Maintenance);
        MachineView.Maintenance seen = (MachineView.Maintenance) api.look(vm.address(), access, null);
        api.applyInMaintenance(vm.address(), seen.keyPin(), vm.configuration(true));
    }

    private static long voters() {
        return api.etcdMembers(controlPlanes.get(0), access).stream()
                .filter(member -> !member.learner())
                .count();
    }

    @AfterAll
    static void tearDown() {
        api.close();
        machines.close();
    }

    @Test
    void aMachineTellsPeopleWhatTheyAskFor() throws IOException {
        TalosMachine machine = api.machine(controlPlanes.get(0), access);

        assertThat(machine.version().tag()).isEqualTo("v1.12.4");
        assertThat(machine.hostname()).isEqualTo("cp-1");
        assertThat(machine.services())
                .filteredOn(service -> service.id().equals("etcd"))
                .singleElement()
                .satisfies(etcd -> {
                    assertThat(etcd.state()).isEqualTo("Running");
                    assertThat(etcd.health()).isEqualTo(ServiceStatus.Health.HEALTHY);
                });
        MachineMetrics metrics = machine.metrics();
        assertThat(metrics.memory().total()).isBetween(4L << 30, 8L << 30);
        assertThat(metrics.processors()).isEqualTo(4);
        assertThat(metrics.networks()).isNotEmpty();
        assertThat(metrics.toString()).hasSizeLessThan(800);
        assertThat(machine.disks()).anyMatch(MachineDisk::systemDisk);
        assertThat(machine.mounts()).isNotNull();
        assertThat(machine.resources("runtime", "Services.v1alpha1.talos.dev"))
                .extracting(TalosResource::id)
                .contains("apid", "etcd", "kubelet");
        try (MachineStream<String> log = machine.dmesg()) {
            assertThat(log.hasNext()).isTrue();
        }
        try (MachineStream<MachineEvent> events = machine.events(EventFilter.all(), Duration.ofSeconds(30))) {
            assertThat(events.next()).isNotInstanceOf(MachineEvent.Other.class);
        }
        MachineEtcd etcd = machine.etcd();
        assertThat(etcd.members()).extracting(EtcdPeer::hostname).containsExactlyInAnyOrder("cp-1", "cp-2", "cp-3");
        assertThat(etcd.status().databaseSize()).isPositive();
        assertThat(etcd.alarms()).isEmpty();
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        assertThat(etcd.snapshot(snapshot, Duration.ofSeconds(30))).isEqualTo(snapshot.size()).isPositive();
    }

    @Test
    void aControlPlaneIssuesAccessThatWorks() {
        TalosMachine machine = api.machine(controlPlanes.get(0), access);
        ClientConfiguration issued = machine.clientConfiguration(Set.of("os:reader"), Duration.ofHours(1));

        TalosMachine asReader = api.machine(controlPlanes.get(1), issued.access());
        assertThat(asReader.version().tag()).isEqualTo("v1.12.4");
        assertThatThrownBy(() -> asReader.reboot(RebootMode.DEFAULT))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
        assertThat(issued.talosconfig().reveal()).contains("contexts:");
    }

    private static void rejected(ErrorCode code, String words, ThrowingCallable call) {
        assertThatThrownBy(call).asInstanceOf(type(RemoteException.class)).satisfies(e -> {
            assertThat(e.code()).isEqualTo(code);
            assertThat(e.retryable()).isFalse();
            assertThat(e.serverText().orElseThrow()).contains(words);
        });
    }

    @Test
    void servicesCanBeRestartedAsFarAsTalosLets() {
        TalosMachine machine = api.machine(controlPlanes.get(0), access);
        assertThat(machine.restartService("kubelet")).isEqualTo("Service \"kubelet\" restarted");
        assertThat(machine.services())
                .filteredOn(service -> service.id().equals("kubelet"))
                .singleElement()
                .satisfies(kubelet -> {
                    assertThat(kubelet.health()).isEqualTo(ServiceStatus.Health.HEALTHY);
                    assertThat(kubelet.events()).extracting(ServiceStatus.Event::state).contains("Finished");
                });
        // What runs already is fine; stopping is for extensions.
        assertThat(machine.startService("kubelet")).contains("started");
        rejected(
                ErrorCode.REJECTED,
                "service \"kubelet\" doesn't support stop operation via API",
                () -> machine.stopService("kubelet"));
        rejected(
                ErrorCode.REJECTED,
                "service \"etcd\" doesn't support restart operation via API",
                () -> machine.restartService("etcd"));
        rejected(
                ErrorCode.REJECTED,
                "service \"machined\" doesn't support stop operation via API",
                () -> machine.stopService("machined"));
        assertThatThrownBy(() -> machine.startService("nobody"))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.serverText()).contains("service \"nobody\" not defined"));
    }

    @Test
    void imagesAreListedAndPulled() {
        TalosMachine machine = api.machine(controlPlanes.get(0), access);
        assertThat(machine.images(ContainerImage.Store.KUBERNETES))
                .anySatisfy(image -> {
                    assertThat(image.name()).contains("kubelet");
                    assertThat(image.digest()).startsWith("sha256:");
                    assertThat(image.size()).isPositive();
                });
        String installer = "factory.talos.dev/nocloud-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:";
        machine.pullImage(ContainerImage.Store.SYSTEM, installer + "v1.12.4", Duration.ofSeconds(30));
        rejected(ErrorCode.NOT_FOUND, "failed to pull image", () ->
                machine.pullImage(ContainerImage.Store.SYSTEM, installer + "v9.9.9", Duration.ofSeconds(30)));
    }

    @Test
    void leadershipMovesAndEveryMemberSaysSo() {
        EtcdStatus before = api.machine(controlPlanes.get(0), access).etcd().status();
        MachineAddress leader = controlPlanes.stream()
                .filter(address -> api.machine(address, access).etcd().status().leader())
                .findFirst()
                .orElseThrow();
        api.machine(leader, access).etcd().forfeitLeadership();
        for (MachineAddress address : controlPlanes) {
            EtcdStatus after = api.machine(address, access).etcd().status();
            assertThat(after.leaderId()).isNotZero().isNotEqualTo(before.leaderId());
            assertThat(after.raftTerm()).isGreaterThan(before.raftTerm());
        }
    }

    @Test
    void aMachineThatShutsDownIsUnreachableAndItsMemberCanBeRemoved() {
        SimulatedMachines.Vm fourth = machines.vm("cp-4", "192.168.62.24");
        install(fourth);
        machines.await("a fourth voter", () -> voters() == 4);
        MachineEtcd etcd = api.machine(controlPlanes.get(0), access).etcd();
        long id = etcd.members().stream()
                .filter(member -> member.hostname().equals("cp-4"))
                .findFirst()
                .orElseThrow()
                .id();
        assertThat(api.machine(fourth.address(), access).shutdown(true)).isNotEmpty();
        machines.await("its end", () -> api.look(fourth.address(), access, null) instanceof MachineView.Unreachable);
        etcd.remove(id);
        assertThat(etcd.members()).extracting(EtcdPeer::hostname).containsExactlyInAnyOrder("cp-1", "cp-2", "cp-3");
        assertThat(etcd.status().leaderId()).isNotZero();
    }
}
