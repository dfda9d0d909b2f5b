package io.talospve.testkit.internal.kube.control;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the controllers of a cluster on the datacenter's clock, without a thread of their own: each a moment after something
 * that concerns it changed, many changes at once. They rest while no API server runs.
 */
final class ControlLoops {
    private final SimClock clock;
    private final ObjectStore store;
    private final BooleanSupplier running;
    private final Duration reaction;
    private final List<Loop> loops = new ArrayList<>();

    ControlLoops(SimClock clock, Latency latency, ObjectStore store, BooleanSupplier running) {
        this.clock = clock;
        this.store = store;
        this.running = running;
        this.reaction = latency.scaled(100);
        store.observe(change -> {
            for (Loop loop : loops) {
                if (loop.controller.concerns(change)) {
                    loop.soon();
                }
            }
        });
    }

    /** Adds a controller; what it is given runs it again after a while. */
    Loop add(Controller controller) {
        synchronized (store) {
            Loop loop = new Loop(controller);
            loops.add(loop);
            return loop;
        }
    }

    /** An API server is up again: everybody looks. */
    void wake() {
        synchronized (store) {
            loops.forEach(Loop::soon);
        }
    }

    /** One controller's turns. Guarded by the store. */
    final class Loop {
        private final Controller controller;
        private SimClock.@Nullable Cancellation pending;
        private Instant due = Instant.MAX;

        private Loop(Controller controller) {
            this.controller = controller;
        }

        void soon() {
            after(reaction);
        }

        /** Runs the controller no later than after a delay. */
        void after(Duration delay) {
            Instant wanted = clock.now().plus(delay);
            if (pending != null) {
                if (!wanted.isBefore(due)) {
                    return;
                }
                pending.cancel();
            }
            due = wanted;
            pending = clock.after(delay, this::run);
        }

        private void run() {
            synchronized (store) {
                pending = null;
                due = Instant.MAX;
                if (!running.getAsBoolean()) {
                    return;
                }
                try {
                    controller.reconcile();
                } catch (RuntimeException e) {
                    System.getLogger(ControlLoops.class.getName())
                            .log(System.Logger.Level.WARNING, "simulated " + controller.getClass().getSimpleName(), e);
                }
            }
        }
    }
}
