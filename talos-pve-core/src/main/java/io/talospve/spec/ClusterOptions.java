package io.talospve.spec;

import org.immutables.value.Value;

/** Switches of the cluster: {@code cluster.options} of the YAML. All default to false. Immutable. */
@Value.Immutable
@ValueStyle
public interface ClusterOptions {
    /** Render no default CNI (Flannel); the cluster gets one by other means. */
    @Value.Default
    default boolean disableDefaultCni() {
        return false;
    }

    /** Run no kube-proxy. */
    @Value.Default
    default boolean disableKubeProxy() {
        return false;
    }

    /** Keep ordinary workloads off the control planes. */
    @Value.Default
    default boolean disableSchedulingOnControlPlane() {
        return false;
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link ClusterOptions}. Not thread-safe. */
    class Builder extends ImmutableClusterOptions.Builder {
        Builder() {}
    }
}
