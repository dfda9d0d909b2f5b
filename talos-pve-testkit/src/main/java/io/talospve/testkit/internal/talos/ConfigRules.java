package io.talospve.testkit.internal.talos;

import io.talospve.spec.Cidr;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Talos checks in a configuration that it could read, in its words. */
final class ConfigRules {
    private static final Pattern HOSTNAME_LABEL = Pattern.compile(".{1,63}");
    private static final Pattern LABEL_VALUE = Pattern.compile("(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?");
    private static final Pattern QUALIFIED_NAME =
            Pattern.compile("([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
    private static final Pattern IMAGE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._/:-]*:v?(\\d+)\\.(\\d+)\\.(\\d+)(-[^@]*)?(@.*)?");
    private static final List<String> KUBELET_FIELDS_OF_TALOS = List.of(
            "kind", "apiVersion", "staticPodPath", "staticPodURL", "port", "authentication", "authorization",
            "cgroupRoot", "systemCgroups", "kubeletCgroups", "runtimeRequestTimeout", "rotateCertificates",
            "protectKernelDefaults", "systemReservedCgroup");
    private static final List<String> LINK_KINDS = List.of(
            "LinkConfig", "VLANConfig", "BondConfig", "BridgeConfig", "DummyLinkConfig", "WireguardConfig");

    private ConfigRules() {}

    /**
     * Checks a configuration.
     *
     * @param metal whether the rules of the metal mode apply, which wants an install disk
     */
    static void check(MachineConfig config, boolean metal) throws ConfigException {
        List<String> problems = new ArrayList<>();
        if (config.complete()) {
            List<String> main = main(config, metal);
            if (!main.isEmpty()) {
                problems.add("v1alpha1.Config: " + errors(main));
            }
        }
        for (Map<String, Object> document : config.documents()) {
            if (document.containsKey("kind")) {
                problems.addAll(document(document));
            }
        }
        conflicts(config, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException(
                    ConfigException.Kind.VALIDATION, errors(problems));
        }
        List<String> versions = versions(config);
        if (!versions.isEmpty()) {
            throw new ConfigException(
                    ConfigException.Kind.RUNTIME, errors(List.of("v1alpha1.Config: " + errors(versions))));
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
        String cni = Tree.text(root, "cluster.network.cni.name");
        if (!List.of("", "flannel", "custom", "none").contains(cni)) {
            out.add("cni name should be one of [\"flannel\",\"custom\",\"none\"]");
        }
        if (!config.controlPlane() && Tree.at(root, "cluster.etcd").isPresent()) {
            out.add("etcd config is only allowed on control plane machines");
        }
        network(root, config.controlPlane(), out);
        install(root, metal, out);
        kubelet(root, out);
        nodeMetadata(root, out);
        if (Tree.flag(root, "machine.network.kubespan.enabled")) {
            if (!Tree.flag(root, "cluster.discovery.enabled")) {
                out.add(".cluster.discovery should be enabled when .machine.network.kubespan is enabled");
            }
        }
        if (!config.controlPlane() && Tree.flag(root, "machine.features.kubernetesTalosAPIAccess.enabled")) {
            out.add("feature Kubernetes Talos API Access can only be enabled on control plane machines");
        }
        authorities(root, config.controlPlane(), out);
        manifests(root, out);
        return out;
    }

    private static void authorities(Map<String, Object> root, boolean controlPlane, List<String> out) {
        if (controlPlane) {
            if (Tree.text(root, "machine.ca.key").isEmpty()) {
                out.add("issuing CA key is required for controlplane nodes (.machine.ca.key)");
            }
            return;
        }
        if (Tree.text(root, "machine.ca.crt").isEmpty() && Tree.list(root, "machine.acceptedCAs").isEmpty()) {
            out.add("issuing CA or some accepted CAs are required (.machine.ca, machine.acceptedCAs)");
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

    private static void network(Map<String, Object> root, boolean controlPlane, List<String> out) {
        for (Object device : Tree.list(root, "machine.network.interfaces")) {
            String name = Tree.text(device, "interface");
            if (name.isEmpty() && Tree.map(device, "deviceSelector").isEmpty()) {
                out.add("[networking.os.device.interface], [networking.os.device.deviceSelector]: required either config section to be set");
                continue;
            }
            for (String address : Tree.texts(device, "addresses")) {
                if (!address(address)) {
                    out.add("[networking.os.device.addresses] \"" + name + "\": invalid CIDR address: " + address);
                }
            }
            String vip = Tree.text(device, "vip.ip");
            if (!vip.isEmpty() && !controlPlane) {
                out.add("virtual (shared) IP is not allowed on non-controlplane nodes");
            } else if (!vip.isEmpty() && !Cidr.isAddress(vip)) {
                out.add("[networking.os.device.vip] failed to parse \"" + vip + "\" as IP address");
            }
        }
    }

    private static boolean address(String text) {
        try {
            Cidr.parse(text);
            return true;
        } catch (IllegalArgumentException e) {
            return Cidr.isAddress(text);
        }
    }

    private static void install(Map<String, Object> root, boolean metal, List<String> out) {
        if (!metal) {
            return;
        }
        if (Tree.at(root, "machine.install").isEmpty()) {
            out.add("install instructions are required in \"metal\" mode");
            return;
        }
        if (Tree.text(root, "machine.install.disk").isEmpty() && Tree.map(root, "machine.install.diskSelector").isEmpty()) {
            out.add("either install disk or diskSelector should be defined");
        }
        if (!Tree.list(root, "machine.install.extraKernelArgs").isEmpty() && Tree.flag(root, "machine.install.grubUseUKICmdline")) {
            out.add("install.extraKernelArgs and install.grubUseUKICmdline can't be used together");
        }
    }

    private static void kubelet(Map<String, Object> root, List<String> out) {
        for (String subnet : Tree.texts(root, "machine.kubelet.nodeIP.validSubnets")) {
            String bare = subnet.startsWith("!") ? subnet.substring(1) : subnet;
            try {
                Cidr.parse(bare);
            } catch (IllegalArgumentException e) {
                out.add("kubelet nodeIP subnet is not valid: \"" + subnet + "\"");
            }
        }
        for (Object key : Tree.map(root, "machine.kubelet.extraConfig").keySet()) {
            if (KUBELET_FIELDS_OF_TALOS.contains(String.valueOf(key))) {
                out.add("kubelet configuration field \"" + key + "\" can't be overridden");
            }
        }
    }

    private static void nodeMetadata(Map<String, Object> root, List<String> out) {
        List<String> labels = new ArrayList<>();
        Tree.map(root, "machine.nodeLabels").forEach((key, value) -> {
            if (!QUALIFIED_NAME.matcher(String.valueOf(key)).matches()) {
                labels.add("name \"" + key + "\" is invalid");
            } else if (!LABEL_VALUE.matcher(String.valueOf(value)).matches() || String.valueOf(value).length() > 63) {
                labels.add("label value \"" + value + "\" is invalid");
            }
        });
        if (!labels.isEmpty()) {
            out.add("invalid machine node labels: " + errors(labels));
        }
        List<String> annotations = new ArrayList<>();
        Tree.map(root, "machine.nodeAnnotations").forEach((key, value) -> {
            if (!QUALIFIED_NAME.matcher(String.valueOf(key)).matches()) {
                annotations.add("name \"" + key + "\" is invalid");
            }
        });
        if (!annotations.isEmpty()) {
            out.add("invalid machine node annotations: " + errors(annotations));
        }
        List<String> taints = new ArrayList<>();
        Tree.map(root, "machine.nodeTaints").forEach((key, value) -> {
            String text = String.valueOf(value);
            String effect = text.substring(text.indexOf(':') + 1);
            if (!List.of("NoSchedule", "PreferNoSchedule", "NoExecute").contains(effect)) {
                taints.add("invalid taint effect: \"" + effect + "\"");
            }
        });
        if (!taints.isEmpty()) {
            out.add("invalid machine node taints: " + errors(taints));
        }
    }

    private static void manifests(Map<String, Object> root, List<String> out) {
        Set<String> names = new HashSet<>();
        for (Object manifest : Tree.list(root, "cluster.inlineManifests")) {
            String name = Tree.text(manifest, "name");
            if (name.isBlank()) {
                out.add("inline manifest name can't be empty");
            }
            if (!names.add(name)) {
                out.add("inline manifest name \"" + name + "\" is duplicate");
            }
        }
    }

    private static List<String> document(Map<String, Object> document) {
        String kind = String.valueOf(document.get("kind"));
        String name = Tree.text(document, "name");
        String title = kind + "/" + name + ": ";
        List<String> out = new ArrayList<>();
        switch (kind) {
            case "HostnameConfig" -> hostname(document, out);
            case "LinkAliasConfig" -> celProblem(Tree.text(document, "selector.match"), "link")
                    .ifPresent(p -> out.add(title + "link selector is invalid: " + p));
            case "Layer2VIPConfig", "HCloudVIPConfig" -> {
                if (!Cidr.isAddress(name)) {
                    out.add(title + "name must be a valid IP address: ParseAddr(\"" + name + "\"): unable to parse IP");
                } else if (Tree.text(document, "link").isEmpty()) {
                    out.add(title + "link must be specified");
                }
            }
            case "VLANConfig" -> {
                if (Tree.text(document, "parent").isEmpty()) {
                    out.add(title + "parent must be specified");
                }
            }
            case "WireguardConfig" -> {
                String key = Tree.text(document, "privateKey");
                if (!key.matches("[A-Za-z0-9+/]{43}=")) {
                    out.add(title + "wireguard private key is invalid: illegal base64 data at input byte 0");
                }
            }
            case "VolumeConfig" -> {
                if (!List.of("STATE", "EPHEMERAL", "IMAGECACHE").contains(name)) {
                    out.add(title + "only [\"STATE\" \"EPHEMERAL\" \"IMAGECACHE\"] volumes are supported");
                } else {
                    provisioning(document, false).ifPresent(p -> out.add(title + p));
                }
            }
            case "UserVolumeConfig", "RawVolumeConfig", "SwapVolumeConfig" -> {
                if (!name.matches("[A-Za-z0-9-]*")) {
                    out.add(title + "name can only contain lowercase and uppercase ASCII letters, digits, and hyphens");
                } else if (name.isEmpty()) {
                    out.add(title + "name is required");
                } else if (name.length() > 34) {
                    out.add(title + "name must be between 1 and 34 characters long");
                } else {
                    provisioning(document, true).ifPresent(p -> out.add(title + p));
                }
            }
            case "TimeSyncConfig" -> {
                if (document.containsKey("ntp") && document.containsKey("ptp")) {
                    out.add("TimeSyncConfig: only one of ntp or ptp configuration can be specified");
                }
            }
            case "ExtensionServiceConfig" -> {
                if (name.isEmpty()) {
                    out.add(title + "name is required");
                }
            }
            case "WatchdogTimerConfig" -> {
                Matcher timeout = Pattern.compile("(\\d+)s").matcher(Tree.text(document, "timeout"));
                if (timeout.matches() && Integer.parseInt(timeout.group(1)) < 10) {
                    out.add("WatchdogTimerConfig: watchdog timeout: minimum value is 10s");
                }
            }
            case "OOMConfig" -> celProblem(Tree.text(document, "triggerExpression"), "oom")
                    .ifPresent(p -> out.add("OOMConfig: OOM trigger expression is invalid: " + p));
            default -> { }
        }
        return out;
    }

    private static void hostname(Map<String, Object> document, List<String> out) {
        String name = Tree.text(document, "hostname");
        String auto = Tree.text(document, "auto");
        if (name.isEmpty() && auto.isEmpty()) {
            out.add("HostnameConfig: either 'auto' or 'hostname' must be set");
        } else if (!name.isEmpty() && !auto.isEmpty() && !auto.equals("off")) {
            out.add("HostnameConfig: 'auto' and 'hostname' cannot be set at the same time");
        } else if (!name.isEmpty() && !HOSTNAME_LABEL.matcher(name.split("\\.", 2)[0]).matches()) {
            out.add("HostnameConfig: invalid hostname \"" + name + "\"");
        }
    }

    private static Optional<String> provisioning(Map<String, Object> document, boolean user) {
        List<String> out = new ArrayList<>();
        String selector = Tree.text(document, "provisioning.diskSelector.match");
        if (selector.isEmpty()) {
            if (user) {
                out.add("disk selector is required");
            }
        } else {
            celProblem(selector, "disk").ifPresent(p -> out.add("disk selector is invalid: " + p));
        }
        String least = Tree.text(document, "provisioning.minSize");
        String most = Tree.text(document, "provisioning.maxSize");
        if (user && least.isEmpty() && most.isEmpty()) {
            out.add("min size or max size is required");
        }
        if (!least.isEmpty() && !most.isEmpty() && bytes(least) > bytes(most)) {
            out.add("min size is greater than max size");
        }
        return out.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", out));
    }

    private static double bytes(String size) {
        Matcher parts = Pattern.compile("([0-9.]+)\\s*([kKMGTP]?)(i?)B?").matcher(size);
        return parts.matches()
                ? Double.parseDouble(parts.group(1))
                        * Math.pow(
                                parts.group(3).isEmpty() ? 1000 : 1024,
                                parts.group(2).isEmpty() ? 0 : 1 + "KMGTP".indexOf(Character.toUpperCase(parts.group(2).charAt(0))))
                : 0;
    }

    /** What is wrong with an expression: an unfinished one, or an unknown field. */
    private static Optional<String> celProblem(String expression, String variable) {
        String trimmed = expression.stripTrailing();
        if (trimmed.matches("(?s).*(==|!=|&&|\\|\\||[+*/<>-])")) {
            return Optional.of("ERROR: <input>:1:" + (trimmed.length() + 1)
                    + ": Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | "
                    + trimmed + "\n | " + ".".repeat(trimmed.length()) + "^");
        }
        if (variable.equals("disk")) {
            Matcher fields = Pattern.compile("\\bdisk\\.([a-z_]+)").matcher(expression);
            Set<String> known = Set.of(
                    "size", "io_size", "sector_size", "readonly", "model", "serial", "modalias", "wwid", "bus_path",
                    "sub_system", "transport", "rotational", "cdrom", "dev_path", "pretty_size", "secondary_disks",
                    "uuid", "symlinks");
            while (fields.find()) {
                if (!known.contains(fields.group(1))) {
                    int dot = fields.start(1) - 1;
                    return Optional.of("ERROR: <input>:1:" + (dot + 1) + ": undefined field '" + fields.group(1) + "'\n | "
                            + expression + "\n | " + ".".repeat(dot) + "^");
                }
            }
        }
        return Optional.empty();
    }

    /** Documents that exclude what the v1alpha1 document says, or each other. */
    private static void conflicts(MachineConfig config, List<String> out) {
        Map<String, Object> root = config.main();
        for (Map<String, Object> hostname : config.documents("HostnameConfig")) {
            if (!Tree.text(root, "machine.network.hostname").isEmpty()) {
                out.add("static hostname is already set in v1alpha1 config");
            } else if (Tree.flag(root, "machine.features.stableHostname")) {
                out.add("stable hostname is already set in v1alpha1 config");
            }
        }
        if (!config.documents("ResolverConfig").isEmpty() && !Tree.list(root, "machine.network.nameservers").isEmpty()) {
            out.add("static resolvers are already set in v1alpha1 config");
        }
        if (!config.documents("TimeSyncConfig").isEmpty() && !Tree.list(root, "machine.time.servers").isEmpty()) {
            out.add("time servers cannot be specified in both v1alpha1 and new-style configuration");
        }
        Set<String> links = new HashSet<>();
        for (Map<String, Object> document : config.documents()) {
            if (LINK_KINDS.contains(String.valueOf(document.get("kind")))) {
                String name = Tree.text(document, "name");
                if (!links.add(name)) {
                    out.add("duplicate link configuration for \"" + name + "\"");
                }
            }
        }
    }

    private static List<String> versions(MachineConfig config) {
        List<String> out = new ArrayList<>();
        Map<String, Object> root = config.main();
        String[][] images = {
            {"kubelet", "machine.kubelet.image"},
            {"kube-apiserver", "cluster.apiServer.image"},
            {"kube-controller-manager", "cluster.controllerManager.image"},
            {"kube-scheduler", "cluster.scheduler.image"}
        };
        for (String[] image : images) {
            String reference = Tree.text(root, image[1]);
            if (reference.isEmpty()) {
                continue;
            }
            Matcher parts = IMAGE.matcher(reference);
            if (!parts.matches()) {
                out.add(image[0] + " image is not valid: failed to parse Kubernetes version from image reference \"" + reference
                        + "\": invalid image reference: \"" + reference + "\"");
                continue;
            }
            int minor = Integer.parseInt(parts.group(2));
            String version = parts.group(1) + "." + parts.group(2) + "." + parts.group(3);
            if (minor < 30 || minor > 35) {
                out.add(image[0] + " image is not valid: version of Kubernetes " + version + " is too "
                        + (minor < 30 ? "old" : "new") + " to be used with Talos 1.12.4");
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
