package io.talospve.apply;

import io.talospve.apply.internal.StopSignal;

/**
 * Cancels an apply from another thread, for example from a shutdown hook: nothing new starts, what runs is let to its answer
 * and journalled, nothing is undone; the next plan and apply goes on from there. Thread-safe.
 */
public final class Cancellation {
    private final StopSignal signal = new StopSignal();

    /** Cancels every apply that was given this object, also one that begins later. Returns at once. */
    public void cancel() {
        signal.request("cancelled by the program");
    }

    /** Whether {@link #cancel()} was called. */
    public boolean requested() {
        return signal.reason().isPresent();
    }

    StopSignal signal() {
        return signal;
    }
}
