package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.apply.StepResult;
import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.error.TalosPveException;
import io.talospve.event.StepState;
import io.talospve.health.HealthReport;
import io.talospve.plan.HealthCondition.Id;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.NodeRef;
import io.talospve.spi.TimeSource;
import io.talospve.store.ClusterStore;
import io.talospve.talos.api.ResetOptions;
import io.talospve.testkit.Interruption.Break;
import io.talospve.testkit.SimulatedDatacenter;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What may come between a plan and a cluster that runs. */
@Timeout(120)
class BringUpCasesTest {
    private final SimulatedDatacenter datacenter = SimulatedDatacenter.start();
    private final ClusterStore store = StoredSecrets.of("lab");
    private final TalosPve pve = DatacenterConnection.open(datacenter, store);

    @AfterEach
    void close() {
        pve.close();
        datacenter.close();
    }

    /** A cluster without workers has its control planes take pods. */
    private static TalosCluster cluster(int controlPlanes, int workers) {
        return TalosCluster.define("lab", c -> c.datastore("nas", "alpha")
                .talos(t -> t.version("v1.12.4"))
                .kubernetesVersion("v1.34.2")
                .addNameservers("192.168.62.1")
                .hostPool(h -> h.host("alpha", "local-lvm").host("charlie", "local-lvm").host("foxtrot", "local-lvm"))
                .size("small", s -> s.cpu(2).memory(4096).osDisk(20))
                .controlPlane(p -> {
                    for (int i = 1; i <= controlPlanes; i++) {
                        String address = "192.168.62.3" + i + "/24";
                        p.node(n -> n.size("small").network("dmz", address, "192.168.62.1"));
                    }
                    p.hostPool("alpha", "charlie", "foxtrot").vip("192.168.62.30");
                })
                .workers(p -> {
                    for (int i = 1; i <= workers; i++) {
                        String address = "192.168.62.4" + i + "/24";
                        p.node(n -> n.size("small").network("dmz", address, "192.168.62.1"));
                    }
                    p.hostPool("alpha", "charlie", "foxtrot");
                }));
    }

    private void pass(Duration time) throws InterruptedException {
        try (TimeSource.Waiter waiter = datacenter.timeSource().waiter()) {
            waiter.await(datacenter.timeSource().now().plus(time));
        }
    }

    @Test
    void theBootstrapNodeRebuiltWithAnEmptyDiskJoins() throws InterruptedException {
        TalosCluster cluster = cluster(3, 0);
        Outcome made = pve.apply(pve.plan(cluster));
        assertThat(made.succeeded()).as("%s", made.render()).isTrue();
        Set<String> all = Set.of("lab-cp-1", "lab-cp-2", "lab-cp-3");
        assertThat(datacenter.etcdClusters()).containsExactly(all);

        NodeRef first = pve.node(cluster, "lab-cp-1");
        pve.machine(first).reset(new ResetOptions(false, true, ResetOptions.Wipe.SYSTEM_DISK, List.of(), List.of()));
        pass(Duration.ofSeconds(30));
        HealthReport without = pve.health(cluster);
        assertThat(without.unmet().get(0).id()).isEqualTo(Id.ETCD_HEALTHY);
        assertThat(without.unmet().get(0).lastSeen()).contains("lab-cp-1: serves the maintenance API");

        Plan repair = pve.plan(cluster);
        assertThat(repair.steps())
                .extracting(Step::id)
                .contains("configure/lab-cp-1")
                .noneMatch(id -> id.startsWith("bootstrap"));
        Outcome repaired = pve.apply(repair);
        assertThat(repaired.succeeded()).as("%s", repaired.render()).isTrue();
        assertThat(datacenter.bootstraps()).isEqualTo(1);
        assertThat(datacenter.etcdClusters()).containsExactly(all);
        assertThat(pve.health(cluster).healthy()).isTrue();
    }

    @Test
    void aSecondProcessOnTheSamePlanWaitsForItsTurnAndFindsNothingToDo() throws Exception {
        TalosCluster cluster = cluster(1, 1);
        CountDownLatch bootstrapping = new CountDownLatch(1);
        datacenter.faults().interrupt(call -> {
            if (call.operation().endsWith("/Bootstrap")) {
                bootstrapping.countDown();
            }
            return Optional.empty();
        });
        Plan plan = pve.plan(cluster);
        try (TalosPve other = DatacenterConnection.open(datacenter, store)) {
            TimeSource.Hold hold = datacenter.timeSource().hold();
            CompletableFuture<Outcome> first = CompletableFuture.supplyAsync(() -> pve.apply(plan));
            hold.close();
            assertThat(bootstrapping.await(60, TimeUnit.SECONDS)).isTrue();
            assertThatThrownBy(() -> other.apply(plan))
                    .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LOCKED));
            Outcome outcome = first.get(60, TimeUnit.SECONDS);
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            assertThat(other.plan(cluster).hasChanges()).isFalse();
            assertThat(other.apply(plan).succeeded()).isTrue();
        }
        assertThat(datacenter.bootstraps()).isEqualTo(1);
        assertThat(datacenter.virtualMachines()).hasSize(2);
    }

    @Test
    void aMachineThatNeverAnswersStopsNobodyElse() {
        TalosCluster cluster = cluster(1, 2);
        datacenter.faults().interrupt(call ->
                call.server().equals("lab-worker-1") ? Optional.of(Break.CLOSED_BEFORE_EFFECT) : Optional.empty());
        Outcome outcome = pve.apply(pve.plan(cluster));
        assertThat(outcome.succeeded()).isFalse();
        assertThat(outcome.failures()).singleElement().satisfies(failure -> {
            assertThat(failure.id()).isEqualTo("api/lab-worker-1");
            TalosPveException error = failure.error();
            assertThat(error).isNotNull();
            assertThat(error.code()).isEqualTo(ErrorCode.TIMED_OUT);
            assertThat(error.getMessage())
                    .contains("the Talos API at 192.168.62.41:50000 answers", "last seen: ");
        });
        assertThat(outcome.steps())
                .filteredOn(step -> step.state() == StepState.DONE)
                .extracting(StepResult::id)
                .contains("installed/lab-cp-1", "installed/lab-worker-2", "bootstrap");
        assertThat(datacenter.bootstraps()).isEqualTo(1);

        datacenter.faults().interrupt(call -> Optional.empty());
        Outcome next = pve.apply(pve.plan(cluster));
        assertThat(next.succeeded()).as("%s", next.render()).isTrue();
        assertThat(datacenter.bootstraps()).isEqualTo(1);
        assertThat(datacenter.virtualMachines()).hasSize(3);
    }
}
