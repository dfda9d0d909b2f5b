package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.plan.Note;
import io.talospve.plan.Plan;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.store.ClusterStore;
import io.talospve.testkit.SimulatedDatacenter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
                    .sorted()
                    .collect(Collectors.toList());
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void becomesARunningClusterAndIsRemoved(String name) {
        TalosCluster cluster = TalosCluster.load(Path.of("../examples/specs", name));
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder()
                        .bridges(List.of("storage", "trunk0", "uplink0", "uplink1"))
                        .pciMapping("gpu", "foxtrot")
                        .start();
                TalosPve pve = DatacenterConnection.open(
                        datacenter,
                        ClusterStore.inMemory(),
                        c -> c.secretSource("bitwarden", key -> Optional.ofNullable(SECRETS.get(key)), "harbor"))) {
            Outcome outcome = pve.apply(pve.plan(cluster));
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            assertThat(datacenter.bootstraps()).isEqualTo(1);
            assertThat(datacenter.virtualMachines())
                    .hasSize(cluster.nodes().size())
                    .allMatch(SimulatedDatacenter.VirtualMachine::running);

            Plan again = pve.plan(cluster);
            assertThat(again.hasChanges()).as("%s", again.render()).isFalse();
            assertThat(again.notes()).as("%s", again.render()).noneMatch(note -> note.kind() == Note.Kind.DIFFERENCE);

            Outcome destroyed = pve.apply(pve.planDestroy(cluster));
            assertThat(destroyed.succeeded()).as("%s", destroyed.render()).isTrue();
            assertThat(datacenter.virtualMachines()).isEmpty();
            assertThat(pve.planDestroy(cluster).hasChanges()).isFalse();
        }
    }
}
