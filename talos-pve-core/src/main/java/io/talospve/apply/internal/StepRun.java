package io.talospve.apply.internal;

import io.talospve.apply.StepResult;
import io.talospve.error.TalosPveException;
import io.talospve.event.StepState;
import io.talospve.plan.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One step while its plan is applied. Only the scheduler's thread touches it, except where noted. */
final class StepRun {
    /** Where it stands. */
    enum Phase {
        /** Needs others first, or a free slot. */
        PENDING,
        /** A call of it runs. */
        RUNNING,
        /** Runs again at {@link StepRun#nextRun}. */
        WAITING,
        /** Over. */
        ENDED
    }

    final Step step;
    /** Its place in the plan. */
    final int number;
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
    /** Tasks of the hypervisor that failed; each was seen running before, which is no sign that it went better. */
    int failedTasks;
    /** Grows with every call that failed and is made again. */
    int attempt;
    @Nullable String lastError;
    /** Whether the call that runs has answered; set by the executor's thread. */
    volatile boolean answered;
    @Nullable StepState end;
    @Nullable String detail;
    @Nullable TalosPveException error;
    Duration duration = Duration.ZERO;

    /** Needs that are not done yet. */
    int openNeeds;

    /** When its last call was begun. */
    @Nullable Instant called;
    /** When the machine that it follows last told of a change while it waited: what comes next may come soon. */
    @Nullable Instant changed;
    /** Whether that was told while a call ran, which may not have seen it. */
    boolean changedMeanwhile;

    StepRun(Step step, int number, StepRunner runner, Function<StepRun, StepContext> context) {
        this.step = step;
        this.number = number;
        this.runner = runner;
        this.context = context.apply(this);
    }

    void end(StepState state, Instant now, @Nullable String newDetail, @Nullable TalosPveException newError) {
        phase = Phase.ENDED;
        end = state;
        detail = newDetail == null || newDetail.isEmpty() ? null : newDetail;
        error = newError;
        duration = started == null ? Duration.ZERO : Duration.between(started, now);
    }

    /** When it may run (again); for a step that is ready or waits. */
    Instant due() {
        return nextRun == null ? Instant.MAX : nextRun;
    }

    StepResult result() {
        return new StepResult(
                step.id(), step.title(), end == null ? StepState.CANCELLED : end, duration, detail, error);
    }
}
