package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.health.HealthReport;
import io.talospve.health.HealthReport.State;
import io.talospve.plan.HealthCondition;
import io.talospve.plan.HealthCondition.Id;
import io.talospve.spi.NodeRef;
import io.talospve.spi.TimeSource;
import io.talospve.talos.api.MachineMetrics;
import io.talospve.talos.api.MachineStream;
import io.talospve.talos.api.RebootMode;
import io.talospve.talos.api.ServiceStatus;
import io.talospve.talos.api.TalosMachine;
import io.talospve.talos.api.TalosResource;
import io.talospve.testkit.SimulatedDatacenter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What people do with a cluster that runs: look at its health, its machines' logs, services, counters and resources. */
@ExtendWith(SimulatedDatacenterExtension.class)
@Timeout(120)
class OperationsTest {
    private static void apply(TalosPve pve) {
        pve.adopt(SmallCluster.LAB, StoredSecrets.bundle());
        Outcome outcome = pve.apply(pve.plan(SmallCluster.LAB));
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
    }

    private static void pass(SimulatedDatacenter datacenter, Duration time) throws InterruptedException {
        try (TimeSource.Waiter waiter = datacenter.timeSource().waiter()) {
            waiter.await(datacenter.timeSource().now().plus(time));
        }
    }

    @Test
    void aHealthyClusterMeetsEveryConditionInTalosOrder(TalosPve pve) {
        assertThatThrownBy(() -> pve.health(SmallCluster.LAB))
                .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        apply(pve);
        HealthReport report = pve.health(SmallCluster.LAB);
        assertThat(report.healthy()).as(report.text()).isTrue();
        assertThat(report.conditions()).extracting(HealthReport.Condition::id).containsExactlyElementsOf(
                HealthCondition.of(SmallCluster.LAB).stream().map(HealthCondition::id).toList());
        assertThat(report.conditions()).hasSize(16);
        assertThat(report.conditions()).allSatisfy(condition -> {
            assertThat(condition.state()).isEqualTo(State.MET);
            assertThat(condition.met()).isEqualTo(condition.of());
        });
        assertThat(report.condition(Id.STATIC_PODS).orElseThrow().of()).isEqualTo(3);
        assertThat(report.condition(Id.NODES_READY).orElseThrow().of()).isEqualTo(2);
    }

    @Test
    void aMachineThatIsDownIsNamedWithWhatWasLastSeen(TalosPve pve, SimulatedDatacenter datacenter)
            throws InterruptedException {
        apply(pve);
        NodeRef worker = pve.node(SmallCluster.LAB, "lab-worker-1");
        pve.machine(worker).shutdown(true);
        pass(datacenter, Duration.ofSeconds(5));
        HealthReport gone = pve.awaitHealthy(SmallCluster.LAB, Duration.ofSeconds(30), report -> { });
        assertThat(gone.healthy()).as(gone.text()).isFalse();
        assertThat(gone.condition(Id.ETCD_HEALTHY).orElseThrow().state()).isEqualTo(State.MET);
        HealthReport.Condition booted = gone.condition(Id.MACHINES_BOOTED).orElseThrow();
        assertThat(booted.state()).isEqualTo(State.UNMET);
        assertThat(booted.met()).isEqualTo(1);
        assertThat(booted.of()).isEqualTo(2);
        assertThat(booted.lastSeen()).startsWith("lab-worker-1: ");
        assertThat(gone.unmet().get(0).id()).isEqualTo(Id.APID);
        assertThat(gone.condition(Id.MEMORY).orElseThrow().state()).isEqualTo(State.UNKNOWN);
        assertThat(gone.text()).contains("lab is not healthy", "?? memory large enough: not asked: needs apid ready");
    }

    @Test
    void healthIsAwaitedUntilAMachineIsBack(TalosPve pve, SimulatedDatacenter datacenter) throws InterruptedException {
        apply(pve);
        NodeRef first = pve.node(SmallCluster.LAB, "lab-cp-1");
        pve.machine(first).reboot(RebootMode.DEFAULT);
        pass(datacenter, Duration.ofSeconds(3));
        List<HealthReport> seen = new ArrayList<>();
        HealthReport last = pve.awaitHealthy(SmallCluster.LAB, Duration.ofMinutes(10), seen::add);
        assertThat(seen.get(0).unmet().get(0).id()).isEqualTo(Id.ETCD_HEALTHY);
        assertThat(last.healthy()).as(last.text()).isTrue();
        assertThat(seen.get(seen.size() - 1)).isSameAs(last);
    }

    @Test
    void machinesTellTheirServicesCountersResourcesAndLogs(TalosPve pve) {
        apply(pve);
        assertThat(pve.nodes(SmallCluster.LAB)).extracting(NodeRef::name).containsExactly("lab-cp-1", "lab-worker-1");
        NodeRef first = pve.node(SmallCluster.LAB, "lab-cp-1");
        assertThatThrownBy(() -> pve.node(SmallCluster.LAB, "lab-cp-9"))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("no machine lab-cp-9");

        assertThat(pve.services(first))
                .filteredOn(service -> service.health() == ServiceStatus.Health.HEALTHY)
                .extracting(ServiceStatus::id)
                .contains("apid", "etcd", "kubelet", "trustd");
        MachineMetrics metrics = pve.metrics(first);
        assertThat(metrics.processors()).isEqualTo(2);
        assertThat(metrics.memory().total()).isEqualTo(4096L << 20);
        assertThat(metrics.disks()).extracting(MachineMetrics.Disk::name).contains("sda");
        assertThat(metrics.networks()).isNotEmpty();

        TalosResource status = pve.resource(first, "runtime", "MachineStatuses.runtime.talos.dev", "machine").orElseThrow();
        assertThat(status.spec()).contains("stage: running");
        assertThat(status.fields()).containsEntry("stage", "running");
        assertThat(pve.resources(first, "cluster", "Members.cluster.talos.dev"))
                .extracting(TalosResource::id)
                .containsExactlyInAnyOrder("lab-cp-1", "lab-worker-1");
        assertThat(pve.resource(first, "runtime", "MachineStatuses.runtime.talos.dev", "nobody")).isEmpty();
        assertThat(pve.resources(first, "config", "MachineTypes.config.talos.dev"))
                .allSatisfy(type -> {
                    assertThat(type.spec()).isEqualTo("controlplane\n");
                    assertThat(type.fields()).isEmpty();
                });

        try (MachineStream<String> lines = pve.logs(first, "machined", false)) {
            assertThat(lines).toIterable().anyMatch(line -> line.contains("bootstrap request received"));
        }
        try (MachineStream<String> lines = pve.dmesg(first)) {
            assertThat(lines.hasNext()).isTrue();
        }
        try (MachineStream<String> lines = pve.logs(first, "nobody", true)) {
            assertThatThrownBy(lines::hasNext)
                    .isInstanceOfSatisfying(
                            RemoteException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_FOUND));
        }
    }

    @Test
    void aLogIsFollowedOverAReboot(TalosPve pve, SimulatedDatacenter datacenter) {
        apply(pve);
        NodeRef worker = pve.node(SmallCluster.LAB, "lab-worker-1");
        TalosMachine machine = pve.machine(worker);
        List<String> told = new ArrayList<>();
        try (MachineStream<String> lines = pve.logs(worker, "machined", true)) {
            List<String> before;
            try (MachineStream<String> now = pve.logs(worker, "machined", false)) {
                before = new ArrayList<>();
                now.forEachRemaining(before::add);
            }
            while (told.size() < before.size()) {
                told.add(lines.next());
            }
            assertThat(told).isEqualTo(before);
            machine.reboot(RebootMode.DEFAULT);
            // The virtual clock moves while the follower pauses before it connects again, and with those who wait.
            assertThat(pve.awaitHealthy(SmallCluster.LAB, Duration.ofMinutes(5), report -> { }).healthy()).isTrue();
            String first = lines.next();
            told.add(first);
            assertThat(before).doesNotContain(first);
        }
        assertThat(told).doesNotHaveDuplicates();
    }
}
