package io.talospve.http;

import io.talospve.error.ConfigurationException;
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

    /**
     * A time-out that a user gave, if it can be one.
     *
     * @throws ConfigurationException if it is zero or negative
     */
    public static Duration requestTimeout(Duration given) {
        if (given.isNegative() || given.isZero()) {
            throw new ConfigurationException("the request time-out has to be positive, not " + given, null);
        }
        return given;
    }

    /** What is left; zero or negative once it has passed. */
    public Duration left() {
        return Duration.ofNanos(nanos - System.nanoTime());
    }
}
