package io.talospve.apply;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * How long an apply may go on, and who may stop it. Immutable.
 *
 * @param deadline after this time nothing new starts; what runs is let to its answer (30 s at most)
 * @param cancellation stops it from another thread
 * @param by who applies, for the history and for whoever finds the cluster locked; empty for the user of the process
 */
public record ApplyOptions(Optional<Duration> deadline, Optional<Cancellation> cancellation, Optional<String> by) {
    /** Checks the values. */
    public ApplyOptions {
        Objects.requireNonNull(cancellation, "cancellation");
        Objects.requireNonNull(by, "by");
        if (deadline.filter(Duration::isNegative).isPresent()) {
            throw new IllegalArgumentException("the deadline is negative");
        }
    }

    /** Goes on to the end. */
    public static ApplyOptions standard() {
        return new ApplyOptions(Optional.empty(), Optional.empty(), Optional.empty());
    }

    /** The same with a deadline, counted from the start of the apply. */
    public ApplyOptions withDeadline(Duration value) {
        return new ApplyOptions(Optional.of(value), cancellation, by);
    }

    /** The same with somebody who may stop it. */
    public ApplyOptions withCancellation(Cancellation value) {
        return new ApplyOptions(deadline, Optional.of(value), by);
    }

    /** The same, applied by somebody: a person, a pipeline's run. */
    public ApplyOptions withBy(String who) {
        return new ApplyOptions(deadline, cancellation, Optional.of(who));
    }
}
