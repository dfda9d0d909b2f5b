package io.talospve.talos.api;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.error.TalosPveException;
import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A service's log, followed until it is closed: also over lost connections, certificates that rotate, and reboots of the
 * machine, after which its log begins anew. No line is told twice. A line may be missing if the machine's buffer, which keeps
 * about a megabyte, turned over while the connection was lost.
 *
 * <p>A machine that cannot be reached at first is an error at once; one that is lost later is asked again for ten minutes.
 * To be read by one thread; {@link #close()} may be called by any.
 */
public final class LogFollower implements MachineStream<String> {
    private static final Duration ONE_CONNECTION = Duration.ofHours(6);
    private static final Duration PATIENCE = Duration.ofMinutes(10);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** As many lines in a row are the same only if they are the same lines: each has its time. */
    private static final int RECENT = 20;

    private final Supplier<TalosMachine> machine;
    private final String service;
    private final int lines;
    private final TimeSource time;
    private final Object lock = new Object();
    private final Deque<String> recent = new ArrayDeque<>();
    private @Nullable MachineStream<String> stream;
    private TimeSource.@Nullable Waiter pausing;
    private @Nullable Instant lostSince;
    private boolean begun;
    private int skip;
    private boolean closed;

    /**
     * Follows a log; nothing is asked yet.
     *
     * @param machine the machine, found anew for every connection: its address and the client certificate may have changed
     * @param service a service, or {@code machined} for the machine itself
     * @param lines how many past lines at most; 0 for none, −1 for all that are kept
     * @param time lets it wait before it connects again
     */
    public LogFollower(Supplier<TalosMachine> machine, String service, int lines, TimeSource time) {
        this.machine = machine;
        this.service = service;
        this.lines = lines;
        this.time = time;
    }

    @Override
    public boolean hasNext() {
        while (true) {
            try {
                MachineStream<String> open = open();
                if (open == null) {
                    return false;
                }
                if (hasUnread(open)) {
                    lostSince = null;
                    return true;
                }
            } catch (RemoteException e) {
                if (isClosed()) {
                    return false;
                }
                failIfForGood(e);
            }
            if (!connectAgain()) {
                return false;
            }
        }
    }

    private boolean hasUnread(MachineStream<String> open) {
        while (open.hasNext()) {
            if (skip == 0) {
                return true;
            }
            skip--;
            open.next();
        }
        return false;
    }

    private void failIfForGood(RemoteException error) {
        Instant now = time.now();
        if (lostSince == null) {
            lostSince = now;
        }
        boolean tooLong = Duration.between(lostSince, now).compareTo(PATIENCE) >= 0;
        boolean noSuchLog = error.code() == ErrorCode.NOT_FOUND && recent.isEmpty();
        if (!begun || noSuchLog || !error.retryable() || error.code() == ErrorCode.CANCELLED || tooLong) {
            close();
            throw error;
        }
    }

    /** The stream that is read; null once this is closed. */
    private @Nullable MachineStream<String> open() {
        synchronized (lock) {
            if (closed || stream != null) {
                return closed ? null : stream;
            }
        }
        TalosMachine now = machine.get();
        if (!begun) {
            now.hostname();
            begun = true;
        }
        skip = recent.isEmpty() ? 0 : told(kept(now));
        MachineStream<String> opened = now.followLogs(service, recent.isEmpty() ? lines : -1, ONE_CONNECTION);
        synchronized (lock) {
            if (closed) {
                opened.close();
                return null;
            }
            stream = opened;
            return opened;
        }
    }

    private List<String> kept(TalosMachine now) {
        List<String> kept = new ArrayList<>();
        try (MachineStream<String> all = now.logs(service, -1)) {
            all.forEachRemaining(kept::add);
        }
        return kept;
    }

    /** How many of the lines that the machine keeps have been told already: none if its log began anew. */
    private int told(List<String> kept) {
        List<String> last = List.copyOf(recent);
        for (int end = kept.size(); end > 0; end--) {
            int same = Math.min(end, last.size());
            if (kept.subList(end - same, end).equals(last.subList(last.size() - same, last.size()))) {
                return end;
            }
        }
        return 0;
    }

    /** Lets go of a stream that has ended and waits a moment; false if this was closed meanwhile. */
    private boolean connectAgain() {
        try (TimeSource.Waiter waiter = time.waiter()) {
            synchronized (lock) {
                if (closed) {
                    return false;
                }
                if (stream != null) {
                    stream.close();
                    stream = null;
                }
                pausing = waiter;
            }
            waiter.await(time.now().plus(PAUSE));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new TalosPveException(
                    ErrorCode.CANCELLED, "following the log of " + service + " was interrupted", false, null, null, e);
        } finally {
            synchronized (lock) {
                pausing = null;
            }
        }
        return !isClosed();
    }

    private boolean isClosed() {
        synchronized (lock) {
            return closed;
        }
    }

    @Override
    public String next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        MachineStream<String> open;
        synchronized (lock) {
            if (stream == null) {
                throw new NoSuchElementException("closed");
            }
            open = stream;
        }
        String line = open.next();
        recent.addLast(line);
        if (recent.size() > RECENT) {
            recent.removeFirst();
        }
        return line;
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            if (stream != null) {
                stream.close();
                stream = null;
            }
            if (pausing != null) {
                pausing.wake();
            }
        }
    }
}
