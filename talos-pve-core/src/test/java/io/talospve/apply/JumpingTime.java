package io.talospve.apply;

import io.talospve.spi.TimeSource;
import java.time.Instant;

/** Time for one thread: waiting jumps to the deadline at once. */
final class JumpingTime implements TimeSource {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public Waiter waiter() {
        return new Waiter() {
            private boolean woken;

            @Override
            public boolean await(Instant deadline) throws InterruptedException {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                if (woken) {
                    woken = false;
                    return true;
                }
                now = deadline.isAfter(now) ? deadline : now;
                return false;
            }

            @Override
            public void wake() {
                woken = true;
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public Hold hold() {
        return () -> { };
    }
}
