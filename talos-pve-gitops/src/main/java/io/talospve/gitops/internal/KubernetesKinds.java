package io.talospve.gitops.internal;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What Kubernetes and Helm know about kinds: their scope, and the order in which Helm installs them. Stateless. */
public final class KubernetesKinds {
    /** Namespaces that every cluster has. */
    public static final Set<String> BUILT_IN_NAMESPACES =
            Set.of("default", "kube-system", "kube-public", "kube-node-lease");

    /** Kinds without a namespace by API group, of Kubernetes itself (kubectl api-resources --namespaced=false). */
    private static final Map<String, Set<String>> CLUSTER_SCOPED = Map.ofEntries(
            Map.entry("", Set.of("Namespace", "Node", "PersistentVolume", "ComponentStatus")),
            Map.entry(
                    "admissionregistration.k8s.io",
                    Set.of(
                            "MutatingWebhookConfiguration",
                            "ValidatingWebhookConfiguration",
                            "ValidatingAdmissionPolicy",
                            "ValidatingAdmissionPolicyBinding",
                            "MutatingAdmissionPolicy",
                            "MutatingAdmissionPolicyBinding")),
            Map.entry("apiextensions.k8s.io", Set.of("CustomResourceDefinition")),
            Map.entry("apiregistration.k8s.io", Set.of("APIService")),
            Map.entry("authentication.k8s.io", Set.of("TokenReview", "SelfSubjectReview")),
            Map.entry(
                    "authorization.k8s.io",
                    Set.of("SelfSubjectAccessReview", "SelfSubjectRulesReview", "SubjectAccessReview")),
            Map.entry("certificates.k8s.io", Set.of("CertificateSigningRequest", "ClusterTrustBundle")),
            Map.entry("flowcontrol.apiserver.k8s.io", Set.of("FlowSchema", "PriorityLevelConfiguration")),
            Map.entry("internal.apiserver.k8s.io", Set.of("StorageVersion")),
            Map.entry("networking.k8s.io", Set.of("IngressClass", "IPAddress", "ServiceCIDR")),
            Map.entry("node.k8s.io", Set.of("RuntimeClass")),
            Map.entry("policy", Set.of("PodSecurityPolicy")),
            Map.entry("rbac.authorization.k8s.io", Set.of("ClusterRole", "ClusterRoleBinding")),
            Map.entry("resource.k8s.io", Set.of("DeviceClass", "ResourceSlice", "DeviceTaintRule")),
            Map.entry("scheduling.k8s.io", Set.of("PriorityClass")),
            Map.entry(
                    "storage.k8s.io",
                    Set.of("CSIDriver", "CSINode", "StorageClass", "VolumeAttachment", "VolumeAttributesClass")),
            Map.entry("storagemigration.k8s.io", Set.of("StorageVersionMigration")));

    /** Groups of Kubernetes itself whose kinds have a namespace unless they are in the table above. */
    private static final Set<String> BUILT_IN_GROUPS = Set.of(
            "apps", "autoscaling", "batch", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "extensions");

    /**
     * Kinds without a namespace of add-ons that day 0 often brings and whose definitions come from elsewhere: Cilium's operator
     * makes its own, others are installed by a chart of their own.
     */
    private static final Map<String, Set<String>> CLUSTER_SCOPED_ELSEWHERE = Map.of(
            "cilium.io",
            Set.of(
                    "CiliumClusterwideNetworkPolicy",
                    "CiliumClusterwideEnvoyConfig",
                    "CiliumLoadBalancerIPPool",
                    "CiliumL2AnnouncementPolicy",
                    "CiliumBGPAdvertisement",
                    "CiliumBGPClusterConfig",
                    "CiliumBGPNodeConfig",
                    "CiliumBGPNodeConfigOverride",
                    "CiliumBGPPeerConfig",
                    "CiliumBGPPeeringPolicy",
                    "CiliumCIDRGroup",
                    "CiliumEgressGatewayPolicy",
                    "CiliumExternalWorkload",
                    "CiliumIdentity",
                    "CiliumNode",
                    "CiliumPodIPPool"),
            "cert-manager.io",
            Set.of("ClusterIssuer"),
            "gateway.networking.k8s.io",
            Set.of("GatewayClass"),
            "snapshot.storage.k8s.io",
            Set.of("VolumeSnapshotClass", "VolumeSnapshotContent"),
            "external-secrets.io",
            Set.of("ClusterSecretStore", "ClusterExternalSecret"),
            "kyverno.io",
            Set.of("ClusterPolicy", "ClusterCleanupPolicy"));

    private static final Set<String> NAMESPACED_ELSEWHERE = Set.of(
            "source.toolkit.fluxcd.io",
            "kustomize.toolkit.fluxcd.io",
            "helm.toolkit.fluxcd.io",
            "notification.toolkit.fluxcd.io",
            "image.toolkit.fluxcd.io",
            "argoproj.io",
            "monitoring.coreos.com");

    /** Helm's own order of installation (source of Helm 3: pkg/releaseutil/kind_sorter.go); what it does not know comes last. */
    private static final List<String> INSTALL_ORDER = List.of(
            "PriorityClass",
            "Namespace",
            "NetworkPolicy",
            "ResourceQuota",
            "LimitRange",
            "PodSecurityPolicy",
            "PodDisruptionBudget",
            "ServiceAccount",
            "Secret",
            "ConfigMap",
            "StorageClass",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "CustomResourceDefinition",
            "ClusterRole",
            "ClusterRoleBinding",
            "Role",
            "RoleBinding",
            "Service",
            "DaemonSet",
            "Pod",
            "ReplicationController",
            "ReplicaSet",
            "Deployment",
            "HorizontalPodAutoscaler",
            "StatefulSet",
            "Job",
            "CronJob",
            "IngressClass",
            "Ingress",
            "APIService",
            "MutatingWebhookConfiguration",
            "ValidatingWebhookConfiguration");

    private KubernetesKinds() {}

    /** By Helm's order; unknown kinds after the known ones, by name. */
    public static final Comparator<String> BY_INSTALL_ORDER =
            Comparator.<String>comparingInt(KubernetesKinds::rank).thenComparing(Comparator.naturalOrder());

    private static int rank(String kind) {
        // Namespaces and definitions first, as Helm with --include-crds and Talos do: everything else may need them.
        if (kind.equals("Namespace")) {
            return -2;
        }
        if (kind.equals("CustomResourceDefinition")) {
            return -1;
        }
        int at = INSTALL_ORDER.indexOf(kind);
        return at < 0 ? INSTALL_ORDER.size() : at;
    }

    /**
     * Whether objects of a kind have a namespace.
     *
     * @param apiVersion for example {@code rbac.authorization.k8s.io/v1}
     * @param kind for example {@code ClusterRole}
     * @return true or false, empty for a kind that is not known
     */
    public static Optional<Boolean> namespaced(String apiVersion, String kind) {
        String group = group(apiVersion);
        if (CLUSTER_SCOPED.getOrDefault(group, Set.of()).contains(kind)
                || CLUSTER_SCOPED_ELSEWHERE.getOrDefault(group, Set.of()).contains(kind)) {
            return Optional.of(false);
        }
        boolean known = CLUSTER_SCOPED.containsKey(group)
                || BUILT_IN_GROUPS.contains(group)
                || CLUSTER_SCOPED_ELSEWHERE.containsKey(group)
                || NAMESPACED_ELSEWHERE.contains(group);
        return known ? Optional.of(true) : Optional.empty();
    }

    /** The group of an apiVersion, empty for the core group. */
    public static String group(String apiVersion) {
        int slash = apiVersion.indexOf('/');
        return slash < 0 ? "" : apiVersion.substring(0, slash);
    }
}
