package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.plan.Plan;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A step that waits for a machine is told of its changes, and looks seldom on its own. */
@Timeout(60)
class FollowingTest {
    private static final Duration ETCD = Duration.ofMillis(100_037);

    private final JumpingTime time = new JumpingTime();
    private final Site site = new Site(5, Site.EXAMPLE, time);
    private final AtomicInteger looks = new AtomicInteger();
    private final List<Watch> watches = new CopyOnWriteArrayList<>();
    private final List<Thread> machines = new ArrayList<>();

    /** A watch of a machine that runs; ended until {@link #live} says otherwise. */
    private static final class Watch implements TalosApi.Watch {
        private volatile boolean live;

        Watch(boolean live) {
            this.live = live;
        }

        @Override
        public boolean live() {
            return live;
        }

        @Override
        public void close() {
            live = false;
        }
    }

    /** Opens a watch, or what a test has instead. */
    private interface Watching {
        TalosApi.Watch watch(MachineView seen, Runnable changed);
    }

    /** An etcd that takes long to come up, and machines that are watched like this. */
    private void site(Watching watching) {
        site.talos = real -> SoakTest.replacing(TalosApi.class, real, Map.of(
                "look", (arguments, call) -> {
                    looks.incrementAndGet();
                    return call.call();
                },
                "bootstrap", (arguments, call) -> {
                    looks.set(0);
                    Object answer = call.call();
                    site.machine("prod-k8s-cp-1").etcdFrom = time.now().plus(ETCD);
                    return answer;
                },
                "watch", (arguments, call) -> {
                    assertThat(arguments[0]).isInstanceOf(MachineAddress.class);
                    return watching.watch((MachineView) arguments[2], (Runnable) arguments[3]);
                }));
    }

    /** Something happens to a machine later, in its own thread; time waits for it. */
    private void later(Instant when, Runnable what) {
        TimeSource.Waiter own = time.waiter();
        Thread machine = new Thread(() -> {
            try (own) {
                own.await(when);
                what.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        machines.add(machine);
        machine.start();
    }

    private Duration bootstrap() throws InterruptedException {
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(site.cluster));
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(watches).noneMatch(TalosApi.Watch::live);
        for (Thread machine : machines) {
            machine.join();
        }
        return outcome.steps().stream()
                .filter(step -> step.id().equals("bootstrap"))
                .findFirst()
                .orElseThrow()
                .duration();
    }

    private int controlPlanes() {
        return site.cluster.controlPlaneNodes().nodes().size();
    }

    @Test
    void whatIsToldIsSeenAtOnceAndWithFewLooks() throws Exception {
        site((seen, changed) -> {
            Watch watch = new Watch(true);
            watches.add(watch);
            if (seen instanceof MachineView.Running running && "Preparing".equals(running.etcd())) {
                later(time.now().plus(ETCD), changed);
            }
            return watch;
        });
        assertThat(bootstrap()).isEqualTo(ETCD);
        // In 100 s one every 15 s, and one when it was told.
        assertThat(looks.get()).isLessThanOrEqualTo(8 * controlPlanes() + 20);
    }

    @Test
    void aWatchThatIsDeadWithoutKnowingCostsLittleTime() throws Exception {
        site((seen, changed) -> {
            Watch watch = new Watch(true);
            watches.add(watch);
            return watch;
        });
        assertThat(bootstrap()).isBetween(ETCD, ETCD.plusSeconds(15));
    }

    @Test
    void withoutWatchesItLooksByItself() throws Exception {
        site((seen, changed) -> TalosApi.Watch.ENDED);
        assertThat(bootstrap()).isBetween(ETCD, ETCD.plusSeconds(3));
    }

    /** A machine that ends every watch as soon as it stands, and says each time that it has changed. */
    @Test
    void aWatchThatEndsAtOnceDoesNotMakeItBusy() throws Exception {
        AtomicInteger opened = new AtomicInteger();
        site((seen, changed) -> {
            opened.incrementAndGet();
            changed.run();
            return new Watch(false);
        });
        Duration took = bootstrap();
        assertThat(took).isBetween(ETCD, ETCD.plusSeconds(3));
        assertThat(opened.get()).isLessThan(100);
        assertThat(looks.get()).isLessThan(200 * controlPlanes());
    }

    /** A machine on which something changes all the time. */
    @Test
    void aMachineThatNeverStopsTellingDoesNotMakeItBusy() throws Exception {
        boolean[] over = new boolean[1];
        site((seen, changed) -> {
            Watch watch = new Watch(true);
            watches.add(watch);
            Runnable[] tell = new Runnable[1];
            tell[0] = () -> {
                changed.run();
                if (watch.live() && !over[0]) {
                    later(time.now().plusMillis(5), tell[0]);
                }
            };
            if (seen instanceof MachineView.Running) {
                later(time.now().plusMillis(5), tell[0]);
            }
            return watch;
        });
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        Outcome outcome = process.apply(plan, ApplyOptions.standard().withDeadline(Duration.ofSeconds(20)));
        over[0] = true;
        assertThat(outcome.cancelled()).isTrue();
        assertThat(watches).isNotEmpty().noneMatch(TalosApi.Watch::live);
        // At most ten times a second.
        assertThat(looks.get()).isLessThanOrEqualTo(210 * controlPlanes());
    }
}
