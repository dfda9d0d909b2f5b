package io.talospve.testkit.internal.clock;

import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Time that jumps: it stands still while anything runs (a {@link TimeSource.Hold}, a request, a waiter that is not
 * waiting), and moves to the next scheduled action or deadline as soon as nothing does and somebody waits.
 */
public final class VirtualClock implements SimClock, TimeSource {
    private final ReentrantLock lock = new ReentrantLock();
    private final PriorityQueue<Action> actions =
            new PriorityQueue<>(Comparator.comparing((Action a) -> a.at).thenComparingLong(a -> a.number));
    private final List<VirtualWaiter> waiting = new ArrayList<>();
    /** The streams that are read, by id. */
    private final Map<String, Incoming> feeds = new HashMap<>();
    private Instant now;
    private long numbers;
    private int running;
    private boolean jumping;
    private boolean closed;

    /** A clock that starts at an instant and is the client's time source too. */
    public VirtualClock(Instant start) {
        now = start;
    }

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
    public Cancellation after(Duration delay, Runnable action) {
        Action scheduled;
        lock.lock();
        try {
            scheduled = new Action(now.plus(delay.isNegative() ? Duration.ZERO : delay), numbers++, action);
            actions.add(scheduled);
        } finally {
            lock.unlock();
        }
        return () -> {
            lock.lock();
            try {
                actions.remove(scheduled);
            } finally {
                lock.unlock();
            }
        };
    }

    @Override
    public Hold request() {
        return hold();
    }

    @Override
    public TimeSource timeSource() {
        return this;
    }

    @Override
    public boolean virtual() {
        return true;
    }

    @Override
    public Hold hold() {
        lock.lock();
        try {
            running++;
        } finally {
            lock.unlock();
        }
        boolean[] open = {true};
        return () -> {
            lock.lock();
            try {
                if (open[0]) {
                    open[0] = false;
                    running--;
                }
            } finally {
                lock.unlock();
            }
            jump();
        };
    }

    @Override
    public Feed feed() {
        lock.lock();
        try {
            Incoming feed = new Incoming("feed-" + numbers++);
            feeds.put(feed.id, feed);
            return feed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void sent(String feed) {
        lock.lock();
        try {
            Incoming incoming = feeds.get(feed);
            if (incoming != null) {
                incoming.onTheirWay++;
                running++;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Waiter waiter() {
        lock.lock();
        try {
            running++;
        } finally {
            lock.unlock();
        }
        return new VirtualWaiter();
    }

    /**
     * Moves time by hand, running what becomes due; for tests in which nobody waits.
     *
     * @param by how far
     */
    public void advance(Duration by) {
        lock.lock();
        try {
            Instant target = now.plus(by);
            while (!actions.isEmpty() && !actions.peek().at.isAfter(target)) {
                runNext();
            }
            now = target;
        } finally {
            lock.unlock();
        }
        jump();
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            actions.clear();
        } finally {
            lock.unlock();
        }
    }

    /** Moves time on for as long as nothing runs and somebody waits. */
    private void jump() {
        lock.lock();
        try {
            if (jumping) {
                return;
            }
            jumping = true;
            try {
                while (running == 0 && !waiting.isEmpty()) {
                    VirtualWaiter first = waiting.stream()
                            .min(Comparator.comparing(w -> w.deadline))
                            .orElseThrow();
                    if (!closed && !actions.isEmpty() && !actions.peek().at.isAfter(first.deadline)) {
                        runNext();
                    } else {
                        now = first.deadline.isAfter(now) ? first.deadline : now;
                        first.release(false);
                    }
                }
            } finally {
                jumping = false;
            }
        } finally {
            lock.unlock();
        }
    }

    /** Runs the next action without the lock, counted as running. */
    private void runNext() {
        Action next = actions.remove();
        now = next.at.isAfter(now) ? next.at : now;
        running++;
        lock.unlock();
        try {
            next.run.run();
        } finally {
            lock.lock();
            running--;
        }
    }

    private record Action(Instant at, long number, Runnable run) {}

    /** A stream that is read. Its messages on their way count as running. */
    private final class Incoming implements Feed {
        private final String id;
        private int onTheirWay;

        Incoming(String id) {
            this.id = id;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public void taken() {
            arrived(1, false);
        }

        @Override
        public void close() {
            arrived(Integer.MAX_VALUE, true);
        }

        private void arrived(int messages, boolean last) {
            lock.lock();
            try {
                int arrived = Math.min(messages, onTheirWay);
                onTheirWay -= arrived;
                running -= arrived;
                if (last) {
                    feeds.remove(id);
                }
            } finally {
                lock.unlock();
            }
            jump();
        }
    }

    private final class VirtualWaiter implements Waiter {
        private final Condition released = lock.newCondition();
        private Instant deadline = Instant.MAX;
        private boolean woken;
        private boolean open = true;
        private @Nullable Boolean result;

        @Override
        public boolean await(Instant until) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                if (woken) {
                    woken = false;
                    return true;
                }
                if (!until.isAfter(now)) {
                    return false;
                }
                deadline = until;
                result = null;
                waiting.add(this);
                running--;
            } finally {
                lock.unlock();
            }
            jump();
            lock.lock();
            try {
                while (result == null) {
                    try {
                        released.await();
                    } catch (InterruptedException e) {
                        if (result == null) {
                            release(false);
                        }
                        throw e;
                    }
                }
                boolean wake = result;
                if (wake) {
                    woken = false;
                }
                return wake;
            } finally {
                lock.unlock();
            }
        }

        /** Lets the waiting thread go on; it counts as running from here. Needs the lock. */
        private void release(boolean wake) {
            waiting.remove(this);
            running++;
            result = wake;
            released.signalAll();
        }

        @Override
        public void wake() {
            lock.lock();
            try {
                woken = true;
                if (waiting.contains(this)) {
                    release(true);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (open) {
                    open = false;
                    running--;
                }
            } finally {
                lock.unlock();
            }
            jump();
        }
    }
}
