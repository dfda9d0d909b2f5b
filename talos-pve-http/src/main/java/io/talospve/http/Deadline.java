package io.talospve.http;

import java.time.Duration;

/**
 * When an operation that may need several requests has to be over. Wall time, as all network time-outs are.
 *
 * @param nanos instant of {@link System#nanoTime()}
 */
public record Deadline(long nanos) {
    /** A deadline from now. */
    public static Deadline in(Duration time) {
        return new Deadline(System.nanoTime() + time.toNanos());
    }

    /** What is left; zero or negative once it has passed. */
    public Duration left() {
        return Duration.ofNanos(nanos - System.nanoTime());
    }
}
