package io.talospve.apply.internal;

import java.time.Duration;
import java.util.Map;

/** What came of running a step once. */
sealed interface StepProgress {
    /** The step is done and verified. */
    static StepProgress done(String detail) {
        return new Done(detail, Map.of());
    }

    /** The step has to be run again later, until it is done or the time is up. */
    static StepProgress waitFor(String condition, String lastSeen, Duration timeout) {
        return new Wait(condition, lastSeen, timeout, false);
    }

    /** As {@link #waitFor}, where the machine that the step follows tells of every change that matters. */
    static StepProgress toldOf(String condition, String lastSeen, Duration timeout) {
        return new Wait(condition, lastSeen, timeout, true);
    }

    /**
     * Done.
     *
     * @param detail what came of it, for a person; may be empty
     * @param data what the journal keeps of it
     */
    record Done(String detail, Map<String, String> data) implements StepProgress {}

    /**
     * Not yet.
     *
     * @param condition what is waited for
     * @param lastSeen how it is now
     * @param timeout how long this condition may take, from when it was first waited for
     * @param told whether a watch tells when to look again, as long as there is one
     */
    record Wait(String condition, String lastSeen, Duration timeout, boolean told) implements StepProgress {}
}
