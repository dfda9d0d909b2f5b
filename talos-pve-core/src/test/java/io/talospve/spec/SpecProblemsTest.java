package io.talospve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.Problem;
import io.talospve.error.SpecException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of problem, with its exact text and place. The cases are in problems.txt. */
class SpecProblemsTest {
    record Case(String name, String old, String replacement, boolean everywhere, List<String> expected) {
        @Override
        public String toString() {
            return name;
        }

        String text() {
            String example = ExampleSpecTest.example();
            assertThat(example).as("the example holds what the case changes").contains(old);
            int at = example.indexOf(old);
            return everywhere
                    ? example.replace(old, replacement)
                    : example.substring(0, at) + replacement + example.substring(at + old.length());
        }
    }

    static Stream<Case> cases() throws IOException {
        List<String> lines;
        try (InputStream in = SpecProblemsTest.class.getResourceAsStream("/spec/problems.txt")) {
            lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        }
        List<Case> cases = new ArrayList<>();
        String name = "";
        String old = "";
        for (String line : lines) {
            if (line.startsWith("# ")) {
                name = line.substring(2);
            } else if (line.startsWith("-")) {
                old = unescaped(line);
            } else if (line.startsWith("+")) {
                cases.add(new Case(name, old, unescaped(line), false, new ArrayList<>()));
            } else if (line.equals("* all")) {
                Case last = cases.remove(cases.size() - 1);
                cases.add(new Case(last.name, last.old, last.replacement, true, last.expected));
            } else if (line.startsWith("=")) {
                cases.get(cases.size() - 1).expected.add(line.substring(1));
            }
        }
        return cases.stream();
    }

    private static String unescaped(String line) {
        return line.substring(1).replace("\\\\", "\u0001").replace("\\n", "\n").replace("\\t", "\t").replace('\u0001', '\\');
    }

    private static List<Problem> problems(String text) {
        try {
            return TalosCluster.parse(text, "a.yaml").problems();
        } catch (SpecException e) {
            assertThat(e.code()).isEqualTo(ErrorCode.SPEC_INVALID);
            assertThat(e.retryable()).isFalse();
            return e.problems();
        }
    }

    /** The example itself has two warnings, which {@link ExampleSpecTest} checks. */
    private static List<String> reported(String text) {
        return problems(text).stream()
                .map(Problem::toString)
                .filter(problem -> !problem.contains("cluster.time: none given") && !problem.contains("cluster.nameservers: none given"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void reportsWhatIsWrongAndWhere(Case given) {
        assertThat(given.expected()).isNotEmpty();
        List<String> reported = reported(given.text());
        assertThat(reported)
                .usingElementComparator((actual, expected) -> expected.endsWith("…")
                        ? actual.startsWith(expected.substring(0, expected.length() - 1)) ? 0 : 1
                        : actual.compareTo(expected))
                .containsExactlyElementsOf(given.expected());
        assertThat(reported(given.text()).toString()).doesNotContain("hunter2");
    }

    @Test
    void reportsEverythingOfAFileInItsOrder() throws IOException {
        String text = ExampleSpecTest.example();
        List<String> expected = new ArrayList<>();
        for (String name : List.of("unknown GitOps engine", "address that is none", "VIP is the gateway", "unknown size", "memory in GiB")) {
            Case given = cases().filter(c -> c.name.equals(name)).findFirst().orElseThrow();
            text = text.replace(given.old, given.replacement);
            expected.add(given.expected.get(0));
        }
        // "- size: worker" is there three times.
        assertThat(reported(text)).containsAll(expected).hasSize(expected.size() + 2);
        assertThat(problems(text)).isSortedAccordingTo(
                (a, b) -> Integer.compare(a.where().orElseThrow().line(), b.where().orElseThrow().line()));
    }

    @Test
    void aControlPlaneIsNeeded() {
        String text = ExampleSpecTest.example();
        int nodes = text.indexOf("  nodes:");
        String without = text.substring(0, nodes) + "  nodes: []\n" + text.substring(text.indexOf("  host_pool: ["));

        assertThat(reported(without))
                .containsExactly("a.yaml:40:3: control_plane_nodes.nodes: is empty; a cluster has at least one control plane");
    }

    @Test
    void aFileIsOneDocument() {
        assertThat(reported(ExampleSpecTest.example() + "---\na: b\n"))
                .containsExactly("a.yaml:73:1: a second document; a spec is one document");
        assertThat(reported("# nothing\n")).containsExactly("a.yaml:1:1: the file holds no spec");
    }

    @Test
    void aliasesAndMergeKeysAreResolved() {
        String text = ExampleSpecTest.example()
                .replace("  alpha: { datastore_id: local-lvm }", "  alpha: &host { datastore_id: local-lvm }")
                .replace("  charlie: { datastore_id: local-lvm }", "  charlie: *host")
                .replace("  worker: { cpu: 10,", "  worker: { <<: { cpu: 2, data_disk: 1 }, cpu: 10,");

        TalosCluster cluster = TalosCluster.parse(text, "a.yaml");

        assertThat(cluster).isEqualTo(TalosCluster.parse(ExampleSpecTest.example(), "a.yaml"));
    }

    @Test
    void aBuilderReportsTheSameWithoutPlaces() {
        SpecException e = catchThrowableOfType(SpecException.class, () -> TalosCluster.define("prod", c -> c
                .kubernetesVersion("v1.36.0")
                .talos(t -> t.version("v1.12.4"))
                .hostPool(h -> h.host("charlie", "local-lvm"))
                .size("small", s -> s.cpu(2).osDisk(20))
                .controlPlane(p -> p.node(n -> n.size("smal").network("dmz", "192.168.62.300/24", "192.168.62.1"))
                        .node(n -> n.network("dmz", "192.168.62.2/24", "192.168.62.1"))
                        .node(n -> n.size("small").network("dmz", "192.168.62.2/24", "192.168.62.1"))
                        .hostPool("charly"))));

        assertThat(e.problems())
                .extracting(Problem::toString)
                .contains(
                        "node_size_configuration.small.memory: missing, and mandatory",
                        "control_plane_nodes.nodes[0].networks.dmz.address: bad address \"192.168.62.300/24\": \"192.168.62.300\" is not an IP address",
                        "control_plane_nodes.nodes[1].size: missing, and mandatory",
                        "cluster.datastore: missing, and mandatory",
                        "cluster.kubernetes_version: Talos v1.12.4 runs Kubernetes 1.30 to 1.35; found v1.36.0",
                        "control_plane_nodes.host_pool[0]: no host \"charly\" in host_pool (did you mean \"charlie\"?)",
                        "control_plane_nodes.nodes[0].size: no size \"smal\" in node_size_configuration (did you mean \"small\"?)",
                        "control_plane_nodes.nodes[2].networks.dmz.address: 192.168.62.2 is used by control_plane_nodes.nodes[1].networks.dmz.address already")
                .filteredOn(text -> !text.startsWith("warning"))
                .hasSize(8);
    }

    @Test
    void aBuilderTakesNoLiteralSecretsAndNoForeignValues() {
        SpecException secret = catchThrowableOfType(
                SpecException.class,
                () -> TalosCluster.builder()
                        .registryMirror("ghcr.io", "me:hunter2@harbor.example.com", "https://me:hunter2@harbor.example.com/v2/gh")
                        .helmValues("cilium", java.util.Map.of("password", "hunter2", "x", new Object()))
                        .build());

        assertThat(secret.getMessage())
                .contains("cluster.registry_mirrors.ghcr.io.endpoints[1]: looks like a secret")
                .contains("cluster.helm_values_override: cilium.x: Object is not a map, list, text, number or boolean")
                .doesNotContain("hunter2");
    }

    @Test
    void aBuilderReportsWhatIsMissingInOptionalPartsAtOnce() {
        SpecException e = catchThrowableOfType(SpecException.class, () -> TalosCluster.builder()
                .from(ExampleSpecTest.built())
                .machine(m -> m.logDestination(l -> l.kernel(true)).patch(java.util.Map.of("machine", new Object())))
                .kubernetes(k -> k.admission(a -> {}))
                .secureBoot(s -> s.encryption(x -> {}))
                .registry("harbor.example.com", r -> r.username("robot"))
                .build());

        assertThat(e.problems()).extracting(Problem::toString).filteredOn(text -> !text.startsWith("warning")).containsExactly(
                "cluster.machine.log_destinations.endpoint: missing, and mandatory",
                "cluster.machine.patches[0]: machine: Object is not a map, list, text, number or boolean",
                "cluster.kubernetes.admission.name: missing, and mandatory",
                "cluster.secure_boot.encryption.key: missing, and mandatory",
                "cluster.registries.harbor.example.com: has a username but no password");
    }

    @Test
    void aBuilderCanBeCorrected() {
        TalosCluster good = ExampleSpecTest.built();
        TalosCluster.Builder builder = TalosCluster.builder().from(good).name("Not A Label");
        assertThat(catchThrowableOfType(SpecException.class, builder::build).problems())
                .filteredOn(problem -> problem.severity() == Problem.Severity.ERROR).hasSize(1);

        assertThat(builder.name("prod-k8s").build()).isEqualTo(good);
    }
}
