package io.talospve.plan;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Is told what a plan waits for, and says whether it is still wanted. Asked on the thread that plans. */
public interface PlanningWatch {
    /** Why nothing more shall be read; empty while it may. */
    Optional<String> stopped();

    /**
     * A read failed for a reason that may pass, and is made again.
     *
     * @param retry which, and when
     */
    void retrying(Retry retry);

    /**
     * A read that is made again.
     *
     * @param time when it failed
     * @param what what is read
     * @param attempt number of the attempt that failed, from 1
     * @param error what went wrong
     * @param next when it is made again
     */
    record Retry(Instant time, String what, int attempt, String error, Instant next) {}

    /** Never stops, and tells the log: for a plan that nobody follows. */
    static PlanningWatch logged() {
        Logger log = System.getLogger(PlanningWatch.class.getName());
        return new PlanningWatch() {
            @Override
            public Optional<String> stopped() {
                return Optional.empty();
            }

            @Override
            public void retrying(Retry retry) {
                log.log(Level.WARNING, "planning waits for " + retry.what() + ", asked again in "
                        + Duration.between(retry.time(), retry.next()).toSeconds() + " s: " + retry.error());
            }
        };
    }
}
