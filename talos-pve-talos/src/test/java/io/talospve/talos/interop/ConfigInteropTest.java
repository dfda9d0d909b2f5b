package io.talospve.talos.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.error.Problem;
import io.talospve.error.SpecException;
import io.talospve.spec.ClusterNode;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.talos.Vectors;
import io.talospve.talos.config.Requests;
import io.talospve.talos.config.TalosMachineConfigs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Talos decodes, validates and re-encodes what is written here without losing or changing a byte. */
@Tag("interop")
class ConfigInteropTest {
    private static final int SPECS = 1_000;
    private static final List<String> CONTRACTS = List.of("v1.9", "v1.10", "v1.11", "v1.12");

    private final TalosMachineConfigs configs = new TalosMachineConfigs();

    @ParameterizedTest
    @ValueSource(strings = {"v1.9", "v1.10", "v1.11", "v1.12"})
    void productionClusterIsReadAsItIsMeant(String contract) {
        TalosCluster cluster = Requests.production();
        try (TalosLibrary library = new TalosLibrary()) {
            for (ClusterNode node : cluster.nodes()) {
                comesBackUnchanged(library, configs.render(Requests.of(cluster, node, contract).build()).reveal(), node.defaultName());
            }
        }
    }

    /** The named shapes of examples/specs, each with the secrets that it refers to. */
    @Test
    void everyExampleIsReadAsItIsMeant() throws IOException {
        Path folder = Path.of("").toAbsolutePath().resolveSibling("examples").resolve("specs");
        List<Path> files;
        try (Stream<Path> found = Files.list(folder)) {
            files = found.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
        }
        assertThat(files).as("examples in " + folder).hasSizeGreaterThanOrEqualTo(9);
        try (TalosLibrary library = new TalosLibrary()) {
            for (Path file : files) {
                TalosCluster cluster = TalosCluster.load(file);
                for (String contract : CONTRACTS) {
                    for (ClusterNode node : cluster.nodes()) {
                        MachineConfigRequest request = Requests.of(cluster, node, contract)
                                .putAllSecrets(Requests.secrets(cluster))
                                .build();
                        comesBackUnchanged(
                                library, configs.render(request).reveal(), file.getFileName() + " " + node.defaultName() + " " + contract);
                    }
                }
            }
        }
    }

    @Test
    void vectorsAreStillWhatTalosGenerates() {
        try (TalosLibrary library = new TalosLibrary()) {
            for (String contract : CONTRACTS) {
                for (String role : List.of("controlplane", "worker")) {
                    JsonNode answer = library.require(Map.of("op", "generate", "input", Map.of(
                            "bundle", Vectors.bundle(), "contract", contract, "role", role, "cluster", "prod-k8s",
                            "endpoint", "https://192.168.62.20:6443", "kubernetes", "1.35.0", "disk", "/dev/sda",
                            "image", "harbor.example.com/talos/installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:v1.12.4",
                            "mirrors", Map.of("ghcr.io", List.of("https://harbor.example.com/v2/ghcr")))));
                    assertThat(answer.get("text").stringValue())
                            .isEqualTo(Vectors.text("talos/default/" + contract + "/" + role + ".yaml"));
                }
            }
        }
    }

    @Test
    void aThousandRandomSpecsAreReadAsTheyAreMeant() {
        Map<String, Integer> rejected = new TreeMap<>();
        int machines = 0;
        int refused = 0;
        try (TalosLibrary library = new TalosLibrary()) {
            for (long seed = 0; seed < SPECS; seed++) {
                TalosCluster cluster;
                try {
                    cluster = RandomSpecs.cluster(seed);
                } catch (SpecException e) {
                    assertThat(e.problems()).anyMatch(problem -> problem.severity() == Problem.Severity.ERROR);
                    refused++;
                    e.problems().forEach(problem -> rejected.merge(problem.path().replaceAll("\\d+", "n") + ": " + problem.message().replaceAll("[0-9a-f.:]+\\d", "n"), 1, Integer::sum));
                    continue;
                }
                String contract = CONTRACTS.get((int) (seed % CONTRACTS.size()));
                for (ClusterNode node : cluster.nodes()) {
                    String text = configs.render(Requests.of(cluster, node, contract).build()).reveal();
                    comesBackUnchanged(library, text, "seed " + seed + " " + node.defaultName() + " " + contract);
                    machines++;
                }
            }
        }
        assertThat(machines).as("machines checked; rejected: " + rejected).isGreaterThan(2 * SPECS);
        assertThat(refused).as("rejected: " + rejected).isLessThan(SPECS / 5);
    }

    private static void comesBackUnchanged(TalosLibrary library, String text, String what) {
        JsonNode answer = library.ask(Map.of("op", "check", "text", text));
        assertThat(answer.has("error")).as(what + ": " + answer.path("error").asString("")).isFalse();
        assertThat(firstDifference(text, answer.get("text").stringValue())).as(what).isEmpty();
        List<String> warnings = new ArrayList<>();
        answer.get("warnings").forEach(warning -> warnings.add(warning.stringValue()));
        assertThat(warnings).as(what).isEmpty();
    }

    /** With the lines around it; whole configurations are too long to read. */
    private static String firstDifference(String ours, String theirs) {
        List<String> a = ours.lines().toList();
        List<String> b = theirs.lines().toList();
        for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
            if (i >= a.size() || i >= b.size() || !a.get(i).equals(b.get(i))) {
                return "line " + (i + 1) + ", ours:\n" + around(a, i) + "\ntheirs:\n" + around(b, i);
            }
        }
        return ours.equals(theirs) ? "" : "line breaks";
    }

    private static String around(List<String> lines, int index) {
        return withoutSecrets(String.join("\n", lines.subList(Math.min(lines.size(), Math.max(0, index - 4)), Math.min(lines.size(), index + 4))));
    }

    private static String withoutSecrets(String text) {
        return text.replaceAll("(crt|key): \\S{40,}", "$1: ...");
    }
}
