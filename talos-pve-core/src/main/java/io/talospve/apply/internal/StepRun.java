package io.talospve.apply.internal;

import io.talospve.apply.StepResult;
import io.talospve.error.TalosPveException;
import io.talospve.event.StepState;
import io.talospve.plan.Step;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One step while its plan is applied. Only the scheduler's thread touches it, except where noted. */
final class StepRun {
    /** Where it stands. */
    enum Phase {
        /** Needs others first, or a free slot. */
        PENDING,
        /** A call of it runs. */
        RUNNING,
        /** Runs again at {@link #nextRun}. */
        WAITING,
        /** Over. */
        ENDED
    }

    final Step step;
    final StepRunner runner;
    final StepContext context;
    Phase phase = Phase.PENDING;
    @Nullable Instant started;
    @Nullable Instant nextRun;
    @Nullable String condition;
    @Nullable Instant conditionSince;
    String lastSeen = "";
    @Nullable Instant failingSince;
    /** Failed calls in a row. */
    int failures;
    /** Grows with every call that failed and is made again. */
    int attempt;
    @Nullable String lastError;
    /** Whether the call that runs has answered; set by the executor's thread. */
    volatile boolean answered;
    @Nullable StepState end;
    @Nullable String detail;
    @Nullable TalosPveException error;
    Duration duration = Duration.ZERO;

    StepRun(Step step, StepRunner runner, StepContext context) {
        this.step = step;
        this.runner = runner;
        this.context = context;
    }

    void end(StepState state, Instant now, @Nullable String newDetail, @Nullable TalosPveException newError) {
        phase = Phase.ENDED;
        end = state;
        detail = newDetail == null || newDetail.isEmpty() ? null : newDetail;
        error = newError;
        duration = started == null ? Duration.ZERO : Duration.between(started, now);
    }

    boolean done() {
        return end == StepState.DONE;
    }

    /** Whether it holds one of its host's slots: from its first call until its end. */
    boolean occupies(String host) {
        return started != null && phase != Phase.ENDED && step.work().host().filter(host::equals).isPresent();
    }

    StepResult result() {
        return new StepResult(
                step.id(), step.title(), end == null ? StepState.CANCELLED : end, duration, detail, error);
    }
}
