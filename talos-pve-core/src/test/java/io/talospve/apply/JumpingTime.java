package io.talospve.apply;

import io.talospve.spi.TimeSource;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Time that stands still while anything runs, and jumps to the first deadline when all wait. */
final class JumpingTime implements TimeSource {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<JumpingWaiter> waiting = new ArrayList<>();
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private int running;

    @Override
    public Instant now() {
        lock.lock();
        try {
            return now;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Waiter waiter() {
        count(1);
        return new JumpingWaiter();
    }

    @Override
    public Hold hold() {
        count(1);
        boolean[] open = {true};
        return () -> {
            if (open[0]) {
                open[0] = false;
                count(-1);
            }
        };
    }

    private void count(int change) {
        lock.lock();
        try {
            running += change;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private final class JumpingWaiter implements Waiter {
        private Instant deadline = Instant.MAX;
        private boolean woken;

        @Override
        public boolean await(Instant until) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                deadline = until;
                waiting.add(this);
                running--;
                changed.signalAll();
                try {
                    while (!woken && until.isAfter(now) && !(running == 0 && first() == this)) {
                        changed.await();
                    }
                } finally {
                    waiting.remove(this);
                    running++;
                }
                boolean wake = woken;
                woken = false;
                if (!wake && until.isAfter(now)) {
                    now = until;
                }
                return wake;
            } finally {
                lock.unlock();
            }
        }

        private Waiter first() {
            return waiting.stream().min(Comparator.comparing(waiter -> waiter.deadline)).orElseThrow();
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
            count(-1);
        }
    }
}
