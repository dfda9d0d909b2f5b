package io.talospve.spec;

import java.util.List;
import org.immutables.value.Value;

/**
 * A kernel module to load: an entry of {@code kernel_modules}. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface KernelModule {
    /** Its name. */
    String name();

    /** Its parameters, {@code name=value}. */
    List<String> parameters();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link KernelModule}. Not thread-safe. */
    class Builder extends ImmutableKernelModule.Builder {
        Builder() {}
    }
}
