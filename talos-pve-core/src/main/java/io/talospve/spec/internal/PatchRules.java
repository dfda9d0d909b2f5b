package io.talospve.spec.internal;

import io.talospve.spec.NodeSpec;
import io.talospve.spec.TalosCluster;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The rules about patches: what Talos would refuse, and what it accepts although it breaks the machine. Documents of kinds
 * that are not known here pass.
 */
final class PatchRules {
    private static final Set<String> TOP = Set.of("version", "debug", "persist", "machine", "cluster");
    private static final Set<String> MACHINE = Set.of(
            "type", "token", "ca", "acceptedCAs", "certSANs", "controlPlane", "kubelet", "pods", "network", "disks", "install",
            "files", "env", "time", "sysctls", "sysfs", "registries", "systemDiskEncryption", "features", "udev", "logging",
            "kernel", "seccompProfiles", "baseRuntimeSpecOverrides", "nodeLabels", "nodeAnnotations", "nodeTaints");
    private static final Set<String> CLUSTER = Set.of(
            "id", "secret", "controlPlane", "clusterName", "network", "token", "aescbcEncryptionSecret",
            "secretboxEncryptionSecret", "ca", "acceptedCAs", "aggregatorCA", "serviceAccount", "apiServer", "controllerManager",
            "proxy", "scheduler", "discovery", "etcd", "coreDNS", "externalCloudProvider", "extraManifests",
            "extraManifestHeaders", "inlineManifests", "adminKubeconfig", "allowSchedulingOnMasters",
            "allowSchedulingOnControlPlanes");
    /** What comes from the secrets bundle: a patch would take the machine out of its cluster, and would hold a secret. */
    private static final List<String> BUNDLE = List.of(
            "machine.token", "machine.ca", "cluster.id", "cluster.secret", "cluster.token", "cluster.ca", "cluster.aggregatorCA",
            "cluster.serviceAccount", "cluster.secretboxEncryptionSecret", "cluster.aescbcEncryptionSecret");
    private static final Set<String> LINK_KINDS = Set.of(
            "LinkConfig", "LinkAliasConfig", "VLANConfig", "BondConfig", "BridgeConfig", "DummyLinkConfig", "WireguardConfig");

    private final TalosCluster cluster;
    private final Findings findings;
    private final boolean documents;

    PatchRules(TalosCluster cluster, Findings findings) {
        this.cluster = cluster;
        this.findings = findings;
        this.documents = Versions.minor(cluster.talos().version()).map(minor -> minor.minor() >= 12).orElse(true);
    }

    /** Judges one patch, which holds for control planes, workers or both. */
    void check(String path, Map<String, Object> patch, boolean controlPlanes, boolean workers) {
        if (patch.isEmpty()) {
            findings.error(path, "is empty");
            return;
        }
        if (patch.containsKey("kind") || patch.containsKey("apiVersion")) {
            document(path, patch, workers);
            return;
        }
        known(path, patch, TOP, "the machine configuration; a document of another kind has apiVersion and kind");
        Map<String, Object> machine = section(patch, "machine");
        Map<String, Object> clusterPart = section(patch, "cluster");
        known(path + ".machine", machine, MACHINE, "machine");
        known(path + ".cluster", clusterPart, CLUSTER, "cluster");
        for (String secret : BUNDLE) {
            if (at(patch, secret).isPresent()) {
                findings.error(path + "." + secret, "comes from the secrets bundle of the cluster and may not be patched");
            }
        }
        machine(path + ".machine", machine);
        cluster(path + ".cluster", clusterPart, controlPlanes, workers);
    }

    private void machine(String path, Map<String, Object> machine) {
        if (machine.containsKey("type")) {
            findings.error(path + ".type", "is what the spec says: a machine of control_plane_nodes or a worker");
        }
        Map<String, Object> network = section(machine, "network");
        if (network.containsKey("hostname")) {
            findings.error(path + ".network.hostname", "the machine's name comes from the spec; give the machine a name there");
        }
        if (network.containsKey("interfaces") && documents) {
            findings.error(
                    path + ".network.interfaces",
                    "Talos " + cluster.talos().version() + " takes links from LinkConfig documents, which are written for every"
                            + " network of the spec; patch those documents");
        }
        if (network.containsKey("nameservers") && documents) {
            findings.error(path + ".network.nameservers", "Talos refuses it beside ResolverConfig; use cluster.nameservers");
        }
        if (machine.containsKey("registries") && documents && !cluster.registryMirrors().isEmpty()) {
            findings.error(
                    path + ".registries", "stands beside RegistryMirrorConfig documents, and Talos uses one of them only; use"
                            + " cluster.registry_mirrors and cluster.registries");
        }
        section(machine, "nodeLabels").keySet().forEach(key -> SettingsRules.whyNotLabel(key)
                .ifPresent(why -> findings.error(path + ".nodeLabels." + key, why)));
    }

    private void cluster(String path, Map<String, Object> part, boolean controlPlanes, boolean workers) {
        at(part, "controlPlane.endpoint").ifPresent(endpoint -> {
            if (!String.valueOf(endpoint).matches("https://(\\[[0-9A-Fa-f:.]+\\]|[^\\s/:]+):\\d{1,5}")) {
                findings.error(path + ".controlPlane.endpoint", "is not https:// with host and port, such as https://192.168.62.20:6443");
            }
        });
        at(part, "network.cni.name").ifPresent(name -> {
            if (!Set.of("flannel", "custom", "none").contains(String.valueOf(name))) {
                findings.error(path + ".network.cni.name", "\"" + name + "\" is not flannel, custom or none");
            }
        });
        if (part.containsKey("etcd") && workers) {
            findings.error(path + ".etcd", "Talos refuses it on workers" + (controlPlanes ? "; put the patch under control_plane_nodes.machine" : ""));
        }
        if (part.get("inlineManifests") instanceof List<?> manifests) {
            if (workers) {
                findings.error(
                        path + ".inlineManifests",
                        "have no effect on workers" + (controlPlanes ? "; put the patch under control_plane_nodes.machine" : ""));
            }
            for (int i = 0; i < manifests.size(); i++) {
                String at = path + ".inlineManifests[" + i + "]";
                if (!(manifests.get(i) instanceof Map<?, ?> manifest)
                        || !(manifest.get("name") instanceof String name)
                        || name.isEmpty()) {
                    findings.error(at, "has no name");
                } else if (manifest.get("contents") instanceof String text) {
                    Manifests.whyNot(text).ifPresent(why -> findings.error(at + ".contents", why));
                }
            }
        }
    }

    private void document(String path, Map<String, Object> patch, boolean workers) {
        if (!(patch.get("kind") instanceof String kind) || kind.isEmpty()) {
            findings.error(path, "a document needs a kind beside its apiVersion");
            return;
        }
        if (!(patch.get("apiVersion") instanceof String)) {
            findings.error(path, "a document needs an apiVersion (v1alpha1) beside its kind");
            return;
        }
        if (!documents && LINK_KINDS.contains(kind)) {
            findings.error(path + ".kind", kind + " needs Talos 1.12; " + cluster.talos().version() + " does not know it");
        }
        if (kind.equals("HostnameConfig") && (patch.containsKey("hostname") || patch.containsKey("auto"))) {
            findings.error(path, "the machine's name comes from the spec; give the machine a name there");
        }
        if (kind.equals("Layer2VIPConfig") && !deletes(patch)) {
            if (workers) {
                findings.error(path, "a VIP of the Kubernetes API on workers breaks the API; put it under control_plane_nodes.machine");
            } else if (patch.get("link") instanceof String link && !links().contains(link)) {
                findings.error(path + ".link", "there is no link \"" + link + "\"; Talos would wait for it without a word"
                        + NearMiss.hint(link, links().stream().sorted().toList()));
            }
        }
    }

    /** The links of control planes, by the names they have in the configuration: netN, bonds, and what patches add. */
    private Set<String> links() {
        Stream<String> nics = cluster.controlPlaneNodes().nodes().stream().flatMap(this::links);
        Stream<String> patched = Stream.concat(
                        Stream.of(cluster.machine(), cluster.controlPlaneNodes().machine()),
                        cluster.controlPlaneNodes().nodes().stream().map(NodeSpec::machine))
                .flatMap(settings -> settings.patches().stream())
                .filter(patch -> LINK_KINDS.contains(String.valueOf(patch.get("kind"))) && !deletes(patch))
                .flatMap(patch -> Optional.ofNullable(patch.get("name")).map(String::valueOf).stream());
        return Stream.concat(nics, patched).collect(Collectors.toSet());
    }

    private Stream<String> links(NodeSpec node) {
        Stream.Builder<String> names = Stream.builder();
        for (int i = 0; i < node.networks().size(); i++) {
            names.add("net" + i);
            node.networks().get(i).bond().ifPresent(bond -> names.add(bond.name()));
        }
        return names.build();
    }

    private static boolean deletes(Map<String, Object> patch) {
        return "delete".equals(patch.get("$patch"));
    }

    private void known(String path, Map<String, Object> part, Set<String> keys, String what) {
        for (String key : part.keySet()) {
            if (!keys.contains(key) && !key.equals("$patch")) {
                findings.error(
                        path + "." + key, "unknown key of " + what + NearMiss.hint(key, keys.stream().sorted().toList())
                                + "; Talos refuses it");
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> section(Map<String, Object> tree, String key) {
        return tree.get(key) instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    private static Optional<Object> at(Map<String, Object> tree, String path) {
        int dot = path.indexOf('.');
        return dot < 0
                ? Optional.ofNullable(tree.get(path))
                : at(section(tree, path.substring(0, dot)), path.substring(dot + 1));
    }
}
