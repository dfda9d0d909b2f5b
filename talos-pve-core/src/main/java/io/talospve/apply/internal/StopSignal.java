package io.talospve.apply.internal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells running executions that nothing new shall start. Once given it stays. Thread-safe. */
public final class StopSignal {
    /** The reason if the thread that applies was interrupted. */
    public static final String INTERRUPTED = "interrupted";

    /** The reason if there is no time left. */
    public static final String DEADLINE = "its deadline has come";

    /** What a step says that was stopped before its first call. */
    public static final String NOT_BEGUN = "not begun";

    private final List<Runnable> wakers = new ArrayList<>();
    private @Nullable String reason;

    /** Asks to stop; the first reason counts. */
    public void request(String why) {
        List<Runnable> wake;
        synchronized (this) {
            if (reason == null) {
                reason = why;
            }
            wake = List.copyOf(wakers);
        }
        wake.forEach(Runnable::run);
    }

    /** Why to stop; empty if nobody asked. */
    public synchronized Optional<String> reason() {
        return Optional.ofNullable(reason);
    }

    synchronized void add(Runnable waker) {
        wakers.add(waker);
    }

    synchronized void remove(Runnable waker) {
        wakers.remove(waker);
    }
}
