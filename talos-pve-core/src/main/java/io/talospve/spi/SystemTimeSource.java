package io.talospve.spi;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Wall time. */
final class SystemTimeSource implements TimeSource {
    static final TimeSource INSTANCE = new SystemTimeSource();
    private static final Hold NO_HOLD = () -> { };

    @Override
    public Instant now() {
        return Clock.systemUTC().instant();
    }

    @Override
    public Waiter waiter() {
        return new SystemWaiter();
    }

    @Override
    public Hold hold() {
        return NO_HOLD;
    }

    private final class SystemWaiter implements Waiter {
        private final ReentrantLock lock = new ReentrantLock();
        private final Condition changed = lock.newCondition();
        private boolean woken;

        @Override
        public boolean await(Instant deadline) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                long left = nanosUntil(deadline);
                while (!woken && left > 0) {
                    left = changed.awaitNanos(left);
                }
                boolean result = woken;
                woken = false;
                return result;
            } finally {
                lock.unlock();
            }
        }

        private long nanosUntil(Instant deadline) {
            Duration left = Duration.between(now(), deadline);
            return left.compareTo(Duration.ofDays(1)) > 0 ? TimeUnit.DAYS.toNanos(1) : left.toNanos();
        }

        @Override
        public void wake() {
            lock.lock();
            try {
                woken = true;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            // nothing is held in wall time
        }
    }
}
