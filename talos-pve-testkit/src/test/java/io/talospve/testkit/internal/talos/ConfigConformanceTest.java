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

    /** Every mode, dry and real, one after the other on one machine: code, mode, and Talos' words with the difference. */
    @Test
    void modes() throws IOException {
        Optional<Path> directory = FakeWorld.recordings();
        if (directory.isEmpty()) {
            System.out.println("ABSENT: ../shared/data/talos-recordings; modes of applying not checked");
            return;
        }
        Map<?, ?> tokens = JSON.readValue(Files.readString(directory.get().resolve("config-tokens.json")), Map.class);
        MachineConfig running = null;
        int all = 0;
        int words = 0;
        int same = 0;
        List<String> differences = new ArrayList<>();
        for (String line : Files.readAllLines(directory.get().resolve("2-apply-modes.jsonl"))) {
            JsonNode row = JSON.readTree(line);
            JsonNode request = row.path("request");
            if (!request.path("config_template").isString() || !row.has("code")) {
                continue;
            }
            String text = request.path("config_template").asString();
            for (Map.Entry<?, ?> token : tokens.entrySet()) {
                text = text.replace(String.valueOf(token.getKey()), String.valueOf(token.getValue()));
            }
            MachineConfig config;
            try {
                config = MachineConfig.parse(text, false);
            } catch (ConfigException e) {
                throw new AssertionError(row.path("name") + ": " + e.getMessage());
            }
            running = running == null ? config : running;
            all++;
            String recorded = row.path("code").asString() + " "
                    + row.path("responses").path(0).path("messages").path(0).path("mode").asString("REBOOT");
            String details = row.path("responses").path(0).path("messages").path(0).path("modeDetails").asString("")
                    + row.path("message").asString("");
            String here;
            String hereDetails;
            try {
                var answer = ConfigurationApi.answer(running, config, request(request));
                here = "OK " + answer.getMode();
                hereDetails = answer.getModeDetails();
                boolean taken = !request.path("dryRun").asBoolean(false)
                        && List.of("REBOOT", "NO_REBOOT").contains(answer.getMode().name());
                running = taken ? config : running;
            } catch (io.grpc.StatusRuntimeException e) {
                here = Forwarding.goCode(e.getStatus()) + " REBOOT";
                hereDetails = String.valueOf(e.getStatus().getDescription());
            }
            if (!here.equals(recorded)) {
                differences.add(request.path("case").asString() + " " + request.path("mode").asString("") + " recorded "
                        + recorded + ", here " + here);
            }
            words += sentences(hereDetails).equals(sentences(details)) ? 1 : 0;
            same += hereDetails.equals(details) ? 1 : 0;
        }
        System.out.println("2-apply-modes.jsonl: " + (all - differences.size()) + " of " + all
                + " with the recorded code and mode, " + words + " with the same sentences, " + same
                + " with the same diff to its last line (Talos writes keys in the order of its own types, this in the text's)");
        assertThat(all).isGreaterThan(40);
        assertThat(differences).isEmpty();
        assertThat(words).isEqualTo(all);
    }

    private static String sentences(String details) {
        int diff = details.indexOf("--- a\n");
        return diff < 0 ? details : details.substring(0, diff);
    }

    private static io.talospve.talos.proto.machine.ApplyConfigurationRequest request(JsonNode recorded) {
        var out = io.talospve.talos.proto.machine.ApplyConfigurationRequest.newBuilder()
                .setDryRun(recorded.path("dryRun").asBoolean(false));
        if (recorded.has("mode")) {
            out.setMode(io.talospve.talos.proto.machine.ApplyConfigurationRequest.Mode.valueOf(
                    recorded.path("mode").asString()));
        }
        if (recorded.has("tryModeTimeout")) {
            out.setTryModeTimeout(com.google.protobuf.Duration.newBuilder()
                    .setSeconds(Long.parseLong(recorded.path("tryModeTimeout").asString().replace("s", ""))));
        }
        return out.build();
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
