package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/**
 * Cilium as the cluster's CNI: {@code cluster.cilium} of the YAML. Its values are {@code helm_values_override.cilium}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface Cilium {
    /** Whether it is installed. Default true. */
    @Value.Default
    default boolean enabled() {
        return true;
    }

    /** Version of the Helm chart; empty for the library's choice for the Kubernetes version. */
    Optional<String> chartVersion();

    /** SHA-256 of the chart's archive in lower-case hexadecimal; empty to take what the repository gives. */
    Optional<String> chartSha256();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Cilium}. Not thread-safe. */
    class Builder extends ImmutableCilium.Builder {
        Builder() {}
    }
}
