package io.talospve.testkit.internal.talos;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which changes of a configuration Talos makes without a reboot: all of {@code debug}, {@code cluster}, the documents beside the
 * main one, and these sections of {@code machine}.
 *
 * <p>The list is Talos' own, from {@code CanApplyImmediate} of its runtime; recorded answers confirm that {@code udev},
 * {@code features.rbac} and {@code token} need a reboot, {@code install} and {@code ca} do not.
 */
final class ConfigChange {
    private static final List<String> MACHINE = List.of(
            "ca", "acceptedCAs", "time", "certSANs", "install", "network", "sysfs", "sysctls", "logging", "controlPlane",
            "kubelet", "kernel", "registries", "pods", "seccompProfiles", "nodeAnnotations", "nodeLabels", "nodeTaints");
    private static final List<String> FEATURES = List.of(
            "kubernetesTalosAPIAccess", "kubePrism", "hostDNS", "imageCache", "nodeAddressSortAlgorithm");

    private ConfigChange() {}

    /** The difference that needs a reboot, as a diff of what else is the same; empty if there is none. */
    static Optional<String> needsReboot(MachineConfig from, MachineConfig to) {
        Map<String, Object> rest = new LinkedHashMap<>(to.main());
        take(List.of("debug", "cluster"), from.main(), rest);
        if (from.main().get("machine") instanceof Map<?, ?> before && rest.get("machine") instanceof Map<?, ?> after) {
            Map<String, Object> machine = copy(after);
            take(MACHINE, before, machine);
            if (before.get("features") instanceof Map<?, ?> had && machine.get("features") instanceof Map<?, ?> has) {
                Map<String, Object> features = copy(has);
                take(FEATURES, had, features);
                machine.put("features", features);
            }
            rest.put("machine", machine);
        }
        return rest.equals(from.main())
                ? Optional.empty()
                : Optional.of(UnifiedDiff.of(ConfigEncoder.encode(from.main()), ConfigEncoder.encode(rest)));
    }

    private static Map<String, Object> copy(Map<?, ?> map) {
        Map<String, Object> out = new LinkedHashMap<>();
        map.forEach((key, value) -> out.put(key.toString(), value));
        return out;
    }

    private static void take(List<String> keys, Map<?, ?> from, Map<String, Object> to) {
        for (String key : keys) {
            Object value = from.get(key);
            if (value == null) {
                to.remove(key);
            } else {
                to.put(key, value);
            }
        }
    }
}
