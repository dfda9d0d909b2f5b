package io.talospve.apply.internal;

import io.talospve.apply.StepResult;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.error.TalosPveException;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.StepState;
import io.talospve.plan.Action;
import io.talospve.plan.Step;
import io.talospve.spi.TimeSource;
import io.talospve.store.Journal.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the steps of a plan: those whose needs are done, in parallel within the limits, again and again until each is done,
 * has failed, or its time is up. One thread decides; calls run on the executor and never wait.
 */
final class Scheduler {
    /** How long one call after another may fail before the step has. */
    private static final Duration RETRY = Duration.ofMinutes(5);
    /** A failed task was tried by Proxmox itself: a few more attempts tell whether it was bad luck. */
    private static final int TASK_ATTEMPTS = 3;
    /** No call takes longer. */
    private static final Duration CALL = Duration.ofMinutes(1);

    private final StepQueue steps;
    private final Slots slots;
    private final ApplyJournal journal;
    private final TimeSource time;
    private final Executor executor;
    private final Consumer<ExecutionEvent> events;
    private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private final StopSignal stop;
    private final Optional<Instant> deadline;
    private Optional<String> cancelled = Optional.empty();
    private Instant looked = Instant.MIN;
    /** Of the thread that decides. */
    private volatile TimeSource.@Nullable Waiter waiter;
    private boolean interrupted;

    Scheduler(
            List<Step> steps,
            ApplyState state,
            TimeSource time,
            Slots slots,
            Executor executor,
            Consumer<ExecutionEvent> events,
            StopSignal stop,
            Optional<Instant> deadline) {
        this.stop = stop;
        this.deadline = deadline;
        this.journal = state.journal();
        this.time = time;
        this.slots = slots;
        this.executor = executor;
        this.events = events;
        List<StepRun> runs = new ArrayList<>();
        for (Step step : steps) {
            runs.add(new StepRun(
                    step,
                    runs.size(),
                    StepRunners.of(step.work()),
                    run -> new StepContext(step, state, time, () -> later(() -> changed(run)))));
        }
        this.steps = new StepQueue(runs, time.now());
    }

    /**
     * Runs to the end. An interrupt of the calling thread cancels and is cleared, so that the end can still be written: see
     * {@link #interrupted()}.
     */
    List<StepResult> run() {
        try (TimeSource.Waiter own = time.waiter()) {
            waiter = own;
            Runnable wake = own::wake;
            stop.add(wake);
            try {
                runSteps();
            } catch (RuntimeException | Error e) {
                // The store failed, or the library: the lock is kept until no call of ours runs any more.
                letRunningAnswer();
                throw e;
            } finally {
                waiter = null;
                stop.remove(wake);
                steps.all().forEach(run -> run.context.followed().close());
            }
        }
        return steps.all().stream().map(StepRun::result).toList();
    }

    /** Why the run was cancelled; empty if it was not. */
    Optional<String> cancelled() {
        return cancelled;
    }

    /** Whether the calling thread was interrupted meanwhile. */
    boolean interrupted() {
        return interrupted;
    }

    private void runSteps() {
        while (!steps.ended()) {
            checkCancelled();
            if (cancelled.isPresent()) {
                cancelIdle();
            } else {
                startReady();
            }
            if (steps.ended()) {
                return;
            }
            await();
            for (Runnable answer = answers.poll(); answer != null; answer = answers.poll()) {
                answer.run();
            }
        }
    }

    private void checkCancelled() {
        interrupted |= Thread.interrupted();
        if (cancelled.isPresent()) {
            return;
        }
        if (interrupted) {
            cancelled = Optional.of(StopSignal.INTERRUPTED);
        } else if (stop.reason().isPresent()) {
            cancelled = stop.reason();
        } else if (deadline.filter(end -> !time.now().isBefore(end)).isPresent()) {
            cancelled = Optional.of(StopSignal.DEADLINE);
        }
    }

    private void letRunningAnswer() {
        Instant patience = time.now().plus(CALL);
        while (anyCallRuns() && time.now().isBefore(patience)) {
            await(patience);
        }
    }

    private boolean anyCallRuns() {
        return steps.all().stream().anyMatch(run -> run.phase == StepRun.Phase.RUNNING && !run.answered);
    }

    private void await() {
        // Seen from the same instant as the look for due steps, so that none falls between.
        Instant next = steps.nextAfter(looked).orElseGet(() -> time.now().plus(Duration.ofHours(1)));
        await(deadline.filter(end -> cancelled.isEmpty() && end.isBefore(next)).orElse(next));
    }

    private void await(Instant until) {
        try {
            Objects.requireNonNull(waiter).await(until);
        } catch (InterruptedException e) {
            interrupted = true;
        }
    }

    private void startReady() {
        looked = time.now();
        for (StepRun run : steps.due(looked)) {
            if (!slots.callsLeft()) {
                return;
            }
            if (slots.roomForCall(run.step) && (run.started != null || slots.roomForStep(run.step))) {
                start(run, looked);
            }
        }
    }

    private void start(StepRun run, Instant now) {
        if (run.started == null) {
            run.started = now;
            run.attempt = 1;
            slots.takeStep(run.step);
            journal.write(Type.STEP_STARTED, run.step.id(), Map.of());
            events.accept(new ExecutionEvent.StepStarted(now, run.step.id(), run.step.title()));
        }
        call(run, () -> {
            try {
                StepProgress progress = run.runner.run(run.context);
                return () -> progressed(run, progress);
            } catch (TalosPveException e) {
                return () -> failed(run, e);
            } catch (RuntimeException e) {
                return () -> failed(run, unexpected(run, e));
            }
        });
    }

    /** Lets the executor make a call of a step; what it answers is run by the scheduler's thread. */
    private void call(StepRun run, Supplier<Runnable> call) {
        steps.running(run);
        run.called = time.now();
        run.changedMeanwhile = false;
        slots.takeCall(run.step);
        run.answered = false;
        TimeSource.Hold hold = time.hold();
        Runnable task = () -> {
            Runnable answer;
            try {
                answer = call.get();
            } catch (Error e) {
                // Without an answer the scheduler would wait for ever.
                answer = () -> {
                    throw e;
                };
            }
            answered(run, answer, hold);
        };
        try {
            executor.execute(task);
        } catch (RejectedExecutionException e) {
            answered(run, () -> fail(run, unexpected(run, e), null), hold);
        }
    }

    private void answered(StepRun run, Runnable answer, TimeSource.Hold hold) {
        run.answered = true;
        later(() -> {
            slots.freeCall(run.step);
            answer.run();
        });
        hold.close();
    }

    /** Lets the scheduler's thread do something, from any thread; nothing happens any more once it has ended. */
    private void later(Runnable action) {
        answers.add(action);
        TimeSource.Waiter waiting = waiter;
        if (waiting != null) {
            waiting.wake();
        }
    }

    /** The machine that a step follows has changed: look at once, but not without a pause. */
    private void changed(StepRun run) {
        Instant now = time.now();
        if (run.phase == StepRun.Phase.RUNNING) {
            run.changedMeanwhile = true;
        } else if (run.phase == StepRun.Phase.WAITING && run.failures == 0) {
            run.changed = now;
            again(run, now);
        }
    }

    private void again(StepRun run, Instant wanted) {
        Instant earliest = run.called == null ? wanted : run.called.plus(Backoff.MIN_POLL);
        steps.again(run, wanted.isBefore(earliest) ? earliest : wanted);
    }

    private void progressed(StepRun run, StepProgress progress) {
        Instant now = time.now();
        run.failures = 0;
        run.failingSince = null;
        if (progress instanceof StepProgress.Done done) {
            journal.write(Type.STEP_DONE, run.step.id(), done.data());
            end(run, StepState.DONE, done.detail(), null);
            return;
        }
        StepProgress.Wait wait = (StepProgress.Wait) progress;
        if (!wait.condition().equals(run.condition)) {
            run.condition = wait.condition();
            run.conditionSince = now;
        }
        run.lastSeen = wait.lastSeen();
        Duration waited = Duration.between(run.conditionSince, now);
        events.accept(
                new ExecutionEvent.StepWaiting(now, run.step.id(), run.attempt, wait.condition(), wait.lastSeen(), waited));
        if (waited.compareTo(wait.timeout()) >= 0) {
            failed(
                    run,
                    new TalosPveException(
                            ErrorCode.TIMED_OUT,
                            run.step.title() + ": after " + waited.toSeconds() + " s it was still not true that "
                                    + wait.condition() + "; last seen: " + wait.lastSeen()
                                    + (run.lastError == null ? "" : "; the last error was: " + run.lastError),
                            false,
                            "Plan and apply again once the cause is removed: what is done stays done.",
                            null,
                            null));
            return;
        }
        Duration left = wait.timeout().minus(waited);
        Duration pause = pause(run, wait, waited, now);
        again(run, now.plus(pause.compareTo(left) < 0 ? pause : left));
    }

    private static Duration pause(StepRun run, StepProgress.Wait wait, Duration waited, Instant now) {
        if (run.changedMeanwhile) {
            return Duration.ZERO;
        }
        if (wait.told() && run.context.followed().live()) {
            return Backoff.WATCHED;
        }
        Duration unchanged = run.changed == null ? waited : Duration.between(run.changed, now);
        return Backoff.poll(unchanged.compareTo(waited) < 0 ? unchanged : waited);
    }

    private void failed(StepRun run, TalosPveException error) {
        Instant now = time.now();
        run.failures++;
        if (error.code() == ErrorCode.TASK_FAILED) {
            run.failedTasks++;
        }
        if (run.failingSince == null) {
            run.failingSince = now;
        }
        boolean mayRetry = error.retryable()
                && Duration.between(run.failingSince, now).compareTo(RETRY) < 0
                && (error.code() != ErrorCode.TASK_FAILED || run.failedTasks < TASK_ATTEMPTS);
        if (mayRetry) {
            Duration pause = run.step.action() == Action.AWAIT
                    ? Backoff.lookAgain(Duration.between(run.failingSince, now))
                    : Backoff.retry(Math.max(run.failures, run.failedTasks));
            Instant next = now.plus(pause);
            run.lastError = String.valueOf(error.getMessage());
            events.accept(new ExecutionEvent.StepRetrying(now, run.step.id(), run.attempt, run.lastError, next));
            run.attempt++;
            steps.again(run, next);
            return;
        }
        Optional<MachineLog> log = cancelled.isPresent() ? Optional.empty() : MachineLog.of(run.context);
        if (log.isEmpty()) {
            fail(run, error, null);
            return;
        }
        call(run, () -> {
            String tail = log.get().tail();
            return () -> fail(run, error, tail.isEmpty() ? null : tail);
        });
    }

    private void fail(StepRun run, TalosPveException error, @Nullable String log) {
        String message = String.valueOf(error.getMessage());
        journal.write(Type.STEP_FAILED, run.step.id(), Map.of("code", error.code().name(), "error", message));
        end(run, StepState.FAILED, log == null ? message : message + "\n" + log, error);
        skipDependents(run);
    }

    private void skipDependents(StepRun failed) {
        for (StepRun run : steps.dependents(failed.step)) {
            if (run.phase == StepRun.Phase.PENDING) {
                end(run, StepState.SKIPPED, "needs " + failed.step.id(), null);
                skipDependents(run);
            }
        }
    }

    /** Ends what does not run at this moment; what runs is let to its answer, so that it is journalled. */
    private void cancelIdle() {
        for (StepRun run : steps.all()) {
            if (run.phase == StepRun.Phase.PENDING || run.phase == StepRun.Phase.WAITING) {
                end(run, StepState.CANCELLED, interruptedAt(run), null);
            }
        }
    }

    /** How far a cancelled step had come. */
    private static @Nullable String interruptedAt(StepRun run) {
        if (run.lastError != null && run.failures > 0) {
            return "was to be tried again after: " + run.lastError;
        }
        if (run.condition != null) {
            return "was waiting until " + run.condition + (run.lastSeen.isEmpty() ? "" : " (" + run.lastSeen + ")");
        }
        return run.started == null ? StopSignal.NOT_BEGUN : null;
    }

    private void end(
            StepRun run,
            StepState state,
            @Nullable String detail,
            @Nullable TalosPveException error) {
        Instant now = time.now();
        if (run.started != null) {
            slots.freeStep(run.step);
        }
        run.context.followed().close();
        run.end(state, now, detail, error);
        steps.ended(run, now);
        events.accept(new ExecutionEvent.StepEnded(
                now, run.step.id(), run.step.title(), state, run.attempt, run.duration, run.detail));
    }

    private static TalosPveException unexpected(StepRun run, RuntimeException e) {
        return new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                run.step.title() + ": " + e,
                false,
                "This is an error of the library: please report it with the stack trace of the cause.",
                null,
                e);
    }
}
