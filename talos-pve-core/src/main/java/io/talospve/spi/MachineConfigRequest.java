package io.talospve.spi;

import io.talospve.spec.DataVolume;
import io.talospve.spec.MachineSettings;
import io.talospve.spec.Network;
import io.talospve.spec.NodeRole;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.TalosCluster;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.immutables.value.Value;

/** Everything that goes into one machine's configuration. Immutable. */
@Value.Immutable
@ValueStyle
public interface MachineConfigRequest {
    /** The cluster's spec. */
    TalosCluster cluster();

    /** The machine's name: hostname and Kubernetes node name. */
    String nodeName();

    /** Its place in the spec, {@link io.talospve.spec.ClusterNode#specPath}; by default that of the machine of this name. */
    Optional<String> specPath();

    /** What the machine is. */
    NodeRole role();

    /** Its NICs in the order of netN, each with its MAC address. */
    List<ResolvedNic> nics();

    /** WWN of the system disk, {@code 0x5…}. */
    String osDiskWwn();

    /** WWN of the data disk; empty if it has none. */
    Optional<String> dataDiskWwn();

    /** Installer image reference. */
    String installer();

    /** Kubernetes API endpoint, {@code https://host:6443}. */
    String endpoint();

    /** Version contract, for example {@code v1.12}. */
    String contract();

    /** DNS servers. */
    List<String> nameservers();

    /** Names and addresses the API server's certificate holds besides the defaults. */
    List<String> certSans();

    /** The secrets.yaml text. */
    Secret<String> bundle();

    /** Settings of this machine; by default those of the machine of this name in the spec, else of its role. */
    @Value.Default
    default MachineSettings settings() {
        return cluster().nodes().stream()
                .filter(node -> node.defaultName().equals(nodeName()))
                .findFirst()
                .map(cluster()::settings)
                .orElseGet(() -> cluster()
                        .machine()
                        .with(role() == NodeRole.CONTROL_PLANE
                                ? cluster().controlPlaneNodes().machine()
                                : cluster().workerNodes().machine()));
    }

    /** How the data disk is used; by default what the spec says about the size of the machine of this name. */
    @Value.Default
    default DataVolume dataVolume() {
        return cluster().nodes().stream()
                .filter(node -> node.defaultName().equals(nodeName()))
                .findFirst()
                .map(node -> node.size().dataVolume())
                .orElseGet(() -> DataVolume.builder().build());
    }

    /** Manifests that Talos creates when the cluster has been bootstrapped, besides those of the spec; for control planes. */
    List<InlineManifest> manifests();

    /** Values of the secrets that the spec refers to: registry passwords, the disks' passphrase. */
    Map<SecretReference, Secret<String>> secrets();

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link MachineConfigRequest}. Not thread-safe. */
    class Builder extends ImmutableMachineConfigRequest.Builder {
        Builder() {}
    }

    /**
     * A NIC with its final MAC address.
     *
     * @param network what the spec says about it
     * @param mac MAC address in lower case
     * @param dhcp whether its address comes from a DHCP server
     */
    record ResolvedNic(Network network, String mac, boolean dhcp) {
        /**
         * A NIC that is in no bond of another one.
         *
         * @param network what the spec says about it
         * @param mac MAC address in lower case
         */
        public ResolvedNic(Network network, String mac) {
            this(
                    network,
                    mac,
                    network.dhcp() || network.allAddresses().isEmpty() && network.vlans().isEmpty());
        }
    }
}
