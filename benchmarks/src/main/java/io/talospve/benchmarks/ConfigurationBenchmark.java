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

    /** For JMH. */
    public ConfigurationBenchmark() {
        spec = resource("prod-k8s.yaml");
        controlPlane = request(TalosCluster.parse(spec, "prod-k8s.yaml"), Secret.of(resource("secrets.yaml")));
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

    private static MachineConfigRequest request(TalosCluster cluster, Secret<String> bundle) {
        ClusterNode node = cluster.nodes().get(0);
        List<ResolvedNic> nics = node.spec().networks().stream()
                .map(network -> new ResolvedNic(
                        network, MacAddresses.derive(cluster.name(), node.defaultName(), network.bridge())))
                .toList();
        return MachineConfigRequest.builder()
                .cluster(cluster)
                .nodeName(node.defaultName())
                .role(node.role())
                .nics(nics)
                .osDiskWwn(Wwns.derive(cluster.name(), node.defaultName(), 0))
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
