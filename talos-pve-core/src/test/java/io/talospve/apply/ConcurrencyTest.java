package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.apply.CrashPoints.Moment;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.ExecutionListener;
import io.talospve.event.StepState;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TimeSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What runs at once, what must not, and that many machines cost no threads. */
class ConcurrencyTest {
    /** A cluster over hosts h1, h2 …; worker n is on host (n - 1) % hosts. */
    static TalosCluster cluster(int hosts, int controlPlanes, int workers) {
        List<String> names = IntStream.rangeClosed(1, hosts).mapToObj(n -> "h" + n).toList();
        StringBuilder yaml = new StringBuilder("cluster:\n  name: big\n  datastore: { id: nas, node: h1 }\n"
                + "  talos: { version: v1.12.4 }\n  kubernetes_version: v1.35.0\n"
                + "  options: { disable_default_cni: true }\nhost_pool:\n");
        names.forEach(host -> yaml.append("  ").append(host).append(": { datastore_id: local-lvm }\n"));
        nodes(yaml, "control_plane", names, 0, controlPlanes);
        nodes(yaml, "worker", names, 1, workers);
        yaml.append("node_size_configuration:\n  small: { cpu: 2, memory: 4096, os_disk: 32 }\n");
        return TalosCluster.parse(yaml.toString(), "big.yaml");
    }

    private static void nodes(StringBuilder yaml, String role, List<String> hosts, int net, int count) {
        yaml.append(role).append("_nodes:\n  host_pool: ").append(hosts).append("\n  nodes:").append(count == 0 ? " []\n" : "\n");
        for (int i = 0; i < count; i++) {
            yaml.append("    - size: small\n      networks:\n        dmz: { address: 172.20.")
                    .append(net * 100 + i / 250).append('.').append(1 + i % 250).append("/16, gateway: 172.20.255.1 }\n");
        }
    }

    private static Site site(TalosCluster cluster, int hosts, TimeSource time) {
        Site site = new Site(1, cluster, time);
        site.datacenter.hosts = IntStream.rangeClosed(1, hosts).mapToObj(n -> "h" + n).toList();
        return site;
    }

    private static String hostOf(Plan plan, String step) {
        return plan.machine(step.substring(step.indexOf('/') + 1)).orElseThrow().host();
    }

    /** The most steps of a kind that were under way at once, by what they have in common. */
    private static Map<String, Integer> most(
            List<ExecutionEvent> events, String kind, java.util.function.UnaryOperator<String> key) {
        Map<String, Integer> now = new HashMap<>();
        Map<String, Integer> most = new TreeMap<>();
        for (ExecutionEvent event : events) {
            if (event instanceof ExecutionEvent.StepStarted started && started.step().startsWith(kind)) {
                String at = key.apply(started.step());
                most.merge(at, now.merge(at, 1, Integer::sum), Math::max);
            } else if (event instanceof ExecutionEvent.StepEnded ended && ended.step().startsWith(kind)) {
                now.merge(key.apply(ended.step()), -1, Integer::sum);
            }
        }
        return most;
    }

    @Test
    void stepsAreLimitedPerHostAndPerStorageAndCallsOverall() {
        for (boolean shared : new boolean[] {false, true}) {
            Site site = site(cluster(3, 1, 29), 3, new JumpingTime());
            site.limits = new Limits(8, 4, 5);
            if (shared) {
                site.datacenter.shared.add("local-lvm");
            }
            PlanExecutor process = site.process();
            Plan plan = process.plan(site.cluster);
            List<ExecutionEvent> events = new CopyOnWriteArrayList<>();
            assertThat(process.apply(plan, events::add).succeeded()).isTrue();
            assertThat(most(events, "vm/", step -> hostOf(plan, step)).values())
                    .as("creations on one host").allSatisfy(most -> assertThat(most).isLessThanOrEqualTo(4));
            int creations = most(events, "vm/", step -> "all").get("all");
            assertThat(creations).as("creations at once, shared storage: " + shared).isEqualTo(shared ? 5 : 12);
        }
    }

    @Test
    void callsAreLimitedOverall() throws Exception {
        Site site = site(cluster(2, 1, 30), 2, new JumpingTime());
        site.limits = new Limits(3, 30, 30);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        ExecutorService pool = Executors.newFixedThreadPool(12);
        try {
            site.executor = pool;
            SoakTest.UnaryCall counted = (arguments, call) -> {
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                try {
                    return call.call();
                } finally {
                    running.decrementAndGet();
                }
            };
            site.talos = real -> SoakTest.replacing(TalosApi.class, real, Map.of("look", counted));
            site.hypervisor = real -> SoakTest.replacing(
                    Hypervisor.class, real, Map.of("vm", counted, "create", counted, "start", counted, "vms", counted));
            PlanExecutor process = site.process();
            Plan plan = process.plan(site.cluster);
            assertThat(most.getAndSet(0)).as("while planning").isLessThanOrEqualTo(3);
            AtomicInteger untilBootstrap = new AtomicInteger();
            site.points.refusal = call -> {
                if (call.equals("bootstrap")) {
                    untilBootstrap.set(most.get());
                }
            };
            assertThat(process.apply(plan).succeeded()).isTrue();
            assertThat(untilBootstrap.get()).as("while applying").isBetween(1, 3);
        } finally {
            pool.shutdownNow();
        }
    }

    /** Everything that is about h1 hangs; the other hosts' machines are installed meanwhile. */
    @Test
    void aSlowHostDoesNotHoldTheOthers() throws Exception {
        TalosCluster cluster = cluster(3, 1, 44);
        Site site = site(cluster, 3, TimeSource.system());
        site.limits = new Limits(6, 4, 4);
        Set<String> slow = new HashSet<>();
        site.plan().machines().stream()
                .filter(machine -> machine.host().equals("h2"))
                .forEach(machine -> slow.add(machine.address().orElseThrow()));
        CountDownLatch others = new CountDownLatch(30);
        AtomicInteger hanging = new AtomicInteger();
        site.talos = real -> SoakTest.replacing(TalosApi.class, real, Map.of("look", (arguments, call) -> {
            // without access it is the plan that asks whether the address is free
            boolean applying = arguments[1] != null;
            if (applying && slow.contains(((MachineAddress) arguments[0]).host())) {
                hanging.incrementAndGet();
                others.await(60, TimeUnit.SECONDS);
            }
            return call.call();
        }));
        ExecutorService pool = Executors.newFixedThreadPool(6);
        try {
            site.executor = pool;
            PlanExecutor process = site.process();
            Plan plan = process.plan(cluster);
            Set<String> elsewhere = plan.machines().stream()
                    .filter(machine -> !machine.host().equals("h2"))
                    .map(machine -> "installed/" + machine.name())
                    .collect(Collectors.toSet());
            assertThat(elsewhere).hasSize(30);
            ExecutionListener listener = event -> {
                if (event instanceof ExecutionEvent.StepEnded ended
                        && ended.state() == StepState.DONE && elsewhere.contains(ended.step())) {
                    others.countDown();
                }
            };
            Outcome outcome = process.apply(plan, listener);
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            assertThat(others.getCount()).as("machines of other hosts that had to wait").isZero();
            assertThat(hanging.get()).isPositive();
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void aThousandMachinesNeedNoMoreThreadsThanTheExecutorHas() {
        TalosCluster cluster = cluster(20, 3, 997);
        Site site = site(cluster, 20, new JumpingTime());
        Set<Thread> used = java.util.concurrent.ConcurrentHashMap.newKeySet();
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try {
            site.executor = task -> pool.execute(() -> {
                used.add(Thread.currentThread());
                task.run();
            });
            long started = System.nanoTime();
            PlanExecutor process = site.process();
            Plan plan = process.plan(cluster);
            long planned = System.nanoTime();
            Set<Thread> before = Thread.getAllStackTraces().keySet();
            AtomicInteger more = new AtomicInteger();
            Outcome outcome = process.apply(plan, event -> {
                if (event instanceof ExecutionEvent.StepEnded ended && ended.step().startsWith("installed/")
                        && ended.step().endsWith("00")) {
                    Set<Thread> now = new HashSet<>(Thread.getAllStackTraces().keySet());
                    now.removeAll(before);
                    now.removeAll(used);
                    now.removeIf(thread -> !thread.getName().startsWith("talos-pve"));
                    more.accumulateAndGet(now.size(), Math::max);
                }
            });
            assertThat(outcome.succeeded()).as("%s", outcome.failures()).isTrue();
            assertThat(used).hasSizeLessThanOrEqualTo(8);
            assertThat(more.get()).as("threads of the library itself, with one listener").isEqualTo(1);
            long applied = System.nanoTime();
            assertThat(site.datacenter.machines).hasSize(1000);
            assertThat(site.datacenter.bootstraps).isEqualTo(1);
            int calls = site.points.calls().size();
            site.points.never();
            assertThat(process.plan(cluster).hasChanges()).isFalse();
            int again = site.points.calls().size();
            System.gc();
            long memory = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            System.out.printf(
                    "1000 machines: plan %d ms, apply %d ms of real and %s of simulated time, %d calls and writes,"
                            + " %d threads; plan without changes %d calls; heap afterwards %d MiB%n",
                    (planned - started) / 1_000_000, (applied - planned) / 1_000_000, outcome.duration(), calls,
                    used.size(), again, memory >> 20);
            // One to read and one to look at each, and a few for hosts, lists and sinks.
            assertThat(again).isLessThan(2 * 1000 + 50);
            assertThat(calls).isLessThan(60_000);
        } finally {
            pool.shutdownNow();
        }
    }

    /** Calls run in parallel when the process dies: which of them took effect is anybody's guess. */
    @Test
    void aCrashWithManyCallsUnderWayConvergesToo() {
        Site undisturbed = new Site(1);
        undisturbed.apply();
        String expected = undisturbed.datacenter.summary();
        int calls = undisturbed.points.calls().size();
        Random random = new Random(11);
        ExecutorService pool = Executors.newFixedThreadPool(4);
        int crashes = 0;
        try {
            for (int round = 0; round < 120; round++) {
                Site site = new Site(round);
                site.executor = pool;
                for (int crash = 0; crash <= round % 3; crash++) {
                    int call = random.nextInt(calls);
                    site.points.crashAt(call, Moment.values()[random.nextInt(3)]);
                    if (site.crashes(site::apply)) {
                        crashes++;
                    }
                }
                site.points.never();
                site.apply();
                assertThat(site.datacenter.summary()).as("round %d", round).isEqualTo(expected);
                assertThat(site.plan().hasChanges()).isFalse();
            }
        } finally {
            pool.shutdownNow();
        }
        System.out.printf("crashes in 4 threads: %d in 120 lives, all converged%n", crashes);
        assertThat(crashes).isGreaterThan(150);
    }

    @Test
    void controlPlanesJoinARunningEtcdOneAfterTheOther() {
        TalosCluster one = cluster(3, 1, 1);
        Site site = site(one, 3, new JumpingTime());
        site.apply();
        site.cluster = cluster(3, 5, 1);
        PlanExecutor process = site.process();
        Plan plan = process.plan(site.cluster);
        List<ExecutionEvent> events = new CopyOnWriteArrayList<>();
        assertThat(process.apply(plan, events::add).succeeded()).isTrue();
        List<String> order = events.stream()
                .map(event -> event instanceof ExecutionEvent.StepStarted started && started.step().startsWith("configure/")
                        ? started.step()
                        : event instanceof ExecutionEvent.StepEnded ended && ended.step().startsWith("installed/")
                                ? ended.step()
                                : "")
                .filter(step -> !step.isEmpty())
                .toList();
        assertThat(order).containsExactly(
                "configure/big-cp-2", "installed/big-cp-2", "configure/big-cp-3", "installed/big-cp-3",
                "configure/big-cp-4", "installed/big-cp-4", "configure/big-cp-5", "installed/big-cp-5");
        assertThat(site.datacenter.bootstraps).isEqualTo(1);

        // One that does not join keeps the others out, and is named.
        Site stuck = site(one, 3, new JumpingTime());
        stuck.apply();
        stuck.cluster = cluster(3, 3, 1);
        stuck.datacenter.lonelyEtcds.add("big-cp-2");
        PlanExecutor other = stuck.process();
        Outcome outcome = other.apply(other.plan(stuck.cluster));
        assertThat(outcome.failures()).extracting(StepResult::id).containsExactly("installed/big-cp-2");
        assertThat(outcome.failures().get(0).detail()).contains("big-cp-2 votes in etcd", "etcd is Preparing");
        assertThat(outcome.steps()).filteredOn(step -> step.id().equals("configure/big-cp-3"))
                .singleElement().satisfies(step -> assertThat(step.state()).isEqualTo(StepState.SKIPPED));
        stuck.datacenter.lonelyEtcds.clear();
        stuck.apply();
        assertThat(stuck.datacenter.bootstraps).isEqualTo(1);
    }

    @Test
    void twoAppliesOfOneProcessOnTwoClustersDoNotDisturbEachOther() throws Exception {
        Site site = new Site(1);
        Site other = new Site(2, cluster(3, 1, 3));
        other.datacenter.hosts = List.of("h1", "h2", "h3");
        ExecutorService pool = Executors.newFixedThreadPool(4);
        ExecutorService callers = Executors.newFixedThreadPool(2);
        try {
            site.executor = pool;
            other.executor = pool;
            List<Future<?>> both = List.of(callers.submit(site::apply), callers.submit(other::apply));
            for (Future<?> one : both) {
                one.get(60, TimeUnit.SECONDS);
            }
            assertThat(site.datacenter.machines).hasSize(6);
            assertThat(other.datacenter.machines).hasSize(4);
        } finally {
            callers.shutdownNow();
            pool.shutdownNow();
        }
    }
}
