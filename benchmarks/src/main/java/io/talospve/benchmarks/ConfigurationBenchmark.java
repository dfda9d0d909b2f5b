package io.talospve.benchmarks;

import io.talospve.spec.ClusterNode;
import io.talospve.spec.MacAddresses;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.Wwns;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.talos.config.TalosMachineConfigs;
import io.talospve.talos.pki.TalosPki;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/** The production cluster: its spec, its secrets, its configurations. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ConfigurationBenchmark {
    private final TalosMachineConfigs configs = new TalosMachineConfigs();
    private final TalosPki pki = new TalosPki(InstantSource.system(), new SecureRandom());
    private String spec = "";
    private MachineConfigRequest controlPlane;
    private List<MachineConfigRequest> thousand;

    /** For JMH. */
    public ConfigurationBenchmark() {
        spec = resource("prod-k8s.yaml");
        TalosCluster cluster = TalosCluster.parse(spec, "prod-k8s.yaml");
        Secret<String> bundle = Secret.of(resource("secrets.yaml"));
        controlPlane = request(cluster, cluster.nodes().get(0), "prod-k8s-cp-1", bundle);
        ClusterNode worker = cluster.nodes().get(cluster.nodes().size() - 1);
        thousand = IntStream.rangeClosed(1, 1000)
                .mapToObj(i -> request(
                        cluster, i <= 3 ? cluster.nodes().get(0) : worker, "prod-k8s-" + (i <= 3 ? "cp-" : "worker-") + i, bundle))
                .toList();
    }

    /** Checks once that what is measured works. */
    @Setup
    public void check() {
        if (!configs.render(controlPlane).reveal().contains("type: controlplane")) {
            throw new IllegalStateException("no control plane");
        }
    }

    /** One control plane's configuration from a bundle that is read already. */
    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    public Object controlPlaneConfiguration() {
        return configs.render(controlPlane);
    }

    /** The configurations of a thousand machines, one after the other, each with its own name, address and disks. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.SECONDS)
    public void thousandMachines(Blackhole sink) {
        thousand.forEach(machine -> sink.consume(configs.render(machine)));
    }

    /** The secrets of a new cluster. */
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    @OutputTimeUnit(TimeUnit.SECONDS)
    @Warmup(iterations = 2, time = 3)
    @Measurement(iterations = 8, time = 3)
    public Object bundle() {
        return pki.generate();
    }

    /** Reading and checking the production cluster's spec. */
    @Benchmark
    @BenchmarkMode(Mode.Throughput)
    @OutputTimeUnit(TimeUnit.SECONDS)
    public Object loadSpec() {
        return TalosCluster.parse(spec, "prod-k8s.yaml");
    }

    private static MachineConfigRequest request(
            TalosCluster cluster, ClusterNode node, String name, Secret<String> bundle) {
        List<ResolvedNic> nics = node.spec().networks().stream()
                .map(network -> new ResolvedNic(
                        network, MacAddresses.derive(cluster.name(), name, network.bridge())))
                .toList();
        return MachineConfigRequest.builder()
                .cluster(cluster)
                .nodeName(name)
                .role(node.role())
                .settings(cluster.settings(node))
                .nics(nics)
                .osDiskWwn(Wwns.derive(cluster.name(), name, 0))
                .installer("harbor.example.com/talos/nocloud-installer/acedfd67:v1.12.4")
                .endpoint("https://" + cluster.apiHost() + ":6443")
                .contract("v1.12")
                .nameservers(cluster.effectiveNameservers(node.spec()))
                .bundle(bundle)
                .build();
    }

    private static String resource(String name) {
        try (InputStream in = ConfigurationBenchmark.class.getResourceAsStream("/" + name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
