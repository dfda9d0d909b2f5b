package io.talospve.spec;

import java.util.Objects;

/**
 * A machine of a cluster, with everything that its spec refers to. Immutable.
 *
 * @param defaultName its own name, else {@code <cluster>-cp-<n>} or {@code <cluster>-worker-<n>} with n from 1. A machine
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
    /** Checks that nothing is missing. */
    public ClusterNode {
        Objects.requireNonNull(defaultName, "defaultName");
        Objects.requireNonNull(role, "role");
        Objects.requireNonNull(spec, "spec");
        Objects.requireNonNull(size, "size");
        Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(specPath, "specPath");
    }
}
