package io.talospve.apply.internal;

import io.talospve.event.ExecutionEvent;
import io.talospve.event.ExecutionListener;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** Hands events to listeners, each on a thread of its own: one that throws or blocks harms neither the apply nor another. */
public final class EventDispatcher implements Consumer<ExecutionEvent>, AutoCloseable {
    /** How long the end of an execution waits for listeners to have taken what happened. */
    static final Duration DRAIN = Duration.ofSeconds(5);

    private static final Logger LOG = System.getLogger(EventDispatcher.class.getName());

    private final List<Lane> lanes;
    private final Duration drain;

    /** Hands events to these listeners, and at its end waits a little for them. */
    public static EventDispatcher to(List<ExecutionListener> listeners) {
        return new EventDispatcher(listeners, DRAIN);
    }

    EventDispatcher(List<ExecutionListener> listeners, Duration drain) {
        this.drain = drain;
        lanes = listeners.stream().map(Lane::new).toList();
        lanes.forEach(lane -> lane.thread.start());
    }

    @Override
    public void accept(ExecutionEvent event) {
        lanes.forEach(lane -> lane.queue.add(Optional.of(event)));
    }

    /** Waits a little until everything is delivered; a listener that is still blocked is interrupted and left. */
    @Override
    public void close() {
        lanes.forEach(lane -> lane.queue.add(Optional.empty()));
        boolean interrupted = Thread.interrupted();
        long end = System.nanoTime() + drain.toNanos();
        for (Lane lane : lanes) {
            try {
                lane.thread.join(Math.max(1, (end - System.nanoTime()) / 1_000_000));
            } catch (InterruptedException e) {
                interrupted = true;
            }
            if (lane.thread.isAlive()) {
                LOG.log(Level.WARNING, "listener " + lane.listener.getClass().getName()
                        + " has not taken all events within " + drain.toMillis() + " ms");
                lane.thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** One listener with its thread. */
    private static final class Lane {
        final BlockingQueue<Optional<ExecutionEvent>> queue = new LinkedBlockingQueue<>();
        final ExecutionListener listener;
        final Thread thread;
        private boolean failedBefore;

        Lane(ExecutionListener listener) {
            this.listener = listener;
            thread = new Thread(this::deliver, "talos-pve-events");
            thread.setDaemon(true);
        }

        private void deliver() {
            try {
                for (Optional<ExecutionEvent> event = queue.take(); event.isPresent(); event = queue.take()) {
                    deliver(event.get());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void deliver(ExecutionEvent event) {
            try {
                listener.on(event);
            } catch (RuntimeException | Error e) {
                // One that always fails would fill the log.
                Level level = failedBefore ? Level.DEBUG : Level.WARNING;
                failedBefore = true;
                LOG.log(level, "listener " + listener.getClass().getName() + " failed", e);
            }
        }
    }
}
