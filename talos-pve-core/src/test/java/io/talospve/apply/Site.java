package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.apply.CrashPoints.Crash;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.ManifestSource;
import io.talospve.spi.SecretSink;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TimeSource;
import io.talospve.spi.VmDetails;
import io.talospve.store.ClusterEntry;
import io.talospve.store.internal.FileClusterStore;
import io.talospve.store.internal.MemoryFiles;
import io.talospve.store.internal.StoreFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;

/** One datacenter and one store, through several lives of the process. */
final class Site {
    static final TalosCluster EXAMPLE = example();
    /** Every fault of a test would be told of; kept here, for its level is lost with it. */
    private static final Logger PLANNING = Logger.getLogger("io.talospve.plan.PlanningWatch");

    static {
        PLANNING.setLevel(Level.OFF);
    }

    final CrashPoints points = new CrashPoints();
    final TimeSource time;
    /** How far the clock of the computer that the next process runs on is behind; negative if it is ahead. */
    Duration clockBehind = Duration.ZERO;
    final MemoryDatacenter datacenter;
    TalosCluster cluster;
    Executor executor = Runnable::run;
    Limits limits = Limits.standard();
    ManifestSource manifests;
    StoreFiles files = new MemoryFiles();
    UnaryOperator<TalosApi> talos = UnaryOperator.identity();
    UnaryOperator<Hypervisor> hypervisor = UnaryOperator.identity();
    UnaryOperator<SecretSink> sink = UnaryOperator.identity();
    private final Random random;

    Site(long seed) {
        this(seed, EXAMPLE);
    }

    Site(long seed, TalosCluster cluster) {
        this(seed, cluster, new JumpingTime());
    }

    Site(long seed, TalosCluster cluster, TimeSource time) {
        this.random = new Random(seed);
        this.cluster = cluster;
        this.time = time;
        this.datacenter = new MemoryDatacenter(time, points);
        this.manifests = datacenter.manifests();
    }

    private static TalosCluster example() {
        try (InputStream in = Site.class.getResourceAsStream("/spec/prod-k8s.yaml")) {
            return TalosCluster.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "prod-k8s.yaml");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A new process: nothing but datacenter and store is left of the one before. */
    PlanExecutor process() {
        return PlanExecutor.builder()
                .hypervisor(hypervisor.apply(datacenter.hypervisor()))
                .talos(talos.apply(datacenter.talos()))
                .kubernetes(datacenter.kubernetes())
                .pki(datacenter.pki())
                .machineConfigs(datacenter.configs())
                .manifests(manifests)
                .imageFactory(datacenter.images())
                .secretSink(sink.apply(datacenter.sink()))
                .secretSource("memory", datacenter.secretSource(), "lab/")
                .store(new FileClusterStore(new CrashingFiles(files, points)))
                .executor(executor)
                .limits(limits)
                .timeSource(clockBehind.isZero() ? time : new WrongClock(time, clockBehind))
                .uuids(() -> new UUID(random.nextLong(), random.nextLong()))
                .build();
    }

    ClusterEntry entry() {
        return new FileClusterStore(files).open(cluster.name());
    }

    Plan plan() {
        return process().plan(cluster);
    }

    void apply() {
        PlanExecutor process = process();
        Outcome outcome = process.apply(process.plan(cluster));
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
    }

    void destroy() {
        PlanExecutor process = process();
        Outcome outcome = process.apply(process.planDestroy(cluster));
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
    }

    /** Somebody protects all machines from deletion. */
    void protectAll() {
        datacenter.machines.values().forEach(machine ->
                machine.vm = VmDetails.builder().from(machine.vm).protection(true).build());
    }

    boolean crashes(Runnable life) {
        try {
            life.run();
            return false;
        } catch (Crash crash) {
            return true;
        }
    }

    /** The machine of this name. */
    MemoryDatacenter.Machine machine(String name) {
        return datacenter.machines.values().stream()
                .filter(machine -> machine.vm.description().contains("\"node\":\"" + name + "\""))
                .findFirst()
                .orElseThrow();
    }
}
