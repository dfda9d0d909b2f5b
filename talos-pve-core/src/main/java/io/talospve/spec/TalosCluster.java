package io.talospve.spec;

import io.talospve.error.Problem;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * What the user wants: one Talos Linux Kubernetes cluster on Proxmox VE. Immutable, validated, defaults filled in;
 * thread-safe.
 */
@Value.Immutable
@Value.Style(
        visibility = Value.Style.ImplementationVisibility.PACKAGE,
        overshadowImplementation = true,
        jdkOnly = true)
public interface TalosCluster {
    /** Name of the cluster; prefix of every machine's name. */
    String name();

    /** Where the boot image is kept. */
    ImageDatastore datastore();

    /** Which Talos, with what in its image. */
    TalosSettings talos();

    /** Kubernetes version with a leading {@code v}, for example {@code v1.35.0}. */
    String kubernetesVersion();

    /** Mirrors by registry, in the order of the YAML. */
    Map<String, RegistryMirror> registryMirrors();

    /** Switches of the cluster. */
    @Value.Default
    default ClusterOptions options() {
        return ClusterOptions.builder().build();
    }

    /** Helm values by chart, merged over the values of this library; maps, lists, strings, numbers, booleans. */
    Map<String, Map<String, Object>> helmValuesOverride();

    /** The GitOps engine; empty for none. */
    Optional<GitOps> gitops();

    /** Where machines get the time from; empty for Talos' default. */
    Optional<TimeSettings> time();

    /** Address of the Kubernetes API for clients, when there is no VIP: a DNS name or IP address without port. */
    Optional<String> endpoint();

    /** DNS servers of the machines; empty for the primary gateway (with a warning). */
    List<String> nameservers();

    /** Subnet that kubelet and etcd use; by default the one of the primary network. */
    Optional<Cidr> nodeNetwork();

    /** Hosts that may carry machines, in the order of the YAML. */
    List<Host> hostPool();

    /** The control planes. */
    NodePool controlPlaneNodes();

    /** Virtual IP address of the Kubernetes API, held by one control plane at a time. */
    Optional<String> vip();

    /** The workers. */
    @Value.Default
    default NodePool workerNodes() {
        return NodePool.builder().build();
    }

    /** Hardware by name of size. */
    Map<String, NodeSize> sizes();

    /** Write kubeconfig and talosconfig as files too. Default false. */
    @Value.Default
    default boolean debug() {
        return false;
    }

    /** What a person should know about this spec although it can be used; errors have been thrown before. */
    @Value.Auxiliary
    List<Problem> problems();

    /** Starts a cluster. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link TalosCluster}. Not thread-safe. */
    class Builder extends ImmutableTalosCluster.Builder {
        Builder() {}
    }
}
