package io.talospve.testkit.internal.talos;

import io.talospve.spec.Cidr;
import io.talospve.testkit.internal.tls.NodePki;
import io.talospve.testkit.internal.world.Hardware;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A machine configuration as the machine understands it. Immutable. */
final class MachineConfig {
    private static final Pattern MAC_SELECTOR =
            Pattern.compile("mac\\(link\\.(?:permanent_addr|hardware_addr)\\)\\s*==\\s*[\"']([0-9a-fA-F:]{17})[\"']");

    private final String text;
    private final List<Map<String, Object>> documents;
    private final Map<String, Object> main;
    private final Map<String, String> nodeLabels;
    private final Map<String, String> nodeTaints;

    private MachineConfig(String text, List<Map<String, Object>> documents) {
        this.text = text;
        this.documents = documents;
        this.main = documents.stream()
                .filter(d -> !d.containsKey("kind"))
                .findFirst()
                .orElse(Map.of());
        this.nodeLabels = texts("machine.nodeLabels");
        this.nodeTaints = texts("machine.nodeTaints");
    }

    /**
     * Reads and checks a configuration as Talos does.
     *
     * @param text YAML
     * @param metal whether the rules for metal apply, which want an install disk
     */
    static MachineConfig parse(String text, boolean metal) throws ConfigException {
        List<Map<String, Object>> documents = ConfigDocuments.parse(text);
        MachineConfig config = new MachineConfig(text, documents);
        ConfigRules.check(config, metal);
        return config;
    }

    /** The YAML as it was applied. */
    String text() {
        return text;
    }

    /** SHA-256 of the YAML. */
    String digest() {
        return digest(text);
    }

    /** SHA-256 of a configuration's YAML. */
    static String digest(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The documents as Talos writes them back, for a diff. */
    String encoded() {
        return documents.stream()
                .map(ConfigEncoder::encode)
                .collect(java.util.stream.Collectors.joining("---\n"));
    }

    /** What Talos remarks about it; recorded for the IOMMU, which no machine here has. */
    List<String> warnings() {
        return documents("PCIDriverRebindConfig").isEmpty()
                ? List.of()
                : List.of("IOMMU is not enabled, this config change might not have any effect");
    }

    /** Whether there is a v1alpha1 document. */
    boolean complete() {
        return !main.isEmpty();
    }

    Map<String, Object> main() {
        return main;
    }

    List<Map<String, Object>> documents() {
        return documents;
    }

    List<Map<String, Object>> documents(String kind) {
        return documents.stream().filter(d -> kind.equals(d.get("kind"))).toList();
    }

    String machineType() {
        String type = Tree.text(main, "machine.type");
        return switch (type) {
            case "init", "controlplane" -> type;
            default -> "worker";
        };
    }

    boolean controlPlane() {
        return !machineType().equals("worker");
    }

    /** The configured hostname; empty if Talos chooses one. */
    Optional<String> hostname() {
        for (Map<String, Object> document : documents("HostnameConfig")) {
            String name = Tree.text(document, "hostname");
            if (!name.isEmpty()) {
                return Optional.of(name);
            }
        }
        return Optional.of(Tree.text(main, "machine.network.hostname")).filter(n -> !n.isEmpty());
    }

    String clusterName() {
        return Tree.text(main, "cluster.clusterName");
    }

    /** What machines of one cluster have in common. */
    String clusterKey() {
        return Tree.text(main, "cluster.id") + "/" + Tree.text(main, "cluster.secret");
    }

    String clusterId() {
        return Tree.text(main, "cluster.id");
    }

    String machineToken() {
        return Tree.text(main, "machine.token");
    }

    URI endpoint() {
        return URI.create(Tree.text(main, "cluster.controlPlane.endpoint"));
    }

    int apiServerPort() {
        return Tree.at(main, "cluster.controlPlane.localAPIServerPort")
                .map(v -> ((Number) v).intValue())
                .filter(p -> p != 0)
                .orElse(6443);
    }

    String kubeletImage() {
        String image = Tree.text(main, "machine.kubelet.image");
        return image.isEmpty() ? "ghcr.io/siderolabs/kubelet:v1.35.0" : image;
    }

    /** Kubernetes version of the kubelet, {@code v1.35.0}. */
    String kubernetesVersion() {
        String image = kubeletImage();
        String tag = image.substring(image.lastIndexOf(':') + 1);
        return tag.startsWith("v") ? tag : "v" + tag;
    }

    /** Whether the clock needs no time server: it is its host's, or need not be in sync. */
    boolean needsNoTimeServer() {
        return documents("TimeSyncConfig").stream()
                        .anyMatch(time -> time.containsKey("ptp") || Boolean.FALSE.equals(time.get("enabled")))
                || main.get("machine") instanceof Map<?, ?> machine
                        && machine.get("time") instanceof Map<?, ?> time
                        && Boolean.TRUE.equals(time.get("disabled"))
                || Tree.texts(main, "machine.time.servers").stream().anyMatch(server -> server.startsWith("/dev/"));
    }

    Optional<String> osCaCertificate() {
        return pem("machine.ca.crt");
    }

    Optional<NodePki> osCa() {
        return authority("machine.ca");
    }

    Optional<String> clusterCaCertificate() {
        return pem("cluster.ca.crt");
    }

    Optional<NodePki> clusterCa() {
        return authority("cluster.ca");
    }

    private Optional<NodePki> authority(String path) {
        Optional<String> certificate = pem(path + ".crt");
        Optional<String> key = pem(path + ".key");
        if (certificate.isEmpty() || key.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(NodePki.of(certificate.get(), key.get()));
        } catch (IllegalArgumentException unusable) {
            return Optional.empty();
        }
    }

    private Optional<String> pem(String path) {
        String encoded = Tree.text(main, path);
        if (encoded.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8));
    }

    Set<String> machineCertSans() {
        return new LinkedHashSet<>(Tree.texts(main, "machine.certSANs"));
    }

    Set<String> apiServerCertSans() {
        return new LinkedHashSet<>(Tree.texts(main, "cluster.apiServer.certSANs"));
    }

    String installImage() {
        String image = Tree.text(main, "machine.install.image");
        return image.isEmpty() ? "ghcr.io/siderolabs/installer:v1.12.4" : image;
    }

    String cni() {
        String name = Tree.text(main, "cluster.network.cni.name");
        return name.isEmpty() ? "flannel" : name;
    }

    boolean coreDnsDisabled() {
        return Tree.flag(main, "cluster.coreDNS.disabled");
    }

    boolean kubeProxy() {
        return !Tree.flag(main, "cluster.proxy.disabled");
    }

    /** Port on every node's loopback that leads to an API server; 0 if there is none. */
    int kubePrismPort() {
        if (!Tree.flag(main, "machine.features.kubePrism.enabled")) {
            return 0;
        }
        return Tree.at(main, "machine.features.kubePrism.port")
                .map(v -> ((Number) v).intValue())
                .filter(p -> p != 0)
                .orElse(7445);
    }

    /** Labels of the Kubernetes node. */
    Map<String, String> nodeLabels() {
        return nodeLabels;
    }

    /** Taints of the Kubernetes node, {@code value:effect} by key. */
    Map<String, String> nodeTaints() {
        return nodeTaints;
    }

    private Map<String, String> texts(String path) {
        Map<String, String> out = new java.util.TreeMap<>();
        Tree.map(main, path).forEach((key, value) -> out.put(String.valueOf(key), String.valueOf(value)));
        return java.util.Collections.unmodifiableMap(out);
    }

    /** Pod security level that the API server enforces where a namespace says nothing. */
    String podSecurityLevel() {
        String level = podSecurity().map(c -> Tree.text(c, "defaults.enforce")).orElse("");
        return level.isEmpty() ? "privileged" : level;
    }

    /** Namespaces that pod security does not look at. */
    Set<String> podSecurityExempt() {
        return podSecurity()
                .map(c -> new LinkedHashSet<>(Tree.texts(c, "exemptions.namespaces")))
                .orElseGet(LinkedHashSet::new);
    }

    private Optional<Object> podSecurity() {
        return Tree.list(main, "cluster.apiServer.admissionControl").stream()
                .filter(plugin -> Tree.text(plugin, "name").equals("PodSecurity"))
                .findFirst()
                .flatMap(plugin -> Tree.at(plugin, "configuration"));
    }

    boolean schedulableControlPlanes() {
        return Tree.flag(main, "cluster.allowSchedulingOnControlPlanes");
    }

    /** Inline manifests, by name. */
    Map<String, String> inlineManifests() {
        Map<String, String> out = new java.util.LinkedHashMap<>();
        for (Object manifest : Tree.list(main, "cluster.inlineManifests")) {
            out.put(Tree.text(manifest, "name"), Tree.text(manifest, "contents"));
        }
        return out;
    }

    /** Whether a volume's encryption key is sealed by a TPM. */
    boolean sealsDisksByTpm() {
        return documents.stream().anyMatch(MachineConfig::hasTpmKey);
    }

    private static boolean hasTpmKey(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.containsKey("tpm") && map.containsKey("slot") || map.values().stream().anyMatch(MachineConfig::hasTpmKey);
        }
        return value instanceof List<?> list && list.stream().anyMatch(MachineConfig::hasTpmKey);
    }

    /** The system disk among a machine's disks; empty if the selector matches none. */
    Optional<Hardware.Disk> systemDisk(List<Hardware.Disk> disks) {
        List<Hardware.Disk> byDevice =
                disks.stream().sorted(java.util.Comparator.comparing(Hardware.Disk::slot)).toList();
        Map<?, ?> selector = Tree.map(main, "machine.install.diskSelector");
        if (selector.isEmpty()) {
            String wanted = Tree.text(main, "machine.install.disk");
            for (int i = 0; i < byDevice.size(); i++) {
                if (wanted.equals(DiskFacts.of(byDevice.get(i), i).devicePath())) {
                    return Optional.of(byDevice.get(i));
                }
            }
            return Optional.empty();
        }
        for (int i = 0; i < byDevice.size(); i++) {
            if (DiskFacts.of(byDevice.get(i), i).matches(selector)) {
                return Optional.of(byDevice.get(i));
            }
        }
        return Optional.empty();
    }

    /** Virtual addresses the configuration lets a link hold. */
    List<String> virtualAddresses(MachineLink link) {
        List<String> out = new ArrayList<>();
        for (Map<String, Object> vip : documents("Layer2VIPConfig")) {
            if (link.names().contains(Tree.text(vip, "link"))) {
                out.add(Tree.text(vip, "name"));
            }
        }
        for (Object device : Tree.list(main, "machine.network.interfaces")) {
            String ip = Tree.text(device, "vip.ip");
            if (!ip.isEmpty() && legacyMatches(device, link)) {
                out.add(ip);
            }
            for (Object vlan : Tree.list(device, "vlans")) {
                String tagged = Tree.text(vlan, "vip.ip");
                String suffix = "." + Tree.text(vlan, "vlanId");
                if (!tagged.isEmpty() && link.kind().equals("vlan") && link.name().endsWith(suffix)) {
                    out.add(tagged);
                }
            }
        }
        return out;
    }

    /** Names by which documents call a NIC: its kernel name and its aliases. */
    Set<String> linkNames(Hardware.Nic nic, int index) {
        Set<String> names = new LinkedHashSet<>();
        names.add("eth" + index);
        for (Map<String, Object> alias : documents("LinkAliasConfig")) {
            Matcher mac = MAC_SELECTOR.matcher(Tree.text(alias, "selector.match"));
            // The comparison is of texts: an upper-case address never matches.
            if (mac.find() && mac.group(1).equals(nic.mac().toLowerCase(Locale.ROOT))) {
                names.add(Tree.text(alias, "name"));
            }
        }
        return names;
    }

    private static boolean legacyMatches(Object device, MachineLink link) {
        String name = Tree.text(device, "interface");
        if (!name.isEmpty()) {
            return link.names().contains(name);
        }
        String hardware = Tree.text(device, "deviceSelector.hardwareAddr").toLowerCase(Locale.ROOT);
        String permanent = Tree.text(device, "deviceSelector.permanentAddr").toLowerCase(Locale.ROOT);
        return link.physical()
                && (!hardware.isEmpty() && link.mac().matches(glob(hardware))
                        || !permanent.isEmpty() && link.permanentMac().matches(glob(permanent)));
    }

    static String glob(String pattern) {
        StringBuilder regex = new StringBuilder();
        for (char c : pattern.toCharArray()) {
            regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote(String.valueOf(c)));
        }
        return regex.toString();
    }

    /** Where an image may be pulled from, in order. */
    List<String> pullCandidates(String reference) {
        int slash = reference.indexOf('/');
        if (slash < 0) {
            return List.of(reference);
        }
        String host = reference.substring(0, slash);
        String rest = reference.substring(slash + 1);
        List<String> out = new ArrayList<>();
        boolean fallback = true;
        for (Map<String, Object> mirror : documents("RegistryMirrorConfig")) {
            String name = Tree.text(mirror, "name");
            if (name.equals(host)) {
                for (Object endpoint : Tree.list(mirror, "endpoints")) {
                    out.add(through(Tree.text(endpoint, "url"), Tree.flag(endpoint, "overridePath"), rest));
                }
                fallback = !Tree.flag(mirror, "skipFallback");
            }
        }
        Map<?, ?> mirrors = Tree.map(main, "machine.registries.mirrors");
        Object legacy = mirrors.containsKey(host) ? mirrors.get(host) : mirrors.get("*");
        if (legacy != null) {
            Tree.texts(legacy, "endpoints")
                    .forEach(e -> out.add(through(e, Tree.flag(legacy, "overridePath"), rest)));
            fallback = fallback && !Tree.flag(legacy, "skipFallback");
        }
        if (fallback) {
            out.add(reference);
        }
        return out;
    }

    private static String through(String endpoint, boolean overridePath, String rest) {
        URI uri = URI.create(endpoint);
        String path = uri.getPath() == null ? "" : uri.getPath().replaceAll("/+$", "");
        return uri.getAuthority() + (overridePath ? path : path + "/v2") + "/" + rest;
    }
}
