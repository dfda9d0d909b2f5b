package io.talospve.talos.config.internal;

import io.talospve.spec.NodeRole;
import io.talospve.spec.RegistryMirror;
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
    @Value.Redacted
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

    /** NICs that have a configuration. */
    List<Nic> nics();

    /** Virtual IP of the Kubernetes API, with the alias of the NIC that carries it. */
    Optional<VirtualIp> vip();

    /** DNS servers. */
    List<String> nameservers();

    /** NTP servers. */
    List<String> timeServers();

    /** Whether the time comes from KVM's PTP device. */
    @Value.Default
    default boolean hostClock() {
        return false;
    }

    /** Mirrors by registry. */
    Map<String, RegistryMirror> mirrors();

    /** WWID of a disk for the user volume {@code data}. */
    Optional<String> dataDiskWwid();

    /** Names and addresses in the certificates of the Talos and Kubernetes APIs. */
    List<String> certSans();

    /** Subnets that kubelet and etcd use. */
    List<String> nodeSubnets();

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
     * A NIC and its configuration.
     *
     * @param alias name within the configuration, {@code net0}
     * @param mac MAC address, lower case
     * @param addresses static addresses with prefix; empty for DHCP
     * @param gateway default gateway
     */
    record Nic(String alias, String mac, List<String> addresses, Optional<String> gateway) {}

    /**
     * A virtual IP.
     *
     * @param address the address
     * @param alias alias of the NIC that carries it
     */
    record VirtualIp(String address, String alias) {}
}
