package io.talospve.testkit.internal.world;

import java.util.Map;

/**
 * A virtual machine at one instant, for tests.
 *
 * @param host host it is on
 * @param vmid its id
 * @param config configuration as stored
 * @param disks volume id to size in bytes of every disk it owns, attached or not
 * @param running whether it has power
 */
public record VmSnapshot(String host, int vmid, Map<String, String> config, Map<String, Long> disks, boolean running) {
    /** Makes its collections immutable. */
    public VmSnapshot {
        config = Map.copyOf(config);
        disks = Map.copyOf(disks);
    }

    /** Name; {@code VM <id>} if it has none. */
    public String name() {
        return config.getOrDefault("name", "VM " + vmid);
    }
}
