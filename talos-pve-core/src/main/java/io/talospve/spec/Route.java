package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/**
 * A static route: an entry of {@code routes} of a network or VLAN. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface Route {
    /** Destination; empty for the default route of the gateway's family. */
    Optional<Cidr> network();

    /** Next hop. */
    String gateway();

    /** Metric, lower is preferred; empty for Talos' own, 1024. */
    Optional<Integer> metric();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link Route}. Not thread-safe. */
    class Builder extends ImmutableRoute.Builder {
        Builder() {}
    }
}
