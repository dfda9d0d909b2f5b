package io.talospve.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.spec.TalosCluster;
import io.talospve.store.ClusterStore;
import io.talospve.testkit.SimulatedDatacenter;
import io.talospve.testkit.junit.DatacenterConnection;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;

/**
 * How long a cluster takes from nothing to its credentials, in the datacenter's time, against the critical path: what no
 * client could be faster than, computed from the latencies alone.
 *
 * @param controlPlanes how many control planes
 * @param workers how many workers
 * @param factor scale of all latencies
 */
public record BringUp(int controlPlanes, int workers, double factor) {
    private static final int HOSTS = 3;
    /** Steps that change one host at once, by the library's standard limits. */
    private static final int STEPS_PER_HOST = 4;

    private static final Duration TASK = Duration.ofSeconds(2);
    private static final Duration BOOT = Duration.ofSeconds(12);
    private static final Duration INSTALL = Duration.ofSeconds(60);
    private static final Duration ETCD = Duration.ofSeconds(10);
    /** Until a node that has registered runs its network pod and is Ready. */
    private static final Duration POD = Duration.ofMillis(2_100);
    /** Talos' manifests, the network pods, then CoreDNS. */
    private static final Duration KUBERNETES = Duration.ofMillis(500).plus(POD).plus(POD);
    /** A member that joins needs no second to be asked to. */
    private static final Duration JOIN = Duration.ofSeconds(9);

    /**
     * What was measured.
     *
     * @param took the datacenter's time of plan and apply
     * @param criticalPath what it could have been at best
     * @param cpu time of all processors in this process, servers included
     * @param wall time on the wall
     * @param calls calls to all servers
     */
    public record Measured(Duration took, Duration criticalPath, Duration cpu, Duration wall, int calls) {
        /** How much longer than the critical path, 0.03 for 3 %. */
        public double over() {
            return took.toNanos() / (double) criticalPath.toNanos() - 1;
        }

        /** One line. */
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%.1f s, critical path %.1f s, %.1f %% over it; %d calls, %.1f s of CPU, %.1f s on the wall",
                    took.toMillis() / 1e3,
                    criticalPath.toMillis() / 1e3,
                    over() * 100,
                    calls,
                    cpu.toMillis() / 1e3,
                    wall.toMillis() / 1e3);
        }
    }

    /**
     * Image, then machines in rounds of what a host takes at once, each created and started; boot, installation, boot; then
     * etcd on the first control plane and the others joining one after the other, Kubernetes coming up meanwhile; or the last
     * worker's pod.
     */
    Duration criticalPath() {
        Duration installed = BOOT.plus(INSTALL).plus(BOOT);
        Duration first = TASK.plus(TASK.multipliedBy(2));
        Duration joins = JOIN.multipliedBy(controlPlanes - 1L);
        Duration etcd = ETCD.plus(joins.compareTo(KUBERNETES) > 0 ? joins : KUBERNETES);
        long onOneHost = (controlPlanes + HOSTS - 1) / HOSTS + (workers + HOSTS - 1) / HOSTS;
        long rounds = (onOneHost + STEPS_PER_HOST - 1) / STEPS_PER_HOST;
        Duration controlPlane = first.plus(installed).plus(etcd);
        Duration lastWorker = TASK.plus(TASK.multipliedBy(2 * rounds)).plus(installed).plus(POD);
        Duration longest = controlPlane.compareTo(lastWorker) > 0 ? controlPlane : lastWorker;
        return Duration.ofNanos((long) (longest.toNanos() * factor));
    }

    private TalosCluster cluster() {
        return TalosCluster.define("bench", c -> c.datastore("nas", "alpha")
                .talos(t -> t.version("v1.12.4"))
                .kubernetesVersion("v1.34.2")
                .addNameservers("10.0.0.1")
                .hostPool(h -> h.host("alpha", "local-lvm").host("charlie", "local-lvm").host("foxtrot", "local-lvm"))
                .size("small", s -> s.cpu(2).memory(2048).osDisk(20))
                .controlPlane(p -> {
                    IntStream.range(0, controlPlanes).forEach(i -> p.node(n ->
                            n.size("small").network("vmbr0", "10.0.1." + (i + 1) + "/16", "10.0.0.1")));
                    p.hostPool("alpha", "charlie", "foxtrot").vip("10.0.0.10");
                })
                .workers(p -> {
                    IntStream.range(0, workers).forEach(i -> p.node(n ->
                            n.size("small").network("vmbr0", "10.0.2." + (i + 1) + "/16", "10.0.0.1")));
                    p.hostPool("alpha", "charlie", "foxtrot");
                }));
    }

    /** Brings the cluster up once, in virtual time. */
    public Measured run() {
        OperatingSystemMXBean process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        AtomicInteger calls = new AtomicInteger();
        try (SimulatedDatacenter datacenter =
                        SimulatedDatacenter.builder().latency(factor).start();
                TalosPve pve = DatacenterConnection.open(datacenter, ClusterStore.inMemory())) {
            datacenter.faults().interrupt(call -> {
                calls.incrementAndGet();
                return Optional.empty();
            });
            long cpu = process.getProcessCpuTime();
            long wall = System.nanoTime();
            java.time.Instant start = datacenter.timeSource().now();
            Outcome outcome = pve.apply(pve.plan(cluster()));
            if (!outcome.succeeded()) {
                throw new IllegalStateException(outcome.render().text());
            }
            return new Measured(
                    Duration.between(start, datacenter.timeSource().now()),
                    criticalPath(),
                    Duration.ofNanos(process.getProcessCpuTime() - cpu),
                    Duration.ofNanos(System.nanoTime() - wall),
                    calls.get());
        }
    }

    /**
     * Measures 3+3 at factor 1 and 3+200 at factor 0.5, or {@code <control planes> <workers> <factor>}.
     *
     * @param arguments none, or three numbers
     */
    public static void main(String[] arguments) {
        Logger.getLogger("").setLevel(Level.SEVERE);
        List<BringUp> all = arguments.length == 3
                ? List.of(new BringUp(
                        Integer.parseInt(arguments[0]),
                        Integer.parseInt(arguments[1]),
                        Double.parseDouble(arguments[2])))
                : List.of(new BringUp(3, 3, 1), new BringUp(3, 200, 0.5));
        new BringUp(1, 0, 0).run();
        for (BringUp one : all) {
            System.out.println(one.controlPlanes + "+" + one.workers + " at latency factor " + one.factor + ": " + one.run());
        }
        System.exit(0);
    }
}
