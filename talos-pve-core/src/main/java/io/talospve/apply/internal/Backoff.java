package io.talospve.apply.internal;

import java.time.Duration;

/** How often to look again. */
final class Backoff {
    /** Between two looks, whatever a watch tells meanwhile. */
    static final Duration MIN_POLL = Duration.ofMillis(100);
    /** Until the next look at what a watch tells of: a watch may be dead without knowing. */
    static final Duration WATCHED = Duration.ofSeconds(15);
    private static final Duration MAX_POLL = Duration.ofSeconds(2);
    /** Looking again after this part of the time waited so far overshoots by at most as much. */
    private static final int POLL_FRACTION = 30;

    /** What takes longer than five minutes is looked at less often. */
    private static final int LONG_POLL_FRACTION = 150;

    private static final Duration MAX_LONG_POLL = Duration.ofSeconds(10);

    private static final Duration MIN_LOOK = Duration.ofSeconds(1);
    private static final Duration MAX_RETRY = Duration.ofSeconds(15);

    private Backoff() {}

    /** Until the next look at a condition that has been waited for so long. */
    static Duration poll(Duration waited) {
        Duration longest = clamp(waited.dividedBy(LONG_POLL_FRACTION), MAX_POLL, MAX_LONG_POLL);
        return clamp(waited.dividedBy(POLL_FRACTION), MIN_POLL, longest);
    }

    /** Until the next attempt after this many failed ones in a row: 1, 2, 4, 8, 15 seconds. */
    static Duration retry(int failures) {
        return clamp(Duration.ofSeconds(1L << Math.min(failures - 1, 10)), Duration.ofSeconds(1), MAX_RETRY);
    }

    /**
     * Until the next attempt of a look that has been failing for so long. It harms nobody, and what it looks for may just be
     * coming up.
     */
    static Duration lookAgain(Duration failing) {
        return clamp(failing.dividedBy(POLL_FRACTION), MIN_LOOK, MAX_RETRY);
    }

    private static Duration clamp(Duration value, Duration min, Duration max) {
        return value.compareTo(min) < 0 ? min : value.compareTo(max) > 0 ? max : value;
    }
}
