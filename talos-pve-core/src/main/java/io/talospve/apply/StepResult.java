package io.talospve.apply;

import io.talospve.error.TalosPveException;
import io.talospve.event.StepState;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How one step ended.
 *
 * @param id the step's id
 * @param title what it does
 * @param state how it ended
 * @param duration how long it took; zero if it did not begin
 * @param detail what came of it; null if there is nothing to say
 * @param error why it failed; null if it did not
 */
public record StepResult(
        String id,
        String title,
        StepState state,
        Duration duration,
        @Nullable String detail,
        @Nullable TalosPveException error) {
    /** Checks that nothing mandatory is missing. */
    public StepResult {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(duration, "duration");
    }
}
