package io.talospve.event;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Something that happened while a plan was applied. Holds no secret. Immutable. */
public sealed interface ExecutionEvent {
    /** When it happened. */
    Instant time();

    /**
     * The world is observed again before an apply begins; something could not be read and will be asked again.
     *
     * @param time when
     * @param what what is read
     * @param attempt number of the attempt that failed, from 1
     * @param error what went wrong
     * @param next when it is asked again
     */
    record PlanningRetry(Instant time, String what, int attempt, String error, Instant next) implements ExecutionEvent {}

    /**
     * An apply begins.
     *
     * @param time when
     * @param cluster the cluster's name
     * @param steps how many steps the plan has
     */
    record Started(Instant time, String cluster, int steps) implements ExecutionEvent {}

    /**
     * A step begins.
     *
     * @param time when
     * @param step its id
     * @param title what it does
     */
    record StepStarted(Instant time, String step, String title) implements ExecutionEvent {}

    /**
     * A step waits for something.
     *
     * @param time when
     * @param step its id
     * @param attempt number of the attempt that waits, from 1
     * @param condition what it waits for
     * @param lastSeen what was seen last
     * @param waited for how long it has been waiting for this
     */
    record StepWaiting(
            Instant time, String step, int attempt, String condition, String lastSeen, Duration waited)
            implements ExecutionEvent {}

    /**
     * A step failed and will be tried again.
     *
     * @param time when
     * @param step its id
     * @param attempt number of the attempt that failed, from 1
     * @param error what went wrong
     * @param next when it is tried again
     */
    record StepRetrying(Instant time, String step, int attempt, String error, Instant next)
            implements ExecutionEvent {}

    /**
     * A step ended.
     *
     * @param time when
     * @param step its id
     * @param title what it did
     * @param state how it ended
     * @param attempt number of the attempt that was the last, from 1; 0 if the step did not begin
     * @param duration how long it took
     * @param detail what came of it, or what went wrong; null if there is nothing to say
     */
    record StepEnded(
            Instant time,
            String step,
            String title,
            StepState state,
            int attempt,
            Duration duration,
            @Nullable String detail)
            implements ExecutionEvent {
        /** Checks that nothing mandatory is missing. */
        public StepEnded {
            Objects.requireNonNull(state, "state");
        }
    }

    /**
     * The apply ended.
     *
     * @param time when
     * @param cluster the cluster's name
     * @param succeeded whether every step is done
     * @param duration how long it took
     */
    record Ended(Instant time, String cluster, boolean succeeded, Duration duration) implements ExecutionEvent {}
}
