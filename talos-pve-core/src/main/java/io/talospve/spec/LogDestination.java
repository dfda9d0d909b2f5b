package io.talospve.spec;

import java.util.Map;
import org.immutables.value.Value;

/**
 * Where machines send their logs: an entry of {@code log_destinations}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface LogDestination {
    /** {@code tcp://host:port} or {@code udp://host:port}. */
    String endpoint();

    /** Send the logs of services. Default true. */
    @Value.Default
    default boolean services() {
        return true;
    }

    /** Send the kernel's log. Default false. */
    @Value.Default
    default boolean kernel() {
        return false;
    }

    /** Fields added to each message of a service. */
    Map<String, String> extraTags();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link LogDestination}. Not thread-safe. */
    class Builder extends ImmutableLogDestination.Builder {
        Builder() {}
    }
}
