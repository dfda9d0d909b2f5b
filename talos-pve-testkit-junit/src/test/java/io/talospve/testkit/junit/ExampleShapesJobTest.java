package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.plan.Note;
import io.talospve.plan.Plan;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.DhcpNetwork;
import io.talospve.testkit.SimulatedDatacenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every example spec becomes a running cluster, of which the next plan has nothing to do, and is removed without a trace. */
class ExampleShapesJobTest {
    /** What the examples refer to. */
    private static final Map<String, Secret<String>> SECRETS = Map.of(
            "harbor", Secret.of("robot's password"),
            "harbor-ca", Secret.of("-----BEGIN CERTIFICATE-----\nMAo=\n-----END CERTIFICATE-----\n"));

    static List<String> shapes() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("../examples/specs"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    // needs more of Proxmox than the others, and has a test of its own: ProxmoxOptionsJobTest
                    .filter(name -> !name.equals("tuned-machines.yaml"))
                    // its charts are other people's, from the internet; ExampleShapesTest reads it
                    .filter(name -> !name.equals("addons.yaml"))
                    .sorted()
                    .collect(Collectors.toList());
        }
    }

    /** The simulated network has no DNS: what the spec calls by name is called by address. */
    private static TalosCluster cluster(String file) {
        TalosCluster cluster = TalosCluster.load(Path.of("../examples/specs", file));
        return file.equals("dhcp-reservations.yaml")
                ? TalosCluster.builder().from(cluster).endpoint("192.168.62.21").build()
                : cluster;
    }

    private static SimulatedDatacenter datacenter() {
        return SimulatedDatacenter.builder()
                .bridges(List.of("storage", "uplink0", "uplink1"))
                .dhcp(DhcpNetwork.on("vmbr0", "192.168.62.0/24")
                        .reserve("bc:24:11:00:00:21", "192.168.62.21")
                        .reserve("bc:24:11:00:00:24", "192.168.62.24"))
                .dhcp(DhcpNetwork.on("vmbr1", "10.1.0.0/24"))
                .dhcp(DhcpNetwork.on("trunk0", "10.50.0.0/24").tagged(50))
                .pciMapping("gpu", "foxtrot")
                .resourcePool("talos")
                .start();
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void becomesARunningClusterAndIsRemoved(String file) {
        TalosCluster cluster = cluster(file);
        try (SimulatedDatacenter datacenter = datacenter();
                TalosPve pve = DatacenterConnection.open(
                        datacenter,
                        StoredSecrets.of(cluster.name()),
                        c -> c.secretSource("bitwarden", key -> Optional.ofNullable(SECRETS.get(key)), "harbor"))) {
            Outcome outcome = pve.apply(pve.plan(cluster));
            assertThat(datacenter.virtualMachines())
                    .hasSize(cluster.nodes().size())
                    .allMatch(SimulatedDatacenter.VirtualMachine::running);
            assertThat(datacenter.bootstraps()).isEqualTo(1);
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            Plan again = pve.plan(cluster);
            assertThat(again.hasChanges()).as("%s", again.render()).isFalse();
            assertThat(again.notes()).as("%s", again.render()).noneMatch(note -> note.kind() == Note.Kind.DIFFERENCE);
            Outcome destroyed = pve.apply(pve.planDestroy(cluster));
            assertThat(destroyed.succeeded()).as("%s", destroyed.render()).isTrue();
            assertThat(datacenter.virtualMachines()).isEmpty();
            assertThat(pve.planDestroy(cluster).hasChanges()).isFalse();
        }
    }

    @Test
    void theGpuPoolHasTheDeviceAndItsOwnImage() {
        TalosCluster cluster = cluster("gpu.yaml");
        try (SimulatedDatacenter datacenter = datacenter();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of(cluster.name()))) {
            assertThat(pve.apply(pve.plan(cluster)).succeeded()).isTrue();
            assertThat(extensions(pve, cluster, "gpus-gpu-1"))
                    .contains("siderolabs/nvidia-open-gpu-kernel-modules-lts", "siderolabs/qemu-guest-agent");
            assertThat(extensions(pve, cluster, "gpus-worker-1")).noneMatch(name -> name.contains("nvidia"));
        }
    }

    @Test
    void aSealedMachineEnforcesSecureBoot() {
        TalosCluster cluster = cluster("secure-boot.yaml");
        try (SimulatedDatacenter datacenter = datacenter();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of(cluster.name()))) {
            assertThat(pve.apply(pve.plan(cluster)).succeeded()).isTrue();
            for (String machine : List.of("sealed-cp-1", "sealed-worker-1")) {
                assertThat(pve.resources(pve.node(cluster, machine), "runtime", "SecurityStates.talos.dev"))
                        .singleElement()
                        .satisfies(state -> assertThat(state.fields()).containsEntry("secureBoot", true));
            }
        }
    }

    private static List<String> extensions(TalosPve pve, TalosCluster cluster, String machine) {
        return pve.resources(pve.node(cluster, machine), "runtime", "ExtensionStatuses.runtime.talos.dev").stream()
                .map(extension -> String.valueOf(((Map<?, ?>) extension.fields().get("metadata")).get("name")))
                .map(name -> name.startsWith("siderolabs/") ? name : "siderolabs/" + name)
                .toList();
    }
}
