package io.talospve.talos.config.internal.patch;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spec.ClusterNode;
import io.talospve.spec.TalosCluster;
import io.talospve.talos.config.Requests;
import io.talospve.talos.config.TalosMachineConfigs;
import io.talospve.talos.config.internal.Soundness;
import io.talospve.talos.internal.yaml.YamlReader;
import io.talospve.talos.internal.yaml.YamlWriter;
import io.talospve.talos.interop.TalosLibrary;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Patches are merged to the same text as Talos' own patcher merges them. */
@Tag("interop")
class PatchInteropTest {
    private static final int SETS = 2_000;

    @Test
    void theTableOfFieldsIsTalos() {
        try (TalosLibrary library = new TalosLibrary()) {
            JsonNode theirs = library.require(Map.of("op", "schema")).get("documents");
            JsonNode ours = JsonMapper.shared()
                    .readTree(DocumentFields.class.getResourceAsStream("fields-v1.12.json"));
            assertThat(ours).isEqualTo(theirs);
        }
    }

    @Test
    void randomSetsOfPatchesMergeAlike() {
        List<String> bases = bases();
        Map<String, Integer> refusals = new TreeMap<>();
        int merged = 0;
        List<String> failures = new ArrayList<>();
        try (TalosLibrary library = new TalosLibrary()) {
            for (long seed = 0; seed < SETS; seed++) {
                String base = bases.get((int) (seed % bases.size()));
                List<Map<String, Object>> documents = YamlReader.readAll("base", base);
                RandomPatches random = new RandomPatches(seed);
                List<Map<String, Object>> patches = new ArrayList<>();
                for (long i = seed % 3; i >= 0; i--) {
                    patches.add(random.next(documents));
                }
                List<String> texts = patches.stream().map(patch -> YamlWriter.write(patch)).toList();
                JsonNode theirs = library.ask(Map.of("op", "patch", "text", base, "patches", texts));
                String ours;
                try {
                    List<Map<String, Object>> result = StrategicMerge.apply(documents, patches, true);
                    List<String> conflicts = Soundness.problems(result).stream().filter(problem -> problem.startsWith("two ")).toList();
                    ours = conflicts.isEmpty() ? YamlWriter.writeAll(result) : "refused: " + conflicts;
                } catch (PatchException e) {
                    ours = "refused: " + e.getMessage();
                }
                String what = "seed " + seed + "\n" + String.join("---\n", texts) + "\nours: " + (ours.startsWith("refused") ? ours : "merged");
                if (theirs.has("error")) {
                    String reason = theirs.get("error").stringValue();
                    refusals.merge(reason.replaceAll("\\d+|'[^']*'|\"[^\"]*\"", "n"), 1, Integer::sum);
                    if (!ours.startsWith("refused")) {
                        failures.add(what + "\ntheirs: " + reason);
                    }
                } else {
                    String difference = ours.startsWith("refused") ? "theirs: merged" : difference(ours, theirs.get("text").stringValue());
                    if (!difference.isEmpty()) {
                        failures.add(what + "\n" + difference);
                    }
                    merged++;
                }
            }
        }
        assertThat(failures.stream().limit(4)).as(failures.size() + " sets differ").isEmpty();
        assertThat(merged).as("sets merged; refused by both: " + refusals).isGreaterThan(SETS / 2);
    }

    private static List<String> bases() {
        TalosCluster cluster = Requests.production();
        TalosMachineConfigs configs = new TalosMachineConfigs();
        List<String> bases = new ArrayList<>();
        for (String contract : List.of("v1.12", "v1.11", "v1.12")) {
            for (ClusterNode node : List.of(cluster.nodes().get(0), cluster.nodes().get(5))) {
                bases.add(configs.render(Requests.of(cluster, node, contract).build()).reveal());
            }
        }
        return bases;
    }

    private static String difference(String ours, String theirs) {
        List<String> a = ours.lines().toList();
        List<String> b = theirs.lines().toList();
        for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
            if (i >= a.size() || i >= b.size() || !a.get(i).equals(b.get(i))) {
                return "line " + (i + 1) + ", ours:\n" + around(a, i) + "\ntheirs:\n" + around(b, i);
            }
        }
        return "";
    }

    private static String around(List<String> lines, int index) {
        List<String> near = lines.subList(Math.min(lines.size(), Math.max(0, index - 5)), Math.min(lines.size(), index + 5));
        return String.join("\n", near).replaceAll("(crt|key): \\S{40,}", "$1: ...");
    }
}
