package io.talospve.talos.config.internal;

import io.talospve.spec.NodeRole;
import io.talospve.talos.config.internal.MachineDescription.SystemDisk;
import io.talospve.talos.internal.yaml.Mapping;
import io.talospve.talos.pki.SecretsBundle;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
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
        boolean controlPlane = isControlPlane(description);
        boolean legacy = !description.contract().multiDocument();
        return new Mapping()
                .with("type", description.role().talosType())
                .with("token", description.bundle().trustdToken().reveal())
                .with("ca", authority(description.bundle().os(), controlPlane))
                .with("certSANs", description.certSans())
                .with("kubelet", kubelet(description))
                .with("network", legacy ? LegacySections.network(description) : Map.of())
                .withUnlessEmpty("disks", LegacySections.disks(description))
                .with("install", install(description))
                .withUnlessEmpty("time", legacy ? LegacySections.time(description) : Map.of())
                .withUnlessEmpty("registries", legacy ? LegacySections.registries(description) : Map.of())
                .with("features", features(description))
                .with(
                        controlPlane,
                        "nodeLabels",
                        Map.of("node.kubernetes.io/exclude-from-external-load-balancers", ""));
    }

    private static Mapping kubelet(MachineDescription description) {
        return new Mapping()
                .with("image", "ghcr.io/siderolabs/kubelet:v" + description.kubernetesVersion())
                .with("defaultRuntimeSeccompProfileEnabled", true)
                .with(
                        !description.nodeSubnets().isEmpty(),
                        "nodeIP",
                        Map.of("validSubnets", description.nodeSubnets()))
                .with("disableManifestsDirectory", true);
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

    private static Mapping cluster(MachineDescription description) {
        boolean controlPlane = isControlPlane(description);
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
                                .with("dnsDomain", "cluster.local")
                                .with("podSubnets", List.of("10.244.0.0/16"))
                                .with("serviceSubnets", List.of("10.96.0.0/12")))
                .with("token", bundle.bootstrapToken().reveal());
        if (!controlPlane) {
            return cluster.with("ca", authority(bundle.kubernetes(), false)).with("discovery", discovery());
        }
        return cluster.with("aescbcEncryptionSecret", bundle.aescbcSecret().map(secret -> secret.reveal()))
                .with("secretboxEncryptionSecret", bundle.secretboxSecret().map(secret -> secret.reveal()))
                .with("ca", authority(bundle.kubernetes(), true))
                .with("aggregatorCA", authority(bundle.aggregator(), true))
                .with("serviceAccount", Map.of("key", base64(bundle.serviceAccountKey().reveal())))
                .with("apiServer", apiServer(description))
                .with("controllerManager", Map.of("image", kubernetesImage(description, "kube-controller-manager")))
                .with(
                        "proxy",
                        new Mapping()
                                .with(description.kubeProxyDisabled(), "disabled", true)
                                .with("image", kubernetesImage(description, "kube-proxy")))
                .with("scheduler", Map.of("image", kubernetesImage(description, "kube-scheduler")))
                .with("discovery", discovery())
                .with(
                        "etcd",
                        new Mapping()
                                .with("ca", authority(bundle.etcd(), true))
                                .withUnlessEmpty("advertisedSubnets", description.nodeSubnets()))
                .with(description.schedulingOnControlPlanes(), "allowSchedulingOnControlPlanes", true);
    }

    private static Mapping apiServer(MachineDescription description) {
        Set<String> certSans = new LinkedHashSet<>();
        if (!description.contract().multiDocument()) {
            endpointHost(description.endpoint()).ifPresent(certSans::add);
        }
        certSans.addAll(description.certSans());
        return new Mapping()
                .with("image", kubernetesImage(description, "kube-apiserver"))
                .withUnlessEmpty("certSANs", new ArrayList<>(certSans))
                .with(!description.contract().multiDocument(), "disablePodSecurityPolicy", true)
                .with("admissionControl", List.of(podSecurity().build()))
                .with(
                        "auditPolicy",
                        new Mapping()
                                .with("apiVersion", "audit.k8s.io/v1")
                                .with("kind", "Policy")
                                .with("rules", List.of(Map.of("level", "Metadata"))));
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

    private static Mapping discovery() {
        return new Mapping()
                .with("enabled", true)
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
        String host = URI.create(endpoint).getHost();
        return Optional.ofNullable(host).map(name -> name.startsWith("[") ? name.substring(1, name.length() - 1) : name);
    }

    private static String kubernetesImage(MachineDescription description, String name) {
        return "registry.k8s.io/" + name + ":v" + description.kubernetesVersion();
    }

    private static boolean isControlPlane(MachineDescription description) {
        return description.role() == NodeRole.CONTROL_PLANE;
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
