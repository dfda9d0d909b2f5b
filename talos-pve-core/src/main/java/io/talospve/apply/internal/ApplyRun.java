package io.talospve.apply.internal;

import io.talospve.apply.Limits;
import io.talospve.apply.StepResult;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.StepState;
import io.talospve.plan.LivePlanner.Planned;
import io.talospve.spi.Services;
import io.talospve.spi.TimeSource;
import io.talospve.store.ClusterEntry;
import io.talospve.store.Journal;
import io.talospve.store.Journal.Type;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Carries one plan out, from the first line of its journal to the last. */
public final class ApplyRun {
    private final Services services;
    private final TimeSource time;
    private final Limits limits;
    private final Executor executor;
    private final Supplier<UUID> uuids;
    private final boolean requireAgentProof;

    /** A run with everything it needs. */
    public ApplyRun(
            Services services,
            TimeSource time,
            Limits limits,
            Executor executor,
            Supplier<UUID> uuids,
            boolean requireAgentProof) {
        this.services = services;
        this.time = time;
        this.limits = limits;
        this.executor = executor;
        this.uuids = uuids;
        this.requireAgentProof = requireAgentProof;
    }

    /**
     * What came of it.
     *
     * @param steps every step
     * @param cancelled why it was cancelled; empty if it was not
     * @param interrupted whether the calling thread was interrupted; its interrupt is cleared, for the caller to set again
     *     once nothing is written any more
     * @param duration how long it took
     */
    public record Result(
            List<StepResult> steps, Optional<String> cancelled, boolean interrupted, Duration duration) {}

    /**
     * Runs all steps of a plan. The caller holds the cluster's lock.
     *
     * @param planned what to do
     * @param entry the cluster's store
     * @param events is told what happens
     * @param stop asks to stop
     * @param deadline when nothing new starts any more
     */
    public Result run(
            Planned planned,
            ClusterEntry entry,
            Consumer<ExecutionEvent> events,
            StopSignal stop,
            Optional<Instant> deadline) {
        Instant start = time.now();
        String cluster = planned.plan().cluster().name();
        List<Journal.Entry> earlier = entry.journal().entries();
        ApplyJournal journal =
                new ApplyJournal(entry.journal(), time, ApplyName.after(earlier, start, uuids.get()), earlier);
        journal.write(Type.APPLY_STARTED, "", Map.of("kind", planned.plan().kind().name()));
        ApplyState state =
                new ApplyState(services, planned, entry, journal, uuids, requireAgentProof, executor);
        events.accept(new ExecutionEvent.Started(start, cluster, planned.plan().steps().size()));
        Scheduler scheduler = new Scheduler(
                planned.plan().steps(), state, time, new Slots(limits, planned), executor, events, stop, deadline);
        List<StepResult> steps = scheduler.run();
        Duration duration = Duration.between(start, time.now());
        boolean succeeded = steps.stream().allMatch(step -> step.state() == StepState.DONE);
        journal.write(Type.APPLY_ENDED, "", Map.of("succeeded", Boolean.toString(succeeded)));
        events.accept(new ExecutionEvent.Ended(time.now(), cluster, succeeded, duration));
        return new Result(steps, scheduler.cancelled(), scheduler.interrupted(), duration);
    }
}
