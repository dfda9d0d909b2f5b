package io.talospve.testkit.internal.talos;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What Talos checks in a configuration that it could read, in its words. */
final class ConfigRules {
    private ConfigRules() {}

    static void check(MachineConfig config, boolean metal) throws ConfigException {
        List<String> problems = new ArrayList<>();
        if (config.complete()) {
            List<String> main = main(config, metal);
            if (!main.isEmpty()) {
                problems.add("v1alpha1.Config: " + errors(main));
            }
        }
        if (!problems.isEmpty()) {
            throw new ConfigException(
                    ConfigException.Kind.VALIDATION, "configuration validation failed: " + errors(problems));
        }
    }

    private static List<String> main(MachineConfig config, boolean metal) {
        List<String> out = new ArrayList<>();
        Map<String, Object> root = config.main();
        if (!(root.get("machine") instanceof Map)) {
            return List.of("machine instructions are required");
        }
        if (!(root.get("cluster") instanceof Map)) {
            return List.of("cluster instructions are required");
        }
        if (Tree.text(root, "cluster.controlPlane.endpoint").isEmpty()) {
            out.add("cluster controlplane endpoint is required");
        }
        if (config.controlPlane()) {
            if (Tree.text(root, "machine.ca.key").isEmpty()) {
                out.add("issuing CA key is required for controlplane nodes (.machine.ca.key)");
            }
        } else {
            if (!Tree.map(root, "cluster.etcd").isEmpty()) {
                out.add("etcd config is only allowed on control plane machines");
            }
            if (!Tree.text(root, "cluster.ca.key").isEmpty()) {
                out.add("cluster CA key is not allowed on non-controlplane nodes (.cluster.ca)");
            }
            if (!Tree.text(root, "machine.ca.key").isEmpty()) {
                out.add("issuing Talos API CA key is not allowed on non-controlplane nodes (.machine.ca)");
            }
            if (!Tree.text(root, "cluster.ca.key").isEmpty()) {
                out.add("issuing Kubernetes API CA key is not allowed on non-controlplane nodes (.cluster.ca)");
            }
        }
        if (metal && Tree.text(root, "machine.install.disk").isEmpty()
                && Tree.map(root, "machine.install.diskSelector").isEmpty()) {
            out.add("an install disk is required in \"metal\" mode");
        }
        Set<String> manifests = new HashSet<>();
        for (Object manifest : Tree.list(root, "cluster.inlineManifests")) {
            String name = Tree.text(manifest, "name");
            if (name.isEmpty()) {
                out.add("inline manifest name can't be empty");
            } else if (!manifests.add(name)) {
                out.add("inline manifest name \"" + name + "\" is duplicate");
            }
        }
        return out;
    }

    /** Several errors as Go's multierror prints them. */
    static String errors(List<String> errors) {
        StringBuilder out = new StringBuilder(errors.size() == 1 ? "1 error occurred:" : errors.size() + " errors occurred:");
        for (String error : errors) {
            out.append("\n\t* ").append(error);
        }
        return out.append("\n\n").toString();
    }
}
