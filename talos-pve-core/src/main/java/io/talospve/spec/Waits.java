package io.talospve.spec;

import org.immutables.value.Value;

/**
 * What an apply waits for after the cluster has been bootstrapped, besides its health: {@code cluster.wait} of the YAML. All
 * default to true. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface Waits {
    /** Every node is Ready, CoreDNS runs and pods can be scheduled. */
    @Value.Default
    default boolean nodesReady() {
        return true;
    }

    /** The installed CNI runs on every node. */
    @Value.Default
    default boolean cni() {
        return true;
    }

    /** The GitOps engine runs. */
    @Value.Default
    default boolean gitops() {
        return true;
    }

    /** The GitOps engine has synchronized for the first time. */
    @Value.Default
    default boolean gitopsSync() {
        return true;
    }

    /** How long each of them may take, in minutes. Default 15. */
    @Value.Default
    default int minutes() {
        return 15;
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Waits}. Not thread-safe. */
    class Builder extends ImmutableWaits.Builder {
        Builder() {}
    }
}
