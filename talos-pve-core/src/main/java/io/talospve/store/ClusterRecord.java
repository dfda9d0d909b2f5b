package io.talospve.store;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What is decided once per cluster and cannot be asked from the world. Immutable.
 *
 * @param cluster name of the cluster
 * @param contract Talos version contract of its machine configurations, kept on upgrades
 * @param defaultsEpoch number of the set of version-dependent defaults it was made with
 * @param proxmoxCluster name of the Proxmox cluster it lives in
 * @param nodes machines that were ever planned and not removed
 * @param lastNumbers highest number ever used, by pool: {@code cp}, {@code worker}, or the name of a further pool
 * @param bootstrapNode the control plane that bootstraps etcd, never changed; empty text once the cluster was removed
 * @param bootstrap how far the bootstrap has come
 */
public record ClusterRecord(
        String cluster,
        String contract,
        int defaultsEpoch,
        String proxmoxCluster,
        List<Node> nodes,
        Map<String, Integer> lastNumbers,
        String bootstrapNode,
        BootstrapState bootstrap) {
    /** Number of the set of version-dependent defaults that new clusters get. */
    public static final int CURRENT_DEFAULTS_EPOCH = 1;

    /** Copies the list. */
    public ClusterRecord {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(contract, "contract");
        Objects.requireNonNull(proxmoxCluster, "proxmoxCluster");
        Objects.requireNonNull(bootstrapNode, "bootstrapNode");
        Objects.requireNonNull(bootstrap, "bootstrap");
        nodes = List.copyOf(nodes);
        lastNumbers = Collections.unmodifiableMap(new TreeMap<>(lastNumbers));
    }

    /** The same record with another state of the bootstrap. */
    public ClusterRecord withBootstrap(BootstrapState state) {
        return new ClusterRecord(
                cluster, contract, defaultsEpoch, proxmoxCluster, nodes, lastNumbers, bootstrapNode, state);
    }

    /**
     * A machine of the cluster.
     *
     * @param name its name, never changed
     * @param pool {@code cp}, {@code worker}, or the name of a further pool
     * @param address its primary address without prefix; empty for DHCP
     */
    public record Node(String name, String pool, Optional<String> address) {}

    /** How far the one bootstrap of etcd has come. */
    public enum BootstrapState {
        /** Never asked for. */
        NONE,
        /** The call may have been made; its effect is not known yet. */
        BOOTSTRAPPING,
        /** etcd runs; never again. */
        BOOTSTRAPPED
    }
}
