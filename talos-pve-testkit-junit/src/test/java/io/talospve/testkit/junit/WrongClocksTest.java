package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.apply.StepResult;
import io.talospve.error.ErrorCode;
import io.talospve.event.StepState;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.TimeSource;
import io.talospve.store.ClusterStore;
import io.talospve.testkit.SimulatedDatacenter;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Clocks that are wrong, over real TLS: what waits says so, everything else goes on, and the next apply repairs. */
class WrongClocksTest {
    private static TalosCluster lab(int controlPlanes, int workers) {
        return TalosCluster.define("lab", c -> c.datastore("nas", "alpha")
                .talos(t -> t.version("v1.12.4"))
                .kubernetesVersion("v1.34.2")
                .addNameservers("192.168.62.1")
                .hostPool(h -> h.host("alpha", "local-lvm").host("charlie", "local-lvm"))
                .size("small", s -> s.cpu(2).memory(4096).osDisk(20))
                .controlPlane(p -> {
                    for (int i = 0; i < controlPlanes; i++) {
                        String address = "192.168.62." + (31 + i) + "/24";
                        p.node(n -> n.size("small").network("dmz", address, "192.168.62.1"));
                    }
                    p.hostPool("alpha");
                })
                .workers(p -> {
                    for (int i = 0; i < workers; i++) {
                        String address = "192.168.62." + (41 + i) + "/24";
                        p.node(n -> n.size("small").network("dmz", address, "192.168.62.1"));
                    }
                    p.hostPool("charlie");
                }));
    }

    private static void withDatacenter(Consumer<Wrong> test) {
        ClusterStore store = StoredSecrets.of("lab");
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                TalosPve pve = DatacenterConnection.open(datacenter, store)) {
            test.accept(new Wrong(datacenter, store, pve));
        }
    }

    private record Wrong(SimulatedDatacenter datacenter, ClusterStore store, TalosPve pve) {
        StepResult failure(Outcome outcome, String step) {
            assertThat(outcome.failures()).as("%s", outcome.render()).extracting(StepResult::id).contains(step);
            StepResult failed = outcome.failures().stream().filter(s -> s.id().equals(step)).findFirst().orElseThrow();
            assertThat(failed.error()).isNotNull();
            assertThat(failed.error().code()).isEqualTo(ErrorCode.TIMED_OUT);
            return failed;
        }

        void done(Outcome outcome, String... steps) {
            assertThat(outcome.steps().stream().filter(s -> s.state() == StepState.DONE).map(StepResult::id))
                    .as("%s", outcome.render())
                    .contains(steps);
        }

        void repaired(TalosCluster cluster) {
            Outcome next = pve.apply(pve.plan(cluster));
            assertThat(next.succeeded()).as("%s", next.render()).isTrue();
            assertThat(pve.plan(cluster).hasChanges()).isFalse();
            assertThat(datacenter.bootstraps()).isEqualTo(1);
            assertThat(pve.health(cluster).healthy()).isTrue();
        }
    }

    @Test
    void aMachineBehindRefusesOurCertificateAndTheErrorSaysByHowMuch() {
        withDatacenter(wrong -> {
            TalosCluster cluster = lab(2, 1);
            wrong.datacenter().faults().clockOff("lab-cp-2", Duration.ofHours(-5));
            Outcome outcome = wrong.pve().apply(wrong.pve().plan(cluster));
            assertThat(wrong.failure(outcome, "installed/lab-cp-2").detail())
                    .contains("refuses our client certificate as out of date (certificate_expired)")
                    .containsPattern("the machine's is behind ours: its own certificate was issued at \\S+ by its clock, [45] h")
                    .contains("time.servers")
                    .contains("NTP");
            wrong.done(outcome, "installed/lab-cp-1", "installed/lab-worker-1");
            assertThat(wrong.datacenter().bootstraps()).isZero();
            wrong.datacenter().faults().clockOff("lab-cp-2", Duration.ZERO);
            wrong.repaired(cluster);
        });
    }

    @Test
    void aMachineAheadShowsACertificateThatIsNotValidYet() {
        withDatacenter(wrong -> {
            TalosCluster cluster = lab(2, 1);
            wrong.datacenter().faults().clockOff("lab-cp-2", Duration.ofHours(5));
            Outcome outcome = wrong.pve().apply(wrong.pve().plan(cluster));
            assertThat(wrong.failure(outcome, "installed/lab-cp-2").detail())
                    .contains("its certificate is valid from")
                    .containsPattern("the clocks differ, the machine's is ahead of ours by 4 h \\d+ min or more")
                    .contains("time.host_clock");
            wrong.done(outcome, "installed/lab-cp-1", "installed/lab-worker-1");
            wrong.datacenter().faults().clockOff("lab-cp-2", Duration.ZERO);
            wrong.repaired(cluster);
        });
    }

    @Test
    void aWorkerBehindGetsNoCertificateAndHoldsNobodyElseUp() {
        withDatacenter(wrong -> {
            TalosCluster cluster = lab(1, 2);
            wrong.datacenter().faults().clockOff("lab-worker-2", Duration.ofDays(-400));
            Outcome outcome = wrong.pve().apply(wrong.pve().plan(cluster));
            assertThat(wrong.failure(outcome, "installed/lab-worker-2").detail()).contains("no connection");
            wrong.done(outcome, "installed/lab-cp-1", "installed/lab-worker-1", "bootstrap");
            wrong.datacenter().faults().clockOff("lab-worker-2", Duration.ZERO);
            wrong.repaired(cluster);
        });
    }

    @Test
    void ourOwnClockBehindIsSaidOnEveryMachine() {
        withDatacenter(wrong -> {
            TalosCluster cluster = lab(1, 1);
            TimeSource behind = new Behind(wrong.datacenter().timeSource(), Duration.ofHours(3));
            try (TalosPve late = DatacenterConnection.open(
                    wrong.datacenter(), wrong.store(), settings -> settings.timeSource(behind))) {
                Outcome outcome = late.apply(late.plan(cluster));
                for (String machine : new String[] {"lab-cp-1", "lab-worker-1"}) {
                    assertThat(wrong.failure(outcome, "installed/" + machine).detail())
                            .containsPattern("here it is \\S+: the clocks differ, the machine's is ahead of ours by [23] h")
                            .contains("this computer's clocks are right (NTP)");
                }
                wrong.done(outcome, "vm/lab-cp-1", "vm/lab-worker-1");
            }
            wrong.repaired(cluster);
        });
    }

    @Test
    void aClockThatIsNeverInSyncIsNamedAsWhatEtcdWaitsFor() {
        withDatacenter(wrong -> {
            TalosCluster cluster = lab(1, 1);
            wrong.datacenter().faults().timeNeverSyncs("lab-cp-1", true);
            Outcome outcome = wrong.pve().apply(wrong.pve().plan(cluster));
            assertThat(wrong.failure(outcome, "installed/lab-cp-1").detail())
                    .contains("etcd Waiting (Waiting for time sync; its clock is not in sync")
                    .contains("time.servers");
            wrong.done(outcome, "vm/lab-worker-1", "configure/lab-worker-1");
            assertThat(wrong.datacenter().bootstraps()).isZero();
            wrong.datacenter().faults().timeNeverSyncs("lab-cp-1", false);
            wrong.repaired(cluster);
        });
    }

    @Test
    void aMachineThatTakesItsHostsClockNeedsNoTimeServer() {
        withDatacenter(wrong -> {
            TalosCluster cluster = TalosCluster.define("lab", c -> c.from(lab(1, 1)).time(t -> t.hostClock(true)));
            wrong.datacenter().faults().timeNeverSyncs("lab-cp-1", true);
            wrong.repaired(cluster);
        });
    }

    /** A computer whose clock is behind; it waits as long as any other. */
    private record Behind(TimeSource right, Duration by) implements TimeSource {
        @Override
        public Instant now() {
            return right.now().minus(by);
        }

        @Override
        public Waiter waiter() {
            Waiter waiter = right.waiter();
            return new Waiter() {
                @Override
                public boolean await(Instant deadline) throws InterruptedException {
                    return waiter.await(deadline.plus(by));
                }

                @Override
                public void wake() {
                    waiter.wake();
                }

                @Override
                public void close() {
                    waiter.close();
                }
            };
        }

        @Override
        public Hold hold() {
            return right.hold();
        }
    }
}
