package io.talospve.spec;

import java.util.List;
import java.util.Map;
import org.immutables.value.Value;

/**
 * Configuration of a system extension's service: an entry of {@code extension_services}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface ExtensionService {
    /** Environment, {@code NAME=value}. */
    List<String> environment();

    /** Content of configuration files by their path. */
    Map<String, String> configFiles();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link ExtensionService}. Not thread-safe. */
    class Builder extends ImmutableExtensionService.Builder {
        Builder() {}
    }
}
