package io.talospve.testkit.internal.clock;

import io.talospve.spi.TimeSource;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The clock on the wall, for clients in other processes. */
public final class WallClock implements SimClock {
    private final ScheduledThreadPoolExecutor scheduler;

    /** A clock with one daemon thread for scheduled actions. */
    public WallClock() {
        scheduler = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "datacenter-clock");
            thread.setDaemon(true);
            return thread;
        });
        scheduler.setRemoveOnCancelPolicy(true);
        scheduler.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public Instant now() {
        return Clock.systemUTC().instant();
    }

    @Override
    public Cancellation after(Duration delay, Runnable action) {
        try {
            Future<?> scheduled = scheduler.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
            return () -> scheduled.cancel(false);
        } catch (RejectedExecutionException closed) {
            return () -> { };
        }
    }

    @Override
    public TimeSource.Hold request() {
        return () -> { };
    }

    @Override
    public void sent(String feed) {}

    @Override
    public TimeSource timeSource() {
        return TimeSource.system();
    }

    @Override
    public boolean virtual() {
        return false;
    }

    @Override
    public void close() {
        scheduler.shutdownNow();
    }
}
