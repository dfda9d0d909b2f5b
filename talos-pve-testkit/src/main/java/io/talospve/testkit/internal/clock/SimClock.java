package io.talospve.testkit.internal.clock;

import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** The datacenter's clock: everything in it that takes time is scheduled here. Thread-safe. */
public interface SimClock extends AutoCloseable {
    /** The datacenter's time. */
    Instant now();

    /**
     * Runs an action when a delay has passed; actions of one instant run in the order they were scheduled, one at a time.
     *
     * @param delay zero or more
     * @param action must not block and must not throw
     * @return cancels the action if it has not run yet
     */
    Cancellation after(Duration delay, Runnable action);

    /** Declares that a server handles a request: virtual time stands still until the hold is closed. */
    TimeSource.Hold request();

    /**
     * Declares that a message is sent to a client in the same process: virtual time stands still until the client has taken
     * it, or reads no more.
     *
     * @param feed the feed that the client named, see {@link TimeSource#feed()}; one that is not known does nothing
     */
    void sent(String feed);

    /** The time source for a client in the same process. */
    TimeSource timeSource();

    /** Whether time jumps. */
    boolean virtual();

    /** Ends the clock; scheduled actions no longer run. */
    @Override
    void close();

    /** Takes a scheduled action back. */
    @FunctionalInterface
    interface Cancellation {
        /** Takes the action back; does nothing once it has run. */
        void cancel();
    }
}
