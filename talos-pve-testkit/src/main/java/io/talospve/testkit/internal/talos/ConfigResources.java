package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.yaml.GoYaml;
import java.util.Map;

/**
 * A machine's configurations as its resources show them: {@code v1alpha1}, which is in effect, and {@code persistent}, which was
 * written to disk since the boot. Every write gives a new version, also of the same text. Guarded by the fabric.
 */
final class ConfigResources {
    private static final Cosi.Kind KIND = new Cosi.Kind("config", "MachineConfigs.config.talos.dev");

    private final Cosi cosi;

    ConfigResources(Cosi cosi) {
        this.cosi = cosi;
    }

    /** A configuration takes effect. */
    void active(MachineConfig config) {
        write("v1alpha1", config);
    }

    /** A configuration is written to disk. */
    void persistent(MachineConfig config) {
        write("persistent", config);
    }

    private void write(String id, MachineConfig config) {
        // The resource is the text as it was applied, as a string.
        cosi.write(
                KIND,
                id,
                Map.of("talos.dev/yaml-spec", "1"),
                new Wire().text(1, config.text()).done(),
                GoYaml.write(config.text()));
    }
}
