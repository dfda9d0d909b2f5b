package io.talospve.testkit.internal.talos;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Which changes of a configuration Talos can make without a reboot. */
final class ConfigChange {
    /** Sections of {@code machine} that take effect at once. */
    private static final Set<String> LIVE = Set.of(
            "certSANs", "network", "time", "sysctls", "sysfs", "registries", "nodeLabels", "nodeAnnotations",
            "nodeTaints", "kernel", "logging", "pods", "seccompProfiles", "baseRuntimeSpecOverrides", "features",
            "kubelet", "install", "controlPlane", "acceptedCAs", "udev");

    private ConfigChange() {}

    static boolean needsReboot(MachineConfig from, MachineConfig to) {
        return !Objects.equals(fixed(from), fixed(to));
    }

    private static Map<String, Object> fixed(MachineConfig config) {
        Map<String, Object> out = new HashMap<>(config.main());
        out.remove("cluster");
        out.remove("debug");
        if (out.get("machine") instanceof Map<?, ?> machine) {
            Map<Object, Object> rest = new HashMap<>(machine);
            rest.keySet().removeAll(LIVE);
            out.put("machine", rest);
        }
        return out;
    }
}
