package io.talospve.spec;

import java.util.Objects;
import java.util.Optional;

/**
 * A machine of a cluster, with everything that its spec refers to. Immutable.
 *
 * @param defaultName its own name, else {@code <cluster>-cp-<n>}, {@code <cluster>-worker-<n>} or {@code <cluster>-<pool>-<n>} with n from 1. A machine
 *     that exists keeps the name it was made with, whatever its place in the spec is now
 * @param role what it is
 * @param index number within its pool, from 0
 * @param spec what the user said about it
 * @param size its hardware
 * @param pool the pool it stands in, with the hosts it may be created on
 * @param specPath its place in the YAML, for example {@code control_plane_nodes.nodes[0]}
 */
public record ClusterNode(
        String defaultName, NodeRole role, int index, NodeSpec spec, NodeSize size, NodePool pool, String specPath) {
    private static final String POOLS = "worker_pools.";

    /** Checks that nothing is missing. */
    public ClusterNode {
        Objects.requireNonNull(defaultName, "defaultName");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(size, "size");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(specPath, "specPath");
    }

    /**
     * The further pool it stands in.
     *
     * @return a key of {@link TalosCluster#workerPools()}; empty for control planes and for {@code worker_nodes}
     */
    public Optional<String> poolName() {
        return specPath.startsWith(POOLS)
                ? Optional.of(specPath.substring(POOLS.length(), specPath.lastIndexOf(".nodes[")))
                : Optional.empty();
    }

    /**
     * The part of its name between cluster and number.
     *
     * @return the name of its pool, else {@code cp} or {@code worker}
     */
    public String nameInfix() {
        return poolName().orElse(role.nameInfix());
    }
}
