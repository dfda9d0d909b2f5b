package io.talospve.apply;

import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;

/** The clock of a computer that is behind the rest of the world. */
record WrongClock(TimeSource right, Duration behind) implements TimeSource {
    @Override
    public Instant now() {
        return right.now().minus(behind);
    }

    @Override
    public Waiter waiter() {
        Waiter waiter = right.waiter();
        return new Waiter() {
            @Override
            public boolean await(Instant deadline) throws InterruptedException {
                return waiter.await(deadline.equals(Instant.MAX) ? deadline : deadline.plus(behind));
            }

            @Override
            public void wake() {
                waiter.wake();
            }

            @Override
            public void close() {
                waiter.close();
            }
        };
    }

    @Override
    public Hold hold() {
        return right.hold();
    }

    @Override
    public Feed feed() {
        return right.feed();
    }
}
