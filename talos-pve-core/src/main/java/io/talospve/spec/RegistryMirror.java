package io.talospve.spec;

import java.util.List;
import org.immutables.value.Value;

/** Mirrors of one container registry: {@code cluster.registry_mirrors.<registry>} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface RegistryMirror {
    /** URLs to try in this order, each with a scheme. */
    List<String> endpoints();

    /** Use the endpoint's path as it is instead of adding {@code /v2}. Default false. */
    @Value.Default
    default boolean overridePath() {
        return false;
    }

    /** Do not fall back to the registry itself. Default false. */
    @Value.Default
    default boolean skipFallback() {
        return false;
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link RegistryMirror}. Not thread-safe. */
    class Builder extends ImmutableRegistryMirror.Builder {
        Builder() {}
    }
}
