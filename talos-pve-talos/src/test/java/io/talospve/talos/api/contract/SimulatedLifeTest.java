package io.talospve.talos.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi.BootstrapAnswer;
import io.talospve.talos.api.ApplyAnswer;
import io.talospve.talos.api.ApplyMode;
import io.talospve.talos.api.ApplyOptions;
import io.talospve.talos.api.GrpcTalosApi;
import io.talospve.talos.api.MachineDisk;
import io.talospve.talos.api.MachineStream;
import io.talospve.talos.api.NodeAnswer;
import io.talospve.talos.api.Question;
import io.talospve.talos.api.RebootMode;
import io.talospve.talos.api.ResetOptions;
import io.talospve.talos.api.ResourceChange;
import io.talospve.talos.api.ServiceStatus;
import io.talospve.talos.api.TalosMachine;
import io.talospve.talos.api.TalosVersion;
import io.talospve.talos.api.UpgradeOptions;
import io.talospve.testkit.internal.talos.Faults;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A simulated machine's life as this client sees it, lost answers included. */
@Timeout(120)
class SimulatedLifeTest {
    private static final String STATUS = "MachineStatuses.runtime.talos.dev";

    private final SimulatedMachines machines = new SimulatedMachines();
    private final GrpcTalosApi api =
            GrpcTalosApi.builder().proxy(machines.proxy()).etcdTimeout(Duration.ofSeconds(2)).build();
    private final TalosAccess access = machines.access();
    private final SimulatedMachines.Vm vm = machines.vm("cp-1", "192.168.62.21");

    @AfterEach
    void close() {
        api.close();
        machines.close();
    }

    private MachineView look() {
        return api.look(vm.address(), access, null);
    }

    private MachineView.Maintenance awaitMaintenance(SimulatedMachines.Vm machine) {
        machines.await(
                "maintenance mode",
                () -> api.look(machine.address(), access, null) instanceof MachineView.Maintenance);
        return (MachineView.Maintenance) api.look(machine.address(), access, null);
    }

    private void awaitEtcd(SimulatedMachines.Vm machine, String state) {
        machines.await(
                "etcd " + state,
                () -> api.look(machine.address(), access, null) instanceof MachineView.Running running
                        && state.equals(running.etcd())
                        && running.etcdHealthy() == state.equals("Running"));
    }

    private void configure(SimulatedMachines.Vm machine, boolean controlPlane) {
        machine.start();
        MachineView.Maintenance seen = awaitMaintenance(machine);
        api.applyInMaintenance(machine.address(), seen.keyPin(), machine.configuration(controlPlane));
        machines.await(
                "its configuration",
                () -> api.look(machine.address(), access, null) instanceof MachineView.Running running
                        && Set.of("booting", "running").contains(running.stage()));
    }

    private void bootstrapped() {
        configure(vm, true);
        awaitEtcd(vm, "Preparing");
        api.bootstrap(vm.address(), access);
        awaitEtcd(vm, "Running");
    }

    @Test
    void aMachineInMaintenanceModeTellsWhoItIs() {
        assertThat(look()).isInstanceOf(MachineView.Unreachable.class);
        vm.start();
        MachineView.Maintenance seen = awaitMaintenance(vm);

        assertThat(seen.uuid()).isEqualTo(vm.uuid());
        assertThat(seen.macs()).containsExactly(vm.mac());
        assertThat(seen.diskWwids()).contains(vm.wwid());
        assertThat(seen.talosVersion()).isEqualTo("v1.12.4");
        assertThat(api.look(vm.address(), null, seen.keyPin())).isEqualTo(seen);
        assertThat(api.look(vm.address(), access, "AAAA")).isInstanceOf(MachineView.Foreign.class);
        TalosMachine waiting = api.machineInMaintenance(vm.address(), seen.keyPin());
        assertThat(waiting.disks()).extracting(MachineDisk::wwid).contains(vm.wwid());
        assertThat(waiting.resource("runtime", STATUS, "machine").orElseThrow().spec()).contains("stage: maintenance");
        assertThatThrownBy(waiting::version)
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.serverText()).contains("API is not implemented in maintenance mode"));
    }

    @Test
    void aKeyIsGoneWithItsBoot() {
        vm.start();
        String first = awaitMaintenance(vm).keyPin();
        vm.cut();
        assertThat(look()).isInstanceOf(MachineView.Unreachable.class);
        vm.start();
        assertThat(awaitMaintenance(vm).keyPin()).isNotEqualTo(first);
        assertThat(api.look(vm.address(), access, first)).isInstanceOf(MachineView.Foreign.class);
        assertThatThrownBy(() -> api.applyInMaintenance(vm.address(), first, vm.configuration(true)))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.UNTRUSTED));
        assertThat(machines.guests().snapshot().machine("cp-1").applied()).isZero();
    }

    @Test
    void aConfigurationThatTalosRefusesIsRejectedInItsWords() {
        vm.start();
        String pin = awaitMaintenance(vm).keyPin();
        Map<String, String> refusals = Map.of(
                "machine: [", "failed to parse config: ",
                "version: v1alpha1\nmachine:\n  type: worker\n", "configuration validation failed: ");
        refusals.forEach((broken, words) -> assertThatThrownBy(
                        () -> api.applyInMaintenance(vm.address(), pin, Secret.of(broken)))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.REJECTED);
                    assertThat(e.retryable()).isFalse();
                    assertThat(e.serverText().orElseThrow()).startsWith(words);
                }));
    }

    @Test
    void bootstrapIsAskedForUntilItIsDone() {
        configure(vm, true);
        awaitEtcd(vm, "Preparing");
        MachineView.Running waiting = (MachineView.Running) look();
        assertThat(waiting.ready()).isFalse();
        assertThat(waiting.stage()).isEqualTo("booting");
        assertThat(waiting.unmet()).anyMatch(condition -> condition.startsWith("services: "));
        assertThatThrownBy(() -> api.etcdMembers(vm.address(), access))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.TIMED_OUT);
                    assertThat(e.retryable()).isTrue();
                });

        assertThat(api.bootstrap(vm.address(), access)).isEqualTo(BootstrapAnswer.ACCEPTED);
        awaitEtcd(vm, "Running");
        assertThat(api.bootstrap(vm.address(), access)).isEqualTo(BootstrapAnswer.ALREADY_DONE);
        assertThat(api.etcdMembers(vm.address(), access)).singleElement().satisfies(member -> {
            assertThat(member.hostname()).isEqualTo("cp-1");
            assertThat(member.learner()).isFalse();
        });
    }

    @Test
    void aLostAnswerLeavesTheTruthToTheNextLook() {
        Faults faults = machines.guests().faults();
        vm.start();
        String pin = awaitMaintenance(vm).keyPin();
        for (Faults.Moment moment : Faults.Moment.values()) {
            faults.drop((machine, method) -> method.endsWith("/ApplyConfiguration"), moment, 1);
            assertLost(() -> api.applyInMaintenance(vm.address(), pin, vm.configuration(true)));
            if (moment == Faults.Moment.BEFORE_EFFECT) {
                assertThat(api.look(vm.address(), access, pin)).isInstanceOf(MachineView.Maintenance.class);
            }
        }
        awaitEtcd(vm, "Preparing");
        for (Faults.Moment moment : Faults.Moment.values()) {
            faults.drop((machine, method) -> method.endsWith("/Bootstrap"), moment, 1);
            assertLost(() -> api.bootstrap(vm.address(), access));
            if (moment == Faults.Moment.BEFORE_EFFECT) {
                assertThat(((MachineView.Running) look()).etcd()).isEqualTo("Preparing");
            }
        }
        awaitEtcd(vm, "Running");
        faults.drop((machine, method) -> method.endsWith("/Kubeconfig"), Faults.Moment.AFTER_EFFECT, 1);
        assertLost(() -> api.kubeconfig(vm.address(), access));
        assertThat(api.kubeconfig(vm.address(), access).reveal()).contains("kind: Config");
        assertThat(machines.guests().snapshot().clusters().get(0).bootstraps()).isEqualTo(1);
    }

    private static void assertLost(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).asInstanceOf(type(RemoteException.class)).satisfies(e -> {
            assertThat(e.retryable()).isTrue();
            assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
        });
    }

    @Test
    void aMachineThatIsSwitchedOffUnderACallIsUnreachable() {
        bootstrapped();
        TalosMachine machine = api.machine(vm.address(), access);
        try (MachineStream<ResourceChange> changes = machine.watch("runtime", STATUS, "machine", Duration.ofMinutes(1))) {
            assertThat(changes.next().kind()).isEqualTo(ResourceChange.Kind.CREATED);
            vm.cut();
            assertThatThrownBy(() -> {
                        while (changes.hasNext()) {
                            changes.next();
                        }
                    })
                    .asInstanceOf(type(RemoteException.class))
                    .satisfies(e -> assertThat(e.retryable()).isTrue());
        }
        assertThat(look()).isInstanceOf(MachineView.Unreachable.class);
    }

    @Test
    void aWorkerSaysWhatOnlyControlPlanesDo() {
        bootstrapped();
        SimulatedMachines.Vm worker = machines.vm("worker-1", "192.168.62.31");
        configure(worker, false);
        MachineView.Running seen = (MachineView.Running) api.look(worker.address(), access, null);
        assertThat(seen.etcd()).isNull();
        assertThatThrownBy(() -> api.bootstrap(worker.address(), access))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> {
                    assertThat(e.retryable()).isFalse();
                    assertThat(e.serverText()).contains("bootstrap can only be performed on a control plane node");
                });
        assertThatThrownBy(() -> api.kubeconfig(worker.address(), access))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.REJECTED));
        assertThatThrownBy(() -> api.machine(worker.address(), access)
                        .forwardingTo("192.168.62.21")
                        .version())
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.DENIED));
    }

    @Test
    void oneControlPlaneSpeaksForAllWhoAnswer() {
        bootstrapped();
        SimulatedMachines.Vm worker = machines.vm("worker-1", "192.168.62.31");
        configure(worker, false);
        Map<String, NodeAnswer<TalosVersion>> answers = api.ask(
                vm.address(), access, List.of("192.168.62.21", "192.168.62.31", "192.168.62.99"), Question.version());

        assertThat(answers.get("192.168.62.21").value().tag()).isEqualTo("v1.12.4");
        assertThat(answers.get("192.168.62.31").value().platform()).isEqualTo("nocloud");
        assertThat(answers.get("192.168.62.99").error()).isPresent();
        assertThat(api.machine(vm.address(), access)
                        .forwardingTo("192.168.62.31")
                        .services())
                .extracting(ServiceStatus::id)
                .contains("apid", "kubelet")
                .doesNotContain("etcd");
    }

    @Test
    void aReaderMayLookButNotTouch() {
        bootstrapped();
        TalosAccess reader = machines.access(List.of("os:reader"));
        assertThat(api.look(vm.address(), reader, null)).isInstanceOf(MachineView.Running.class);
        TalosMachine machine = api.machine(vm.address(), reader);
        assertThat(machine.version().tag()).isEqualTo("v1.12.4");
        assertThatThrownBy(() -> machine.apply(vm.configuration(true), ApplyOptions.in(ApplyMode.AUTO)))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.DENIED);
                    assertThat(e.serverText()).contains("not authorized");
                });
    }

    @Test
    void aRunningMachineSaysWhatAChangeWouldDoAndKeepsItsSecrets() {
        bootstrapped();
        TalosMachine machine = api.machine(vm.address(), access);
        Secret<String> same = vm.configuration(true);
        Secret<String> other = same.map(text -> text.replaceFirst(
                "(?m)^machine:$", "machine:\n    env:\n        HTTP_PROXY: http://me:s3cr3t@192.0.2.1"));

        assertThat(machine.apply(same, ApplyOptions.in(ApplyMode.AUTO).asDryRun()).mode())
                .isEqualTo(ApplyMode.NO_REBOOT);
        ApplyAnswer answer = machine.apply(other, ApplyOptions.in(ApplyMode.AUTO).asDryRun());
        assertThat(answer.mode()).isEqualTo(ApplyMode.REBOOT);
        assertThat(answer.details().reveal()).contains("s3cr3t");
        assertThat(answer.toString()).doesNotContain("s3cr3t");
        assertThatThrownBy(() -> machine.apply(other, ApplyOptions.in(ApplyMode.NO_REBOOT)))
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.REJECTED);
                    assertThat(e.serverText().orElseThrow()).startsWith("this config change can't be applied in immediate mode");
                    assertThat(e).hasStackTraceContaining("immediate mode");
                    assertThat(e.toString() + e.serverText()).doesNotContain("s3cr3t");
                });
    }

    @Test
    void upgradesRollsBackRebootsAndResets() {
        bootstrapped();
        TalosMachine machine = api.machine(vm.address(), access);
        String image = "factory.talos.dev/nocloud-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:";
        assertThatThrownBy(() -> machine.upgrade(UpgradeOptions.to(image + "v9.9.9")))
                .isInstanceOf(RemoteException.class);
        machine.upgrade(UpgradeOptions.to(image + "v1.12.3"));
        awaitVersion("v1.12.3");
        machine.rollback();
        awaitVersion("v1.12.4");
        machine.reboot(RebootMode.DEFAULT);
        machines.await("to be gone", () -> !(look() instanceof MachineView.Running));
        awaitEtcd(vm, "Running");
        machine.reset(new ResetOptions(false, true, ResetOptions.Wipe.SYSTEM_DISK, List.of(), List.of()));
        assertThat(awaitMaintenance(vm).uuid()).isEqualTo(vm.uuid());
    }

    private void awaitVersion(String version) {
        machines.await(
                version,
                () -> look() instanceof MachineView.Running running
                        && running.talosVersion().equals(version)
                        && "Running".equals(running.etcd()));
    }

    @Test
    void etcdComesBackFromASnapshotOnAWipedMachine() {
        bootstrapped();
        TalosMachine machine = api.machine(vm.address(), access);
        assertThatThrownBy(() -> machine.etcd().forfeitLeadership())
                .asInstanceOf(type(RemoteException.class))
                .satisfies(e -> assertThat(e.code()).isEqualTo(ErrorCode.REJECTED));
        ByteArrayOutputStream snapshot = new ByteArrayOutputStream();
        machine.etcd().snapshot(snapshot, Duration.ofSeconds(30));
        assertThatThrownBy(() -> recover(machine, snapshot))
                .as("there is an etcd")
                .isInstanceOf(RemoteException.class);
        machine.reset(new ResetOptions(
                false, true, ResetOptions.Wipe.SYSTEM_DISK, List.of("EPHEMERAL"), List.of()));
        awaitEtcd(vm, "Preparing");
        recover(machine, snapshot);
        awaitEtcd(vm, "Running");
        assertThat(machine.etcd().members()).hasSize(1);
    }

    private static void recover(TalosMachine machine, ByteArrayOutputStream snapshot) {
        machine.etcd().recover(new ByteArrayInputStream(snapshot.toByteArray()), false, Duration.ofSeconds(30));
    }
}
