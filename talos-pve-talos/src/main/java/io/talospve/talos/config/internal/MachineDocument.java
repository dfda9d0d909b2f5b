package io.talospve.talos.config.internal;

import io.talospve.talos.config.internal.MachineDescription.SystemDisk;
import io.talospve.talos.internal.yaml.Mapping;
import io.talospve.talos.internal.yaml.NaturalOrder;
import io.talospve.talos.pki.SecretsBundle;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The main document (sections {@code machine} and {@code cluster}) with its defaults, keys in the order in which Talos
 * writes them. Stateless.
 */
final class MachineDocument {
    private static final int KUBE_PRISM_PORT = 7445;
    private static final String EXCLUDE_FROM_LOAD_BALANCERS = "node.kubernetes.io/exclude-from-external-load-balancers";

    private MachineDocument() {}

    static Map<String, Object> of(MachineDescription description) {
        return new Mapping()
                .with("version", "v1alpha1")
                .with("debug", false)
                .with("persist", true)
                .with("machine", machine(description))
                .with("cluster", cluster(description))
                .build();
    }

    private static Mapping machine(MachineDescription description) {
        boolean legacy = !description.contract().multiDocument();
        return new Mapping()
                .with("type", description.role().talosType())
                .with("token", description.bundle().trustdToken().reveal())
                .with("ca", authority(description.bundle().os(), description.controlPlane()))
                .with("certSANs", description.certSans())
                .with("kubelet", kubelet(description))
                .with("network", network(description))
                .withUnlessEmpty("disks", LegacySections.disks(description))
                .with("install", install(description))
                .withUnlessEmpty("time", legacy ? LegacySections.time(description) : Map.of())
                .withUnlessEmpty("sysctls", NaturalOrder.sorted(description.sysctls()))
                .withUnlessEmpty("registries", legacy ? LegacySections.registries(description) : Map.of())
                .withUnlessEmpty("systemDiskEncryption", LegacySections.diskEncryption(description))
                .with("features", features(description))
                .withUnlessEmpty("logging", logging(description))
                .withUnlessEmpty("kernel", kernel(description))
                .withUnlessEmpty("nodeLabels", labels(description))
                .withUnlessEmpty("nodeAnnotations", NaturalOrder.sorted(description.annotations()))
                .withUnlessEmpty("nodeTaints", NaturalOrder.sorted(description.taints()));
    }

    private static Mapping kubelet(MachineDescription description) {
        return new Mapping()
                .with("image", "ghcr.io/siderolabs/kubelet:v" + description.kubernetesVersion())
                .withUnlessEmpty("extraArgs", extraArgs(description, "kubelet"))
                .with("defaultRuntimeSeccompProfileEnabled", true)
                .with(
                        !description.kubeletSubnets().isEmpty(),
                        "nodeIP",
                        Map.of("validSubnets", description.kubeletSubnets()))
                .with("disableManifestsDirectory", true);
    }

    private static Map<String, Object> network(MachineDescription description) {
        Map<String, Object> network = new LinkedHashMap<>();
        if (!description.contract().multiDocument()) {
            network.putAll(LegacySections.network(description));
        }
        if (description.kubespan()) {
            network.put("kubespan", Map.of("enabled", true));
        }
        return network;
    }

    private static Mapping install(MachineDescription description) {
        Mapping install = new Mapping();
        if (description.systemDisk() instanceof SystemDisk.ByPath disk) {
            install.with("disk", disk.path());
        } else if (description.systemDisk() instanceof SystemDisk.ByWwid disk) {
            install.with("diskSelector", Map.of("wwid", disk.wwid()));
        }
        return install.with("image", description.installer())
                .with("wipe", false)
                .with(description.contract().multiDocument(), "grubUseUKICmdline", true);
    }

    private static Mapping features(MachineDescription description) {
        boolean legacy = !description.contract().multiDocument();
        return new Mapping()
                .with(legacy, "rbac", true)
                .with(legacy, "stableHostname", true)
                .with(legacy, "apidCheckExtKeyUsage", true)
                .with("diskQuotaSupport", true)
                .with("kubePrism", new Mapping().with("enabled", true).with("port", KUBE_PRISM_PORT))
                .with("hostDNS", new Mapping().with("enabled", true).with("forwardKubeDNSToHost", true));
    }

    private static Map<String, Object> logging(MachineDescription description) {
        List<Map<String, Object>> destinations = description.logDestinations().stream()
                .filter(destination -> destination.services())
                .map(destination -> new Mapping()
                        .with("endpoint", destination.endpoint())
                        .with("format", "json_lines")
                        .withUnlessEmpty("extraTags", NaturalOrder.sorted(destination.extraTags()))
                        .build())
                .toList();
        return new Mapping().withUnlessEmpty("destinations", destinations).build();
    }

    private static Map<String, Object> kernel(MachineDescription description) {
        List<Map<String, Object>> modules = description.kernelModules().stream()
                .map(module -> new Mapping()
                        .with("name", module.name())
                        .withUnlessEmpty("parameters", module.parameters())
                        .build())
                .toList();
        return new Mapping().withUnlessEmpty("modules", modules).build();
    }

    private static Map<String, String> labels(MachineDescription description) {
        Map<String, String> labels = NaturalOrder.sorted(description.labels());
        if (description.controlPlane()) {
            labels.putIfAbsent(EXCLUDE_FROM_LOAD_BALANCERS, "");
        }
        return labels;
    }

    private static Mapping cluster(MachineDescription description) {
        SecretsBundle bundle = description.bundle();
        Mapping cluster = new Mapping()
                .with("id", bundle.clusterId())
                .with("secret", bundle.clusterSecret().reveal())
                .with("controlPlane", Map.of("endpoint", description.endpoint()))
                .with("clusterName", description.clusterName())
                .with(
                        "network",
                        new Mapping()
                                .with("cni", description.cni().map(name -> Map.of("name", name)))
                                .with("dnsDomain", description.dnsDomain())
                                .with("podSubnets", description.podSubnets())
                                .with("serviceSubnets", description.serviceSubnets()))
                .with("token", bundle.bootstrapToken().reveal());
        if (!description.controlPlane()) {
            return cluster.with("ca", authority(bundle.kubernetes(), false)).with("discovery", discovery(description));
        }
        return cluster.with("aescbcEncryptionSecret", bundle.aescbcSecret().map(secret -> secret.reveal()))
                .with("secretboxEncryptionSecret", bundle.secretboxSecret().map(secret -> secret.reveal()))
                .with("ca", authority(bundle.kubernetes(), true))
                .with("aggregatorCA", authority(bundle.aggregator(), true))
                .with("serviceAccount", Map.of("key", base64(bundle.serviceAccountKey().reveal())))
                .with("apiServer", apiServer(description))
                .with("controllerManager", component(description, "kube-controller-manager", "controllerManager"))
                .with("proxy", proxy(description))
                .with("scheduler", component(description, "kube-scheduler", "scheduler"))
                .with("discovery", discovery(description))
                .with(
                        "etcd",
                        new Mapping()
                                .with("ca", authority(bundle.etcd(), true))
                                .withUnlessEmpty("extraArgs", extraArgs(description, "etcd"))
                                .withUnlessEmpty("advertisedSubnets", description.etcdSubnets()))
                .withUnlessEmpty("extraManifests", description.extraManifests())
                .withUnlessEmpty("inlineManifests", inlineManifests(description))
                .with(description.schedulingOnControlPlanes(), "allowSchedulingOnControlPlanes", true);
    }

    private static Mapping apiServer(MachineDescription description) {
        Set<String> certSans = new LinkedHashSet<>();
        if (!description.contract().multiDocument()) {
            endpointHost(description.endpoint()).ifPresent(certSans::add);
        }
        certSans.addAll(description.certSans());
        return component(description, "kube-apiserver", "apiServer")
                .withUnlessEmpty("certSANs", new ArrayList<>(certSans))
                .with(!description.contract().multiDocument(), "disablePodSecurityPolicy", true)
                .with("admissionControl", admission(description))
                .with("auditPolicy", description.auditPolicy().map(Trees::sorted).orElseGet(MachineDocument::metadataOnly));
    }

    private static Mapping component(MachineDescription description, String image, String argsKey) {
        return new Mapping()
                .with("image", kubernetesImage(description, image))
                .withUnlessEmpty("extraArgs", extraArgs(description, argsKey));
    }

    private static Mapping proxy(MachineDescription description) {
        return new Mapping()
                .with(description.kubeProxyDisabled(), "disabled", true)
                .with("image", kubernetesImage(description, "kube-proxy"))
                .withUnlessEmpty("extraArgs", extraArgs(description, "proxy"));
    }

    private static Map<String, String> extraArgs(MachineDescription description, String component) {
        return NaturalOrder.sorted(description.extraArgs().getOrDefault(component, Map.of()));
    }

    private static List<Map<String, Object>> inlineManifests(MachineDescription description) {
        return description.inlineManifests().entrySet().stream()
                .map(manifest -> new Mapping()
                        .with("name", manifest.getKey())
                        .with("contents", manifest.getValue())
                        .build())
                .toList();
    }

    private static List<Map<String, Object>> admission(MachineDescription description) {
        if (description.admission().isEmpty()) {
            return List.of(podSecurity().build());
        }
        return description.admission().stream()
                .map(plugin -> new Mapping()
                        .with("name", plugin.name())
                        .with("configuration", Trees.sorted(plugin.configuration()))
                        .build())
                .toList();
    }

    private static Map<String, Object> metadataOnly() {
        return new Mapping()
                .with("apiVersion", "audit.k8s.io/v1")
                .with("kind", "Policy")
                .with("rules", List.of(Map.of("level", "Metadata")))
                .build();
    }

    private static Mapping podSecurity() {
        return new Mapping()
                .with("name", "PodSecurity")
                .with(
                        "configuration",
                        new Mapping()
                                .with("apiVersion", "pod-security.admission.config.k8s.io/v1alpha1")
                                .with(
                                        "defaults",
                                        new Mapping()
                                                .with("audit", "restricted")
                                                .with("audit-version", "latest")
                                                .with("enforce", "baseline")
                                                .with("enforce-version", "latest")
                                                .with("warn", "restricted")
                                                .with("warn-version", "latest"))
                                .with(
                                        "exemptions",
                                        new Mapping()
                                                .with("namespaces", List.of("kube-system"))
                                                .with("runtimeClasses", List.of())
                                                .with("usernames", List.of()))
                                .with("kind", "PodSecurityConfiguration"));
    }

    private static Mapping discovery(MachineDescription description) {
        return new Mapping()
                .with("enabled", description.discovery())
                .with(
                        "registries",
                        new Mapping().with("kubernetes", Map.of("disabled", true)).with("service", Map.of()));
    }

    /** A worker never gets a CA's key. */
    private static Mapping authority(SecretsBundle.Authority authority, boolean withKey) {
        return new Mapping()
                .with("crt", authority.certificateBase64())
                .with("key", withKey ? authority.keyBase64().reveal() : "");
    }

    private static Optional<String> endpointHost(String endpoint) {
        return Optional.ofNullable(URI.create(endpoint).getHost())
                .map(host -> host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    }

    private static String kubernetesImage(MachineDescription description, String name) {
        return "registry.k8s.io/" + name + ":v" + description.kubernetesVersion();
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
