package io.talospve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.error.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleSpecTest {
    static String example() {
        try (InputStream in = ExampleSpecTest.class.getResourceAsStream("/spec/prod-k8s.yaml")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    static TalosCluster built() {
        return TalosCluster.define("prod-k8s", c -> {
            c.datastore("nas", "alpha")
                    .talos(t -> t.version("v1.12.4").installerMirror("harbor.example.com/talos").isoMirror("https://proxy.example.com/"))
                    .kubernetesVersion("v1.35.0")
                    .options(o -> o.disableDefaultCni(true).disableKubeProxy(true).disableSchedulingOnControlPlane(true))
                    .helmValues("cilium", Map.of("operator", Map.of("replicas", 1)))
                    .gitops(g -> g.provider(GitOps.Provider.FLUX)
                            .namespace("flux-system")
                            .chartVersion("2.18.2")
                            .bootstrap(b -> b.repoUrl("https://github.com/your-org/applications.git")
                                    .revision("main")
                                    .path("src/k8s/prod")
                                    .destinationNamespace("homelab")))
                    .hostPool(h -> h.host("alpha", "local-lvm").host("charlie", "local-lvm").host("foxtrot", "local-lvm"))
                    .size("control_plane", s -> s.cpu(4).memory(8192).osDisk(128))
                    .size("worker", s -> s.cpu(10).memory(49152).osDisk(128).dataDisk(512));
            Map<String, String> mirrors =
                    Map.of("ghcr.io", "gh", "registry.k8s.io", "k8s", "docker.io", "dh", "quay.io", "qi", "factory.talos.dev", "talos");
            for (String registry : List.of("ghcr.io", "registry.k8s.io", "docker.io", "quay.io", "factory.talos.dev")) {
                c.registryMirror(
                        registry,
                        m -> m.addEndpoints("https://harbor.example.com/v2/" + mirrors.get(registry)).overridePath(true));
            }
            c.controlPlane(p -> {
                for (int i = 21; i <= 23; i++) {
                    String host = String.valueOf(i);
                    p.node(n -> n.size("control_plane")
                            .network("dmz", "192.168.62." + host + "/24", "192.168.62.1")
                            .network("vmbr1", "192.168.192." + host + "/24"));
                }
                p.hostPool("alpha", "charlie", "foxtrot").vip("192.168.62.20");
            });
            c.workers(p -> {
                for (int i = 24; i <= 26; i++) {
                    String host = String.valueOf(i);
                    p.node(n -> n.size("worker")
                            .network("dmz", "192.168.62." + host + "/24", "192.168.62.1")
                            .network("vmbr1", "192.168.192." + host + "/24"));
                }
                p.hostPool("alpha", "charlie", "foxtrot");
            });
        });
    }

    @Test
    void builderAndYamlGiveEqualSpecs() {
        TalosCluster read = TalosCluster.parse(example(), "prod-k8s.yaml");

        assertThat(built()).isEqualTo(read).hasSameHashCodeAs(read);
        assertThat(built().toYaml()).isEqualTo(read.toYaml());
    }

    @Test
    void writesItselfBackAsYamlThatLoadsToAnEqualSpec(@TempDir Path folder) throws IOException {
        TalosCluster read = TalosCluster.parse(example(), "prod-k8s.yaml");
        Path copy = Files.writeString(folder.resolve("copy.yaml"), read.toYaml());

        TalosCluster again = TalosCluster.load(copy);

        assertThat(again).isEqualTo(read);
        assertThat(List.copyOf(again.registryMirrors().keySet()))
                .containsExactly("ghcr.io", "registry.k8s.io", "docker.io", "quay.io", "factory.talos.dev");
        assertThat(read.toYaml()).doesNotContain("extensions", "debug", "skip_fallback", "vmid");
    }

    @Test
    void warnsAboutTimeAndNameservers() {
        assertThat(TalosCluster.parse(example(), "prod-k8s.yaml").problems())
                .extracting(Problem::toString)
                .containsExactly(
                        "prod-k8s.yaml:3:1: warning: cluster.time: none given, and every usual registry has a mirror: without internet"
                                + " access Talos' default time server does not answer, and etcd waits for the time; give"
                                + " time.servers or time.host_clock: true",
                        "prod-k8s.yaml:3:1: warning: cluster.nameservers: none given: each machine asks its primary gateway");
    }

    @Test
    void resolvesNamesPlacesAndAddresses() {
        TalosCluster cluster = built();

        assertThat(cluster.nodes()).extracting(ClusterNode::defaultName).containsExactly(
                "prod-k8s-cp-1", "prod-k8s-cp-2", "prod-k8s-cp-3", "prod-k8s-worker-1", "prod-k8s-worker-2", "prod-k8s-worker-3");
        ClusterNode last = cluster.nodes().get(5);
        assertThat(last.specPath()).isEqualTo("worker_nodes.nodes[2]");
        assertThat(last.index()).isEqualTo(2);
        assertThat(last.size().dataDisk()).contains(512);
        assertThat(cluster.apiHost()).isEqualTo("192.168.62.20");
        assertThat(cluster.effectiveNameservers(last.spec())).containsExactly("192.168.62.1");
    }

    @Test
    void derivesMacAddressesAndWorldWideNames() {
        // printf 'talos-pve/mac/1\0prod-k8s\0prod-k8s-cp-1\0dmz' | sha256sum, and likewise for the disk.
        assertThat(MacAddresses.derive("prod-k8s", "prod-k8s-cp-1", "dmz")).isEqualTo("aa:66:fe:0d:4b:74");
        assertThat(Wwns.derive("prod-k8s", "prod-k8s-cp-1", 0)).isEqualTo("0x5d7484b624280229");
    }
}
