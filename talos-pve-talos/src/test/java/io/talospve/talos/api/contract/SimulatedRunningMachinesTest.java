package io.talospve.talos.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.talos.api.ClientConfiguration;
import io.talospve.talos.api.EtcdPeer;
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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract on simulated machines that this client itself has brought up. */
class SimulatedRunningMachinesTest extends RunningMachinesContract {
    private static SimulatedMachines machines;
    private static GrpcTalosApi api;
    private static TalosAccess access;
    private static TalosAccess foreign;
    private static List<MachineAddress> controlPlanes;

    @BeforeAll
    static void bringUp() {
        machines = new SimulatedMachines();
        api = GrpcTalosApi.builder().proxy(machines.proxy()).build();
        access = machines.access();
        foreign = machines.foreignAccess();
        List<SimulatedMachines.Vm> vms = List.of(
                machines.vm("cp-1", "192.168.62.21"),
                machines.vm("cp-2", "192.168.62.22"),
                machines.vm("cp-3", "192.168.62.23"));
        for (SimulatedMachines.Vm vm : vms) {
            vm.start();
            machines.await(
                    "maintenance mode", () -> api.look(vm.address(), access, null) instanceof MachineView.Maintenance);
            MachineView.Maintenance seen = (MachineView.Maintenance) api.look(vm.address(), access, null);
            api.applyInMaintenance(vm.address(), seen.keyPin(), vm.configuration(true));
        }
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
        machines.await(
                "three voters",
                () -> api.etcdMembers(vms.get(0).address(), access).stream()
                                .filter(member -> !member.learner())
                                .count()
                        == 3);
        controlPlanes = vms.stream().map(SimulatedMachines.Vm::address).toList();
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

    @Override
    TalosApi api() {
        return api;
    }

    @Override
    TalosAccess access() {
        return access;
    }

    @Override
    TalosAccess foreignAccess() {
        return foreign;
    }

    @Override
    List<MachineAddress> controlPlanes() {
        return controlPlanes;
    }
}
