package io.talospve.testkit.internal.talos;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The resource types of Talos v1.12: where they live and which only administrators may read. */
final class ResourceTypes {
    static final Cosi.Kind DEFINITIONS = new Cosi.Kind("meta", "ResourceDefinitions.meta.cosi.dev");

    private static final Map<String, List<String>> NAMESPACES = new HashMap<>();

    private static final Set<String> SENSITIVE = Set.of(
            "ApiCertificates.secrets.talos.dev",
            "AuditPolicyConfigs.kubernetes.talos.dev",
            "CertSANs.secrets.talos.dev",
            "DeviceConfigSpecs.net.talos.dev",
            "DiscoveryConfigs.cluster.talos.dev",
            "EncryptionSalts.secrets.talos.dev",
            "EtcdRootSecrets.secrets.talos.dev",
            "EtcdSecrets.secrets.talos.dev",
            "KubeSpanConfigs.kubespan.talos.dev",
            "KubeSpanIdentities.kubespan.talos.dev",
            "KubeletSecrets.secrets.talos.dev",
            "KubernetesDynamicCerts.secrets.talos.dev",
            "KubernetesRootSecrets.secrets.talos.dev",
            "KubernetesSecrets.secrets.talos.dev",
            "LinkSpecs.net.talos.dev",
            "MachineConfigs.config.talos.dev",
            "MaintenanceRootSecrets.secrets.talos.dev",
            "MaintenanceServiceCertificates.secrets.talos.dev",
            "NodeAnnotationSpecs.k8s.talos.dev",
            "NodeCordonedSpecs.k8s.talos.dev",
            "NodeLabelSpecs.k8s.talos.dev",
            "NodeTaintSpecs.k8s.talos.dev",
            "OOMActions.talos.dev",
            "OSRootSecrets.secrets.talos.dev",
            "OperatorSpecs.net.talos.dev",
            "SiderolinkConfigs.siderolink.talos.dev",
            "SiderolinkTunnels.siderolink.talos.dev",
            "TrustdCertificates.secrets.talos.dev",
            "VolumeConfigs.block.talos.dev");

    private ResourceTypes() {}

    static {
        in("cluster",
                "Affiliates.cluster.talos.dev",
                "Identities.cluster.talos.dev",
                "Infos.cluster.talos.dev",
                "Members.cluster.talos.dev");
        in("cluster-raw",
                "Affiliates.cluster.talos.dev");
        in("config",
                "DiscoveryConfigs.cluster.talos.dev",
                "KubeSpanConfigs.kubespan.talos.dev",
                "KubernetesAccessConfigs.cluster.talos.dev",
                "MachineConfigs.config.talos.dev",
                "MachineTypes.config.talos.dev",
                "SiderolinkConfigs.siderolink.talos.dev",
                "SiderolinkStatuses.siderolink.talos.dev",
                "SiderolinkTunnels.siderolink.talos.dev");
        in("controlplane",
                "APIServerConfigs.kubernetes.talos.dev",
                "AdmissionControlConfigs.kubernetes.talos.dev",
                "AuditPolicyConfigs.kubernetes.talos.dev",
                "AuthorizationConfigs.kubernetes.talos.dev",
                "BootstrapManifestsConfigs.kubernetes.talos.dev",
                "ConfigStatuses.kubernetes.talos.dev",
                "ControllerManagerConfigs.kubernetes.talos.dev",
                "Endpoints.kubernetes.talos.dev",
                "ExtraManifestsConfigs.kubernetes.talos.dev",
                "ManifestStatuses.kubernetes.talos.dev",
                "Manifests.kubernetes.talos.dev",
                "SchedulerConfigs.kubernetes.talos.dev",
                "SecretStatuses.kubernetes.talos.dev");
        in("cri",
                "ImageCacheConfigs.cri.talos.dev",
                "RegistryConfigs.cri.talos.dev",
                "SeccompProfiles.cri.talos.dev");
        in("etcd",
                "EtcdConfigs.etcd.talos.dev",
                "EtcdMembers.etcd.talos.dev",
                "EtcdSpecs.etcd.talos.dev",
                "PKIStatuses.etcd.talos.dev");
        in("files",
                "EtcFileSpecs.files.talos.dev",
                "EtcFileStatuses.files.talos.dev");
        in("hardware",
                "MemoryModules.hardware.talos.dev",
                "PCIDevices.hardware.talos.dev",
                "PCIDriverRebindConfigs.runtime.talos.dev",
                "PCIDriverRebindStatuses.runtime.talos.dev",
                "PCRStatuses.hardware.talos.dev",
                "Processors.hardware.talos.dev",
                "SystemInformations.hardware.talos.dev");
        in("k8s",
                "Endpoints.kubernetes.talos.dev",
                "KubePrismConfigs.kubernetes.talos.dev",
                "KubePrismEndpoints.kubernetes.talos.dev",
                "KubePrismStatuses.kubernetes.talos.dev",
                "KubeletConfigs.kubernetes.talos.dev",
                "KubeletLifecycles.kubernetes.talos.dev",
                "KubeletSpecs.kubernetes.talos.dev",
                "NodeAnnotationSpecs.k8s.talos.dev",
                "NodeCordonedSpecs.k8s.talos.dev",
                "NodeIPConfigs.kubernetes.talos.dev",
                "NodeIPs.kubernetes.talos.dev",
                "NodeLabelSpecs.k8s.talos.dev",
                "NodeStatuses.kubernetes.talos.dev",
                "NodeTaintSpecs.k8s.talos.dev",
                "Nodenames.kubernetes.talos.dev",
                "StaticPodServerStatuses.kubernetes.talos.dev",
                "StaticPodStatuses.kubernetes.talos.dev",
                "StaticPods.kubernetes.talos.dev");
        in("kubespan",
                "KubeSpanEndpoints.kubespan.talos.dev",
                "KubeSpanIdentities.kubespan.talos.dev",
                "KubeSpanPeerSpecs.kubespan.talos.dev",
                "KubeSpanPeerStatuses.kubespan.talos.dev");
        in("meta",
                "Namespaces.meta.cosi.dev",
                "ResourceDefinitions.meta.cosi.dev");
        in("network",
                "AddressSpecs.net.talos.dev",
                "AddressStatuses.net.talos.dev",
                "DNSResolveCaches.net.talos.dev",
                "DNSUpstreams.net.talos.dev",
                "DeviceConfigSpecs.net.talos.dev",
                "EthernetSpecs.net.talos.dev",
                "EthernetStatuses.net.talos.dev",
                "HardwareAddresses.net.talos.dev",
                "HostDNSConfigs.net.talos.dev",
                "HostnameSpecs.net.talos.dev",
                "HostnameStatuses.net.talos.dev",
                "LinkAliasSpecs.net.talos.dev",
                "LinkRefreshes.net.talos.dev",
                "LinkSpecs.net.talos.dev",
                "LinkStatuses.net.talos.dev",
                "NetworkStatuses.net.talos.dev",
                "NfTablesChains.net.talos.dev",
                "NodeAddressFilters.net.talos.dev",
                "NodeAddressSortAlgorithms.net.talos.dev",
                "NodeAddresses.net.talos.dev",
                "OperatorSpecs.net.talos.dev",
                "PlatformConfigs.net.talos.dev",
                "ProbeSpecs.net.talos.dev",
                "ProbeStatuses.net.talos.dev",
                "ResolverSpecs.net.talos.dev",
                "ResolverStatuses.net.talos.dev",
                "RouteSpecs.net.talos.dev",
                "RouteStatuses.net.talos.dev",
                "TimeServerSpecs.net.talos.dev",
                "TimeServerStatuses.net.talos.dev");
        in("perf",
                "CPUStats.perf.talos.dev",
                "MemoryStats.perf.talos.dev");
        in("runtime",
                "AcquireConfigSpecs.v1alpha1.talos.dev",
                "AcquireConfigStatuses.v1alpha1.talos.dev",
                "AdjtimeStatuses.v1alpha1.talos.dev",
                "BlockDevices.block.talos.dev",
                "BlockSymlinks.block.talos.dev",
                "BootedEntries.talos.dev",
                "DevicesStatuses.runtime.talos.dev",
                "Diagnostics.runtime.talos.dev",
                "DiscoveredVolumes.block.talos.dev",
                "DiscoveryRefreshRequests.block.talos.dev",
                "DiscoveryRefreshStatuses.block.talos.dev",
                "Disks.block.talos.dev",
                "EventSinkConfigs.runtime.talos.dev",
                "ExtensionServiceConfigStatuses.runtime.talos.dev",
                "ExtensionServiceConfigs.runtime.talos.dev",
                "ExtensionStatuses.runtime.talos.dev",
                "KernelCmdlines.runtime.talos.dev",
                "KernelModuleSpecs.runtime.talos.dev",
                "KernelParamDefaultSpecs.runtime.talos.dev",
                "KernelParamSpecs.runtime.talos.dev",
                "KernelParamStatuses.runtime.talos.dev",
                "KmsgLogConfigs.runtime.talos.dev",
                "LoadedKernelModules.runtime.talos.dev",
                "MachineResetSignals.runtime.talos.dev",
                "MachineStatuses.runtime.talos.dev",
                "MaintenanceServiceConfigs.runtime.talos.dev",
                "MaintenanceServiceRequests.runtime.talos.dev",
                "MetaKeys.runtime.talos.dev",
                "MetaLoads.runtime.talos.dev",
                "MountRequests.block.talos.dev",
                "MountStatuses.block.talos.dev",
                "MountStatuses.runtime.talos.dev",
                "OOMActions.talos.dev",
                "PlatformMetadatas.talos.dev",
                "SBOMItems.talos.dev",
                "SecurityStates.talos.dev",
                "Services.v1alpha1.talos.dev",
                "SwapStatuses.block.talos.dev",
                "SystemDisks.block.talos.dev",
                "TimeStatuses.v1alpha1.talos.dev",
                "UniqueMachineTokens.runtime.talos.dev",
                "UserDiskConfigStatuses.block.talos.dev",
                "Versions.runtime.talos.dev",
                "VolumeConfigs.block.talos.dev",
                "VolumeLifecycles.block.talos.dev",
                "VolumeMountRequests.block.talos.dev",
                "VolumeMountStatuses.block.talos.dev",
                "VolumeStatuses.block.talos.dev",
                "WatchdogTimerConfigs.runtime.talos.dev",
                "WatchdogTimerStatuses.runtime.talos.dev",
                "ZswapStatuses.block.talos.dev");
        in("secrets",
                "ApiCertificates.secrets.talos.dev",
                "CertSANs.secrets.talos.dev",
                "EncryptionSalts.secrets.talos.dev",
                "EtcdRootSecrets.secrets.talos.dev",
                "EtcdSecrets.secrets.talos.dev",
                "KubeletSecrets.secrets.talos.dev",
                "KubernetesDynamicCerts.secrets.talos.dev",
                "KubernetesRootSecrets.secrets.talos.dev",
                "KubernetesSecrets.secrets.talos.dev",
                "MaintenanceRootSecrets.secrets.talos.dev",
                "MaintenanceServiceCertificates.secrets.talos.dev",
                "OSRootSecrets.secrets.talos.dev",
                "TrustdCertificates.secrets.talos.dev");
    }

    private static void in(String namespace, String... types) {
        for (String type : types) {
            NAMESPACES.computeIfAbsent(type, t -> new ArrayList<>()).add(namespace);
        }
    }

    /** The namespaces of a type; empty for a type that does not exist. */
    static List<String> namespaces(String type) {
        return NAMESPACES.getOrDefault(type, List.of());
    }

    /** Shows what types there are, as talosctl looks them up. */
    static void describe(Cosi cosi) {
        NAMESPACES.forEach((type, namespaces) -> {
            String plural = type.substring(0, type.indexOf('.'));
            String singular = singular(plural);
            String lower = singular.toLowerCase(Locale.ROOT);
            String initials = singular.replaceAll("[^A-Z]", "").toLowerCase(Locale.ROOT);
            List<String> all = List.of(lower, plural.toLowerCase(Locale.ROOT), initials);
            Wire wire = new Wire().text(1, type).text(2, singular).text(3, namespaces.get(0));
            wire.text(4, lower).text(5, lower);
            all.subList(1, all.size()).forEach(alias -> wire.text(5, alias));
            Map<String, Object> yaml = Cosi.ordered(
                    "type", type,
                    "displayType", singular,
                    "defaultNamespace", namespaces.get(0),
                    "aliases", List.of(lower),
                    "allAliases", all,
                    "printColumns", List.of());
            if (sensitive(type)) {
                wire.text(7, "sensitive");
                yaml.put("sensitivity", "sensitive");
            }
            cosi.put("meta", "ResourceDefinitions.meta.cosi.dev", type.toLowerCase(Locale.ROOT), "meta", wire, yaml);
        });
    }

    private static String singular(String plural) {
        if (plural.endsWith("sses") || plural.endsWith("tuses")) {
            return plural.substring(0, plural.length() - 2);
        }
        if (plural.endsWith("ies")) {
            return plural.substring(0, plural.length() - 3) + "y";
        }
        return plural.endsWith("s") ? plural.substring(0, plural.length() - 1) : plural;
    }

    static boolean sensitive(String type) {
        return SENSITIVE.contains(type);
    }
}
