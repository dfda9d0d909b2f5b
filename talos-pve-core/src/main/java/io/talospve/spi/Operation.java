package io.talospve.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Long work that runs on a server (a Proxmox task). It has an id that can be journalled, so that another process can pick
 * it up again by {@link Hypervisor#operation}.
 */
public interface Operation {
    /**
     * The server's id of the work, for example a UPID.
     *
     * @return the id, stable over processes
     */
    String id();

    /**
     * Asks once how the work stands. Short; never waits for the end.
     *
     * @return the state now
     * @throws io.talospve.error.RemoteException if the server could not be asked; with code {@code NOT_FOUND} if it does
     *     not know the work (any more): look at what it was to do
     */
    State poll();

    /**
     * How an operation stands.
     *
     * @param status running, succeeded or failed
     * @param text why it failed, with the last lines of its log; or a progress text; null if there is nothing to say
     */
    record State(Status status, @Nullable String text) {
        /** Checks that nothing mandatory is missing. */
        public State {
            Objects.requireNonNull(status, "status");
        }

        /** Still running, with nothing to say. */
        public static State running() {
            return new State(Status.RUNNING, null);
        }

        /** Ended well. */
        public static State succeeded() {
            return new State(Status.SUCCEEDED, null);
        }

        /**
         * Ended with an error.
         *
         * @param text the server's own words
         */
        public static State failed(String text) {
            return new State(Status.FAILED, text);
        }
    }

    /** Whether an operation has ended. */
    enum Status {
        /** Not ended yet. */
        RUNNING,
        /** Ended well (perhaps with warnings). */
        SUCCEEDED,
        /** Ended with an error. */
        FAILED
    }

    /**
     * An operation that had nothing left to do.
     *
     * @return a succeeded operation with the id {@code none}
     */
    static Operation done() {
        return DoneOperation.INSTANCE;
    }
}
