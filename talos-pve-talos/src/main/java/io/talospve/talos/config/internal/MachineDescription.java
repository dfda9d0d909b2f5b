package io.talospve.talos.config.internal;

import io.talospve.spec.AdmissionPlugin;
import io.talospve.spec.ExtensionService;
import io.talospve.spec.KernelModule;
import io.talospve.spec.LogDestination;
import io.talospve.spec.NodeRole;
import io.talospve.spec.RegistryMirror;
import io.talospve.spec.Secret;
import io.talospve.talos.pki.SecretsBundle;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * What one machine's configuration says, in the terms of Talos and independent of the version contract. What is not set is
 * left to Talos. Immutable.
 */
@Value.Immutable
@Value.Style(
        visibility = Value.Style.ImplementationVisibility.PACKAGE,
        overshadowImplementation = true,
        jdkOnly = true)
public interface MachineDescription {
    /** Version contract to write. */
    Contract contract();

    /** Control plane or worker. */
    NodeRole role();

    /** The cluster's secrets. */
    SecretsBundle bundle();

    /** The cluster's name. */
    String clusterName();

    /** URL of the Kubernetes API. */
    String endpoint();

    /** Kubernetes version without a leading {@code v}. */
    String kubernetesVersion();

    /** Installer image. */
    String installer();

    /** Where to install. */
    SystemDisk systemDisk();

    /** Host name; empty for a generated one. */
    Optional<String> hostname();

    /** Links that have a configuration: NICs first, then bonds, then VLANs. */
    List<Link> links();

    /** Virtual IP of the Kubernetes API, with the link that carries it. */
    Optional<VirtualIp> vip();

    /** DNS servers. */
    List<String> nameservers();

    /** Search domains. */
    List<String> searchDomains();

    /** NTP servers, or {@link Documents#HOST_CLOCK} alone. */
    List<String> timeServers();

    /** Mirrors by registry. */
    Map<String, RegistryMirror> mirrors();

    /** Credentials and trust by registry. */
    Map<String, RegistryTrust> registries();

    /** A disk that is a user volume. */
    Optional<DataDisk> dataDisk();

    /** How STATE is encrypted; empty for not at all. */
    Optional<DiskKey> stateEncryption();

    /** How EPHEMERAL is encrypted; empty for not at all. */
    Optional<DiskKey> ephemeralEncryption();

    /** Names and addresses in the certificates of the Talos and Kubernetes APIs. */
    List<String> certSans();

    /** Subnets that the kubelet takes its addresses from. */
    List<String> kubeletSubnets();

    /** Subnets that etcd takes its addresses from. */
    List<String> etcdSubnets();

    /** Name of the CNI; empty for Talos' default. */
    Optional<String> cni();

    /** Whether kube-proxy is left out. */
    @Value.Default
    default boolean kubeProxyDisabled() {
        return false;
    }

    /** Whether ordinary workloads run on control planes. */
    @Value.Default
    default boolean schedulingOnControlPlanes() {
        return false;
    }

    /** Whether members find each other through the discovery service. */
    @Value.Default
    default boolean discovery() {
        return true;
    }

    /** Whether traffic between machines is encrypted with KubeSpan. */
    @Value.Default
    default boolean kubespan() {
        return false;
    }

    /** Subnets of pods. */
    @Value.Default
    default List<String> podSubnets() {
        return List.of("10.244.0.0/16");
    }

    /** Subnets of services. */
    @Value.Default
    default List<String> serviceSubnets() {
        return List.of("10.96.0.0/12");
    }

    /** Domain of the cluster. */
    @Value.Default
    default String dnsDomain() {
        return "cluster.local";
    }

    /** Extra arguments by component: {@code kubelet}, {@code apiServer}, {@code controllerManager}, {@code scheduler}, {@code etcd}, {@code proxy}. */
    Map<String, Map<String, String>> extraArgs();

    /** Admission plugins; empty for Talos' default. */
    List<AdmissionPlugin> admission();

    /** Audit policy; empty for Talos' default. */
    Optional<Map<String, Object>> auditPolicy();

    /** URLs of manifests. */
    List<String> extraManifests();

    /** Manifests by name. */
    Map<String, String> inlineManifests();

    /** Labels of the Kubernetes node. */
    Map<String, String> labels();

    /** Annotations of the Kubernetes node. */
    Map<String, String> annotations();

    /** Taints of the Kubernetes node. */
    Map<String, String> taints();

    /** Kernel modules. */
    List<KernelModule> kernelModules();

    /** Kernel parameters. */
    Map<String, String> sysctls();

    /** Where logs are sent. */
    List<LogDestination> logDestinations();

    /** Configuration of extensions' services by name. */
    Map<String, ExtensionService> extensionServices();

    /** Whether this is a control plane. */
    @Value.Derived
    default boolean controlPlane() {
        return role() == NodeRole.CONTROL_PLANE;
    }

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link MachineDescription}. Not thread-safe. */
    class Builder extends ImmutableMachineDescription.Builder {
        Builder() {}
    }

    /** The disk to install on. */
    sealed interface SystemDisk {
        /**
         * A disk by its device path.
         *
         * @param path for example {@code /dev/sda}
         */
        record ByPath(String path) implements SystemDisk {}

        /**
         * A disk by its World Wide ID.
         *
         * @param wwid for example {@code naa.5…}
         */
        record ByWwid(String wwid) implements SystemDisk {}
    }

    /**
     * A disk that is a user volume, mounted at {@code /var/mnt/<name>}.
     *
     * @param name name of the volume
     * @param wwid its World Wide ID
     * @param filesystem {@code xfs} or {@code ext4}
     * @param encryption how it is encrypted; empty for not at all
     */
    record DataDisk(String name, String wwid, String filesystem, Optional<DiskKey> encryption) {}

    /** What opens an encrypted disk. */
    sealed interface DiskKey {
        /**
         * A key sealed by the TPM.
         *
         * @param requireSecureBoot whether it may be sealed only while secure boot is on
         */
        record Tpm(boolean requireSecureBoot) implements DiskKey {}

        /**
         * A passphrase.
         *
         * @param value the passphrase
         */
        record Passphrase(Secret<String> value) implements DiskKey {}
    }

    /**
     * Credentials and trust for a registry.
     *
     * @param username user
     * @param password password
     * @param auth both as one base64 text
     * @param identityToken identity token
     * @param ca certificates to trust, PEM
     * @param insecureSkipVerify whether the certificate is not verified
     */
    record RegistryTrust(
            Optional<String> username,
            Optional<Secret<String>> password,
            Optional<Secret<String>> auth,
            Optional<Secret<String>> identityToken,
            Optional<String> ca,
            boolean insecureSkipVerify) {
        boolean hasCredentials() {
            return username.isPresent() || password.isPresent() || auth.isPresent() || identityToken.isPresent();
        }

        boolean hasTrust() {
            return ca.isPresent() || insecureSkipVerify;
        }
    }

    /**
     * A virtual IP.
     *
     * @param address the address
     * @param link name of the link that carries it
     */
    record VirtualIp(String address, String link) {}
}
