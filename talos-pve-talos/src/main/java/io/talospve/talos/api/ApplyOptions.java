package io.talospve.talos.api;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to apply a machine configuration.
 *
 * @param mode when it takes effect
 * @param dryRun whether only to tell what would happen
 * @param tryTimeout when {@link ApplyMode#TRY} takes it back; null for Talos' default of a minute
 */
public record ApplyOptions(ApplyMode mode, boolean dryRun, @Nullable Duration tryTimeout) {
    /** Checks that nothing mandatory is missing. */
    public ApplyOptions {
        Objects.requireNonNull(mode, "mode");
    }

    /**
     * Applies in a mode.
     *
     * @param mode when it takes effect
     * @return the options
     */
    public static ApplyOptions in(ApplyMode mode) {
        return new ApplyOptions(mode, false, null);
    }

    /**
     * Only tells what applying in this mode would do.
     *
     * @return the options
     */
    public ApplyOptions asDryRun() {
        return new ApplyOptions(mode, true, tryTimeout);
    }
}
