package io.talospve.spi;

import java.time.Instant;

/**
 * Where time comes from and the only way to wait. The library never sleeps: the one scheduler of an execution waits
 * through a {@link Waiter}, everything else returns.
 *
 * <p>{@link #system()} is wall time. The test kit has a virtual one, in which time jumps as soon as nothing runs: that is
 * why running work is declared by {@link #hold()}.
 *
 * <p>Implementations are thread-safe.
 */
public interface TimeSource {
    /**
     * The current instant.
     *
     * @return now
     */
    Instant now();

    /**
     * A waiter for the calling thread. The thread counts as running until it is in {@link Waiter#await}, and again after
     * it; close the waiter when the thread is done.
     *
     * @return a new waiter
     */
    Waiter waiter();

    /**
     * Declares that a piece of work runs, from now until the hold is closed. Virtual time stands still meanwhile; wall
     * time ignores it. Take it before the work is handed to another thread, so that no gap is left.
     *
     * @return the hold, to be closed exactly once, by any thread
     */
    Hold hold();

    /**
     * Announces a stream of messages that this process reads. Virtual time stands still while a message of it is on its way
     * from a server in the same process: such a server knows the stream by {@link Feed#id()}. Wall time ignores it.
     *
     * @return the feed, to be closed when the stream has ended
     */
    default Feed feed() {
        return Feed.IGNORED;
    }

    /**
     * Wall time of the system clock in UTC.
     *
     * @return the shared instance
     */
    static TimeSource system() {
        return SystemTimeSource.INSTANCE;
    }

    /** Lets one thread wait until it is woken or a deadline has come. */
    interface Waiter extends AutoCloseable {
        /**
         * Waits until {@link #wake()} was called (also if that was before this call and after the last return) or until
         * the deadline.
         *
         * @param deadline when to return at the latest; an instant that has passed returns at once
         * @return true if woken, false if the deadline came
         * @throws InterruptedException if the thread is interrupted while it waits
         */
        boolean await(Instant deadline) throws InterruptedException;

        /** Wakes the waiting thread, or makes its next {@link #await} return at once. Callable from any thread. */
        void wake();

        /** Ends the waiter; the owning thread no longer counts as running. */
        @Override
        void close();
    }

    /** A piece of running work; see {@link TimeSource#hold()}. */
    interface Hold extends AutoCloseable {
        /** Ends the work. A second call does nothing. */
        @Override
        void close();
    }

    /** A stream of messages that are read; see {@link TimeSource#feed()}. Thread-safe. */
    interface Feed extends AutoCloseable {
        /** The feed of a time source that takes no notice of streams. */
        Feed IGNORED = new Feed() {
            @Override
            public String id() {
                return "";
            }

            @Override
            public void taken() {}

            @Override
            public void close() {}
        };

        /**
         * What the server has to be told with the call that opens the stream.
         *
         * @return printable ASCII; empty if the server must not be told anything
         */
        String id();

        /** A message was taken, and what it sets off is declared: call it once for each, in any thread. */
        void taken();

        /** Nothing is read any more; what is on its way no longer counts. A second call does nothing. */
        @Override
        void close();
    }
}
