package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which configurations are taken, and the words for those that are not; the recorded ones are in ApplyConformanceTest. */
class ConfigConformanceTest {

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
