package io.talospve.apply.internal;

import io.talospve.event.ExecutionEvent;
import io.talospve.event.ExecutionListener;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Hands events to listeners on a thread of its own: one that throws or blocks harms nothing. */
final class EventDispatcher implements Consumer<ExecutionEvent>, AutoCloseable {
    private static final Logger LOG = System.getLogger(EventDispatcher.class.getName());
    /** How long the end of an execution waits for listeners to have taken what happened. */
    private static final long DRAIN_SECONDS = 5;

    private final BlockingQueue<Optional<ExecutionEvent>> queue = new LinkedBlockingQueue<>();
    private final List<ExecutionListener> listeners;
    private final Thread thread;

    EventDispatcher(List<ExecutionListener> listeners) {
        this.listeners = List.copyOf(listeners);
        thread = new Thread(this::deliver, "talos-pve-events");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void accept(ExecutionEvent event) {
        queue.add(Optional.of(event));
    }

    private void deliver() {
        try {
            for (Optional<ExecutionEvent> event = queue.take(); event.isPresent(); event = queue.take()) {
                for (ExecutionListener listener : listeners) {
                    deliver(listener, event.get());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void deliver(ExecutionListener listener, ExecutionEvent event) {
        try {
            listener.on(event);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "listener " + listener.getClass().getName() + " failed", e);
        }
    }

    /** Waits a little until everything is delivered. */
    @Override
    public void close() {
        queue.add(Optional.empty());
        boolean interrupted = Thread.interrupted();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(DRAIN_SECONDS));
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
