package io.talospve.apply;

import io.talospve.apply.internal.StopSignal;
import io.talospve.event.ExecutionEvent;
import io.talospve.plan.PlanningWatch;
import io.talospve.spi.TimeSource;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;

/** The planning with which an apply begins: stopped by whatever stops the apply, told to its listeners. */
final class FollowedPlanning implements PlanningWatch {
    private final ApplyOptions options;
    private final TimeSource time;
    private final Instant start;
    private final boolean interrupted;
    private final Consumer<ExecutionEvent> events;

    /**
     * A planning that begins now.
     *
     * @param interrupted whether the thread was interrupted before
     */
    FollowedPlanning(ApplyOptions options, TimeSource time, boolean interrupted, Consumer<ExecutionEvent> events) {
        this.options = options;
        this.time = time;
        this.start = time.now();
        this.interrupted = interrupted;
        this.events = events;
    }

    @Override
    public Optional<String> stopped() {
        if (interrupted || Thread.currentThread().isInterrupted()) {
            return Optional.of(StopSignal.INTERRUPTED);
        }
        return options.cancellation()
                .flatMap(cancellation -> cancellation.signal().reason())
                .or(() -> options.deadline()
                        .filter(limit -> !time.now().isBefore(start.plus(limit)))
                        .map(limit -> StopSignal.DEADLINE));
    }

    @Override
    public void retrying(Retry retry) {
        events.accept(new ExecutionEvent.PlanningRetry(
                retry.time(), retry.what(), retry.attempt(), retry.error(), retry.next()));
    }
}
