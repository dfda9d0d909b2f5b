package io.talospve.spec;

import org.immutables.value.Value;

/** Name and password of a chart repository: an entry of {@code cluster.helm_credentials}. Immutable. */
@Value.Immutable
@ValueStyle
public interface ChartCredentials {
    /** User name. */
    String username();

    /** Password or token. */
    SecretValue password();

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link ChartCredentials}. Not thread-safe. */
    class Builder extends ImmutableChartCredentials.Builder {
        Builder() {}
    }
}
