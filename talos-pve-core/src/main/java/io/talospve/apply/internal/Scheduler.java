package io.talospve.apply.internal;

import io.talospve.apply.Limits;
import io.talospve.apply.StepResult;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.error.TalosPveException;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.StepState;
import io.talospve.plan.Step;
import io.talospve.spi.TimeSource;
import io.talospve.store.Journal.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
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

    private final Map<String, StepRun> runs = new LinkedHashMap<>();
    private final ApplyJournal journal;
    private final TimeSource time;
    private final Limits limits;
    private final Executor executor;
    private final Consumer<ExecutionEvent> events;
    private final Queue<Runnable> answers = new ConcurrentLinkedQueue<>();
    private boolean cancelled;

    Scheduler(
            List<Step> steps,
            ApplyState state,
            TimeSource time,
            Limits limits,
            Executor executor,
            Consumer<ExecutionEvent> events) {
        this.journal = state.journal();
        this.time = time;
        this.limits = limits;
        this.executor = executor;
        this.events = events;
        for (Step step : steps) {
            runs.put(step.id(), new StepRun(step, StepRunners.of(step.work()), new StepContext(step, state)));
        }
    }

    /** Runs to the end; an interrupt of the calling thread cancels. */
    List<StepResult> run() {
        try (TimeSource.Waiter waiter = time.waiter()) {
            while (runs.values().stream().anyMatch(run -> run.phase != StepRun.Phase.ENDED)) {
                if (cancelled) {
                    cancelIdle();
                } else {
                    startReady(waiter);
                }
                if (runs.values().stream().allMatch(run -> run.phase == StepRun.Phase.ENDED)) {
                    break;
                }
                await(waiter);
                for (Runnable answer = answers.poll(); answer != null; answer = answers.poll()) {
                    answer.run();
                }
            }
        }
        if (cancelled) {
            Thread.currentThread().interrupt();
        }
        return runs.values().stream().map(StepRun::result).toList();
    }

    boolean cancelled() {
        return cancelled;
    }

    private void await(TimeSource.Waiter waiter) {
        Instant next = runs.values().stream()
                .filter(run -> run.phase == StepRun.Phase.WAITING && run.nextRun != null)
                .map(run -> run.nextRun)
                .min(Instant::compareTo)
                .orElse(time.now().plus(Duration.ofHours(1)));
        try {
            waiter.await(next);
        } catch (InterruptedException e) {
            cancelled = true;
        }
    }

    private void startReady(TimeSource.Waiter waiter) {
        Instant now = time.now();
        long calls = runs.values().stream()
                .filter(run -> run.phase == StepRun.Phase.RUNNING)
                .count();
        for (StepRun run : runs.values()) {
            if (calls >= limits.calls()) {
                return;
            }
            boolean due = run.phase == StepRun.Phase.WAITING && run.nextRun != null && !run.nextRun.isAfter(now);
            boolean ready = run.phase == StepRun.Phase.PENDING && needsDone(run) && hostHasRoom(run);
            if (due || ready) {
                start(run, waiter, now);
                calls++;
            }
        }
    }

    private boolean needsDone(StepRun run) {
        return run.step.needs().stream().allMatch(need -> runs.get(need).done());
    }

    private boolean hostHasRoom(StepRun run) {
        return run.step.work()
                .host()
                .map(host -> runs.values().stream().filter(other -> other.occupies(host)).count() < limits.stepsPerHost())
                .orElse(true);
    }

    private void start(StepRun run, TimeSource.Waiter waiter, Instant now) {
        if (run.started == null) {
            run.started = now;
            journal.write(Type.STEP_STARTED, run.step.id(), Map.of());
            events.accept(new ExecutionEvent.StepStarted(now, run.step.id(), run.step.title()));
        }
        run.phase = StepRun.Phase.RUNNING;
        TimeSource.Hold hold = time.hold();
        Runnable call = () -> {
            Runnable answer;
            try {
                StepProgress progress = run.runner.run(run.context);
                answer = () -> progressed(run, progress);
            } catch (TalosPveException e) {
                answer = () -> failed(run, e);
            } catch (RuntimeException e) {
                answer = () -> failed(run, unexpected(run, e));
            }
            answers.add(answer);
            waiter.wake();
            hold.close();
        };
        try {
            executor.execute(call);
        } catch (RejectedExecutionException e) {
            answers.add(() -> failed(run, unexpected(run, e)));
            waiter.wake();
            hold.close();
        }
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
                new ExecutionEvent.StepWaiting(now, run.step.id(), wait.condition(), wait.lastSeen(), waited));
        if (waited.compareTo(wait.timeout()) >= 0) {
            failed(
                    run,
                    new TalosPveException(
                            ErrorCode.TIMED_OUT,
                            run.step.title() + ": after " + waited.toSeconds() + " s it was still not true that "
                                    + wait.condition() + "; last seen: " + wait.lastSeen(),
                            false,
                            "Plan and apply again once the cause is removed: what is done stays done.",
                            null,
                            null));
            return;
        }
        again(run, now.plus(Backoff.poll(waited)));
    }

    private void failed(StepRun run, TalosPveException error) {
        Instant now = time.now();
        run.failures++;
        if (run.failingSince == null) {
            run.failingSince = now;
        }
        boolean mayRetry = error.retryable()
                && !cancelled
                && Duration.between(run.failingSince, now).compareTo(RETRY) < 0
                && (error.code() != ErrorCode.TASK_FAILED || run.failures < TASK_ATTEMPTS);
        if (mayRetry) {
            Instant next = now.plus(Backoff.retry(run.failures));
            events.accept(new ExecutionEvent.StepRetrying(
                    now, run.step.id(), run.failures, String.valueOf(error.getMessage()), next));
            again(run, next);
            return;
        }
        journal.write(
                Type.STEP_FAILED,
                run.step.id(),
                Map.of("code", error.code().name(), "error", String.valueOf(error.getMessage())));
        end(run, StepState.FAILED, String.valueOf(error.getMessage()), error);
        skipDependents(run);
    }

    private void again(StepRun run, Instant when) {
        run.phase = StepRun.Phase.WAITING;
        run.nextRun = when;
    }

    private void skipDependents(StepRun failed) {
        for (StepRun run : runs.values()) {
            if (run.phase == StepRun.Phase.PENDING && run.step.needs().contains(failed.step.id())) {
                end(run, StepState.SKIPPED, "needs " + failed.step.id(), null);
                skipDependents(run);
            }
        }
    }

    /** Ends what does not run at this moment; what runs is let to its answer, so that it is journalled. */
    private void cancelIdle() {
        for (StepRun run : new ArrayList<>(runs.values())) {
            if (run.phase == StepRun.Phase.PENDING || run.phase == StepRun.Phase.WAITING) {
                end(run, StepState.CANCELLED, run.condition == null ? null : "was waiting for " + run.condition, null);
            }
        }
    }

    private void end(
            StepRun run,
            StepState state,
            @Nullable String detail,
            @Nullable TalosPveException error) {
        Instant now = time.now();
        run.end(state, now, detail, error);
        events.accept(new ExecutionEvent.StepEnded(
                now, run.step.id(), run.step.title(), state, run.duration, run.detail));
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
