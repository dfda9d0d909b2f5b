package io.talospve.plan;

import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Services;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterRecord;
import io.talospve.store.Journal;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Tells whether the spec gives a machine another configuration than the one it was given. */
@FunctionalInterface
public interface ConfigurationDrift {
    /** Knows of no difference. */
    ConfigurationDrift NONE = machine -> false;

    /**
     * Whether the configurations differ.
     *
     * @param machine the machine as planned
     */
    boolean configurationDiffers(MachinePlan machine);

    /**
     * Compares with the digests that the journal kept when configurations were applied.
     *
     * @param services writes configurations and has the store
     * @param cluster the spec
     * @param secrets values of the secrets that the spec refers to
     */
    static ConfigurationDrift against(Services services, TalosCluster cluster, SecretValues secrets) {
        ClusterEntry entry = services.store().open(cluster.name());
        Optional<Secret<String>> bundle = entry.secrets().load();
        Optional<ClusterRecord> record = entry.record();
        if (bundle.isEmpty() || record.isEmpty()) {
            return NONE;
        }
        Map<String, String> applied = new HashMap<>();
        for (Journal.Entry line : entry.journal().entries()) {
            String digest = line.data().get("configuration");
            if (line.type() == Journal.Type.STEP_DONE && digest != null) {
                applied.put(line.data().get("node"), digest);
            }
        }
        MachineConfigurations configurations = new MachineConfigurations(
                services.configs(), cluster, record.get().contract(), bundle.get(), secrets);
        Secret<byte[]> key = entry.digestKey();
        return machine -> {
            String before = applied.get(machine.name());
            return before != null
                    && machine.image() instanceof Field.Known<BootImage>
                    && !before.equals(MachineConfigurations.digest(configurations.render(machine), key));
        };
    }
}
