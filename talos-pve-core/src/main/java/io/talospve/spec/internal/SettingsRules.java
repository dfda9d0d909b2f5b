package io.talospve.spec.internal;

import io.talospve.spec.ExtensionService;
import io.talospve.spec.LogDestination;
import io.talospve.spec.MachineSettings;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Pattern;

/** The rules about settings of machines, at whatever level they stand. */
final class SettingsRules {
    private static final Set<String> EFFECTS = Set.of("NoSchedule", "PreferNoSchedule", "NoExecute");
    private static final Pattern LABEL_NAME = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?");

    private final TalosCluster cluster;
    private final Findings findings;
    private final PatchRules patches;

    SettingsRules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
        this.patches = new PatchRules(cluster, findings);
    }

    void check() {
        settings("cluster.machine", cluster.machine(), true, true);
        settings("control_plane_nodes.machine", cluster.controlPlaneNodes().machine(), true, false);
        settings("worker_nodes.machine", cluster.workerNodes().machine(), false, true);
        cluster.workerPools().forEach((name, pool) -> settings("worker_pools." + name + ".machine", pool.machine(), false, true));
        for (Machines.Machine machine : Machines.of(cluster)) {
            boolean controlPlane = machine.role() == NodeRole.CONTROL_PLANE;
            settings(machine.path() + ".machine", machine.spec().machine(), controlPlane, !controlPlane);
            guestAgent(machine);
        }
    }

    private void settings(String path, MachineSettings settings, boolean controlPlanes, boolean workers) {
        settings.labels().forEach((key, value) -> label(path + ".labels." + key, key, value));
        settings.annotations().keySet().forEach(key -> qualified(path + ".annotations." + key, key, "an annotation"));
        settings.taints().forEach((key, value) -> taint(path + ".taints." + key, key, value));
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < settings.extensions().size(); i++) {
            String extension = settings.extensions().get(i);
            String at = path + ".extensions[" + i + "]";
            if (!Names.isExtension(extension)) {
                findings.error(at, "\"" + extension + "\" is not a name of an extension, such as iscsi-tools or siderolabs/iscsi-tools");
            } else if (!seen.add(extension)) {
                findings.error(at, "\"" + extension + "\" is there twice");
            }
        }
        settings.extensionServices().forEach((name, service) -> service(path + ".extension_services." + name, name, service));
        for (int i = 0; i < settings.kernelArgs().size(); i++) {
            if (settings.kernelArgs().get(i).chars().anyMatch(c -> Character.isWhitespace(c) || c < 0x20)) {
                findings.error(path + ".kernel_args[" + i + "]", "is one argument, name or name=value, without blanks");
            }
        }
        for (int i = 0; i < settings.kernelModules().size(); i++) {
            String name = settings.kernelModules().get(i).name();
            if (!name.matches("[A-Za-z0-9][A-Za-z0-9_-]*")) {
                findings.error(path + ".kernel_modules[" + i + "].name", "\"" + name + "\" is not a name of a kernel module");
            }
        }
        settings.sysctls().keySet().forEach(key -> {
            if (!key.matches("[a-z0-9_]+([./][A-Za-z0-9_:-]+)+")) {
                findings.error(path + ".sysctls." + key, "\"" + key + "\" is not a kernel parameter, such as vm.max_map_count");
            }
        });
        KubernetesRules.arguments(path + ".kubelet_args", settings.kubeletArgs(), findings);
        for (int i = 0; i < settings.logDestinations().size(); i++) {
            destination(path + ".log_destinations[" + i + "]", settings.logDestinations().get(i));
        }
        for (int i = 0; i < settings.patches().size(); i++) {
            patches.check(path + ".patches[" + i + "]", settings.patches().get(i), controlPlanes, workers);
        }
    }

    /** An address that only the machine and its DHCP server know is learned through the guest agent. */
    private void guestAgent(Machines.Machine machine) {
        boolean learned = machine.spec().primary().filter(network -> network.address().isEmpty()).isPresent();
        MachineSettings role = machine.role() == NodeRole.CONTROL_PLANE
                ? cluster.controlPlaneNodes().machine()
                : cluster.workerNodes().machine();
        MachineSettings all =
                cluster.machine().with(role).with(machine.pool().machine()).with(machine.spec().machine());
        boolean agent = java.util.stream.Stream.concat(cluster.talos().extensions().stream(), all.extensions().stream())
                .anyMatch(name -> name.endsWith("qemu-guest-agent"));
        if (learned && !agent) {
            findings.error(
                    machine.path() + ".networks",
                    "its address comes from a DHCP server and is learned from the guest agent, which needs the extension"
                            + " qemu-guest-agent; add it, or give the address that the server has reserved",
                    "cluster.talos.extensions");
        }
    }

    private void label(String path, String key, String value) {
        if (!qualified(path, key, "a label")) {
            return;
        }
        whyNotLabel(key).ifPresent(why -> findings.error(path, why));
        if (!value.isEmpty() && !LABEL_NAME.matcher(value).matches()) {
            findings.error(
                    path, "\"" + value + "\" is not a value of a label: at most 63 letters, digits, '-', '_', '.', a letter or digit"
                            + " at both ends");
        }
    }

    /** Why Kubernetes refuses that a machine gives itself a label, which Talos notices only when it runs. */
    static java.util.Optional<String> whyNotLabel(String key) {
        return key.startsWith("node-role.kubernetes.io/")
                ? java.util.Optional.of("a machine may not give itself a node-role.kubernetes.io label (NodeRestriction); set it in"
                        + " Kubernetes, or use a label of your own")
                : java.util.Optional.empty();
    }

    private boolean qualified(String path, String key, String what) {
        int slash = key.indexOf('/');
        boolean good = LABEL_NAME.matcher(key.substring(slash + 1)).matches() && (slash < 0 || Names.isDnsName(key.substring(0, slash)));
        if (!good) {
            findings.error(path, "\"" + key + "\" is not a key of " + what + ": a name of at most 63 characters, after a DNS name and"
                    + " a slash if it needs one");
        }
        return good;
    }

    private void taint(String path, String key, String value) {
        if (!qualified(path, key, "a taint")) {
            return;
        }
        String effect = value.substring(value.lastIndexOf(':') + 1);
        String label = value.lastIndexOf(':') < 0 ? "" : value.substring(0, value.lastIndexOf(':'));
        if (!EFFECTS.contains(effect)) {
            findings.error(path, "\"" + effect + "\" is not an effect" + NearMiss.hint(effect, EFFECTS.stream().sorted().toList())
                    + "; write value:NoSchedule, value:PreferNoSchedule or value:NoExecute, or the effect alone");
        } else if (!label.isEmpty() && !LABEL_NAME.matcher(label).matches()) {
            findings.error(path, "\"" + label + "\" is not a value of a taint");
        }
    }

    private void service(String path, String name, ExtensionService service) {
        if (!Names.isLabel(name)) {
            findings.error(path, "\"" + name + "\" is not a name of a service");
        }
        for (int i = 0; i < service.environment().size(); i++) {
            if (!service.environment().get(i).matches("(?s)[A-Za-z_][A-Za-z0-9_]*=.*")) {
                findings.error(path + ".environment[" + i + "]", "is not NAME=value");
            }
        }
        service.configFiles().keySet().forEach(file -> {
            if (!file.startsWith("/") || java.util.List.of(file.split("/")).contains("..")) {
                findings.error(path + ".config_files." + file, "\"" + file + "\" is not an absolute path");
            }
        });
    }

    private void destination(String path, LogDestination destination) {
        String endpoint = destination.endpoint();
        if (!endpoint.matches("(tcp|udp)://(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9.-]+):\\d{1,5}/?")) {
            findings.error(path + ".endpoint", "\"" + endpoint + "\" is not tcp:// or udp:// with host and port, such as tcp://192.168.62.9:6051");
        }
        if (!destination.services() && !destination.kernel()) {
            findings.error(path, "sends nothing: services and kernel are both false");
        }
        if (!destination.services() && !destination.extraTags().isEmpty()) {
            findings.error(path + ".extra_tags", "are added to messages of services, and services is false");
        }
    }
}
