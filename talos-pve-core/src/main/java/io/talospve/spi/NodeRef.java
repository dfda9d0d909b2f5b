package io.talospve.spi;

import java.util.Objects;

/**
 * A machine of a cluster. Immutable.
 *
 * @param cluster name of the cluster
 * @param name name of the machine: of its virtual machine, its hostname and its Kubernetes node
 */
public record NodeRef(String cluster, String name) {
    /** Checks that nothing is missing. */
    public NodeRef {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(name, "name");
    }

    /** {@code prod-k8s/prod-k8s-cp-1}. */
    @Override
    public String toString() {
        return cluster + "/" + name;
    }
}
