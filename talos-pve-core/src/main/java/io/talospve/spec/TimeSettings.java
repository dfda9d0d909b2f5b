package io.talospve.spec;

import java.util.List;
import org.immutables.value.Value;

/** Where machines get the time from: {@code cluster.time} of the YAML. Without it Talos asks its default server on the internet. Immutable. */
@Value.Immutable
@ValueStyle
public interface TimeSettings {
    /** NTP servers. */
    List<String> servers();

    /** Use the host's clock through KVM's PTP device. Default false. */
    @Value.Default
    default boolean hostClock() {
        return false;
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link TimeSettings}. Not thread-safe. */
    class Builder extends ImmutableTimeSettings.Builder {
        Builder() {}
    }
}
