package io.talospve.talos.api.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.talos.api.GrpcTalosApi;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a watch tells of a simulated machine's life. */
@Timeout(120)
class MachineWatchTest {
    private final SimulatedMachines machines = new SimulatedMachines();
    private final GrpcTalosApi api = GrpcTalosApi.builder().proxy(machines.proxy()).build();
    private final TalosAccess access = machines.access();
    private final SimulatedMachines.Vm vm = machines.vm("cp-1", "192.168.62.21");
    private final Semaphore changes = new Semaphore(0);

    @AfterEach
    void close() {
        api.close();
        machines.close();
    }

    private MachineView look() {
        return api.look(vm.address(), access, null);
    }

    private TalosApi.Watch watch(MachineView seen) {
        return api.watch(vm.address(), access, seen, changes::release);
    }

    private void told(String what) throws InterruptedException {
        assertThat(changes.tryAcquire(20, TimeUnit.SECONDS)).as(what).isTrue();
        changes.drainPermits();
    }

    private MachineView.Maintenance maintenance() {
        vm.start();
        machines.await("maintenance mode", () -> look() instanceof MachineView.Maintenance);
        return (MachineView.Maintenance) look();
    }

    private MachineView.Running preparing() {
        api.applyInMaintenance(vm.address(), maintenance().keyPin(), vm.configuration(true));
        machines.await(
                "etcd Preparing",
                () -> look() instanceof MachineView.Running running && "Preparing".equals(running.etcd()));
        return (MachineView.Running) look();
    }

    @Test
    void aMachineInMaintenanceModeTellsOfItsInstallationAndItsEnd() throws Exception {
        MachineView.Maintenance seen = maintenance();
        try (TalosApi.Watch watch = watch(seen)) {
            assertThat(watch.live()).isTrue();
            told("how it is now");
            api.applyInMaintenance(vm.address(), seen.keyPin(), vm.configuration(true));
            told("that it installs, or that its API has gone");
            machines.await("the end of maintenance mode", () -> !watch.live());
            assertThat(look()).isNotInstanceOf(MachineView.Maintenance.class);
        }
    }

    @Test
    void aRunningMachineTellsOfItsServices() throws Exception {
        MachineView.Running seen = preparing();
        try (TalosApi.Watch watch = watch(seen)) {
            assertThat(watch.live()).isTrue();
            changes.drainPermits();
            api.bootstrap(vm.address(), access);
            told("that etcd starts");
            machines.await(
                    "etcd runs", () -> look() instanceof MachineView.Running running && "Running".equals(running.etcd()));
            assertThat(watch.live()).isTrue();
            vm.cut();
            while (watch.live()) {
                told("that it is gone");
            }
        }
    }

    @Test
    void nothingIsToldAfterTheEnd() throws Exception {
        TalosApi.Watch watch = watch(preparing());
        watch.close();
        watch.close();
        assertThat(watch.live()).isFalse();
        // One that was on its way may still come.
        changes.tryAcquire(100, TimeUnit.MILLISECONDS);
        changes.drainPermits();
        api.bootstrap(vm.address(), access);
        machines.await(
                "etcd runs", () -> look() instanceof MachineView.Running running && "Running".equals(running.etcd()));
        assertThat(changes.availablePermits()).isZero();
    }

    @Test
    void whatCannotBeWatchedHasEndedAtOnce() {
        assertThat(watch(new MachineView.Unreachable("off")).live()).isFalse();
        assertThat(watch(new MachineView.Foreign("somebody's")).live()).isFalse();
        MachineView.Running running = new MachineView.Running("", "v1.12.4", null, "running", true, List.of(), List.of());
        assertThat(watch(running).live()).as("nobody there").isFalse();
        MachineView.Maintenance seen = maintenance();
        assertThat(watch(running).live()).as("in maintenance mode").isFalse();
        assertThat(watch(new MachineView.Maintenance(
                                "", "AAAA", seen.uuid(), seen.macs(), seen.talosVersion(), seen.diskWwids()))
                        .live())
                .as("another key")
                .isFalse();
        assertThat(changes.availablePermits()).isZero();
    }

    /** Who may read may watch; the client need not be an administrator. */
    @Test
    void aReaderMayWatch() {
        MachineView.Running seen = preparing();
        try (TalosApi.Watch watch = api.watch(vm.address(), machines.access(List.of("os:reader")), seen, changes::release)) {
            assertThat(watch.live()).isTrue();
        }
    }
}
