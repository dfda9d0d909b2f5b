package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Configurations that real machines were given, and what those answered. */
class ConfigConformanceTest {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private record Exchange(String name, String source, String config, String code, String message) {}

    static List<Exchange> exchanges(String file, Path directory) throws IOException {
        Map<?, ?> tokens = JSON.readValue(Files.readString(directory.resolve("config-tokens.json")), Map.class);
        List<Exchange> out = new ArrayList<>();
        for (String line : Files.readAllLines(directory.resolve(file))) {
            JsonNode row = JSON.readTree(line);
            JsonNode template = row.path("request").path("config_template");
            if (!template.isString() || row.path("request").has("config_suffix_base64") || !row.has("code")) {
                continue;
            }
            String config = template.asString();
            for (Map.Entry<?, ?> token : tokens.entrySet()) {
                config = config.replace(String.valueOf(token.getKey()), String.valueOf(token.getValue()));
            }
            out.add(new Exchange(
                    row.path("case").asString(row.path("name").asString("")),
                    row.path("source").asString(""),
                    config,
                    row.path("code").asString(""),
                    row.path("message").asString("")));
        }
        return out;
    }

    private static String outcome(String config, boolean metal) {
        try {
            MachineConfig.parse(config, metal);
            return "OK: ";
        } catch (ConfigException e) {
            return e.kind() == ConfigException.Kind.PARSE
                    ? "Unknown: " + e.inMaintenance()
                    : "InvalidArgument: " + e.inMaintenance();
        }
    }

    @TestFactory
    List<DynamicTest> maintenance() throws IOException {
        Optional<Path> directory = FakeWorld.recordings();
        if (directory.isEmpty()) {
            System.out.println("ABSENT: ../shared/data/talos-recordings; conformance of configurations not checked");
            return List.of();
        }
        List<Exchange> all = exchanges("2-apply-maintenance.jsonl", directory.get()).stream()
                // The message size limit belongs to the server, not to the parser.
                .filter(e -> !e.code().equals("ResourceExhausted"))
                .toList();
        List<DynamicTest> out = new ArrayList<>();
        long[] matched = {0};
        for (Exchange one : all) {
            out.add(DynamicTest.dynamicTest(one.source() + " " + one.name(), () -> {
                assertThat(outcome(one.config(), one.source().equals("lab")))
                        .isEqualTo(one.code() + ": " + one.message());
                matched[0]++;
            }));
        }
        out.add(DynamicTest.dynamicTest("share", () -> {
            System.out.println("configurations in maintenance mode: " + matched[0] + " of " + all.size() + " as recorded");
            assertThat(matched[0]).isGreaterThanOrEqualTo(all.size() * 95L / 100);
        }));
        return out;
    }

    @TestFactory
    List<DynamicTest> running() throws IOException {
        Optional<Path> directory = FakeWorld.recordings();
        if (directory.isEmpty()) {
            System.out.println("ABSENT: ../shared/data/talos-recordings; conformance of configurations not checked");
            return List.of();
        }
        List<DynamicTest> out = new ArrayList<>();
        for (Exchange one : exchanges("2-apply-running.jsonl", directory.get())) {
            if (one.code().equals("ResourceExhausted")) {
                continue;
            }
            out.add(DynamicTest.dynamicTest("running " + one.name(), () -> {
                String message = "";
                try {
                    MachineConfig.parse(one.config(), false);
                } catch (ConfigException e) {
                    message = e.getMessage();
                }
                assertThat(message).isEqualTo(one.message());
            }));
        }
        return out;
    }

    @Test
    void everyDefaultConfigurationOfTalosIsTaken() {
        for (String contract : List.of("v1.9", "v1.10", "v1.11", "v1.12")) {
            for (String role : List.of("controlplane", "worker")) {
                assertThat(outcome(FakeWorld.vector("default/" + contract + "/" + role + ".yaml"), true))
                        .as(contract + " " + role)
                        .isEqualTo("OK: ");
            }
        }
        for (String contract : List.of("v1.9", "v1.11", "v1.12")) {
            assertThat(outcome(FakeWorld.vector("legacy/cp-1-contract-" + contract + ".yaml"), true))
                    .as("legacy " + contract)
                    .isEqualTo("OK: ");
        }
    }

    @Test
    void linesAndKeysAreNamed() {
        String base = FakeWorld.vector("default/v1.12/worker.yaml");
        assertThat(outcome(base + "---\napiVersion: v1alpha1\nkind: NoSuchConfig\nname: x\n", true))
                .endsWith("\"NoSuchConfig\" \"v1alpha1\": not registered");
        assertThat(outcome(base.replace("persist: true", "persist: true\npersistt: true"), true))
                .isEqualTo("Unknown: failed to parse config: error decoding document /v1alpha1/ (line 1): unknown keys found during decoding:\npersistt: true\n");
    }
}
