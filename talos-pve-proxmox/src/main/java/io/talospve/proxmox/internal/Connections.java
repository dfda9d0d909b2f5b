package io.talospve.proxmox.internal;

import io.talospve.http.BoundedHttpClient;
import io.talospve.http.HttpAnswer;
import io.talospve.http.HttpFailure;
import io.talospve.http.HttpSettings;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.LongSupplier;

/**
 * Keeps to pveproxy's limits without any system property. It closes a connection after 5 s of idling, after 100 requests
 * and after every error; java.net.http would keep it for minutes, and a request sent while it is being closed is lost. A
 * read can be sent again, anything else must not be. So there is one client per connection, taken youngest
 * first, and a call that changes something never goes over one that idled for more than 3 s.
 *
 * <p>Thread-safe.
 */
final class Connections implements AutoCloseable {
    private static final long REUSE_WITHIN = Duration.ofSeconds(3).toNanos();
    private static final int REQUESTS = 90;
    private static final int KEEP = 16;
    private static final int BODY_LIMIT = 64 << 20;

    private final HttpSettings settings;
    private final Duration timeout;
    private final LongSupplier nanos;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "talos-pve-proxmox");
        thread.setDaemon(true);
        return thread;
    });
    private final Deque<Slot> idle = new ArrayDeque<>();

    Connections(HttpSettings settings, Duration timeout, LongSupplier nanos) {
        this.settings = settings;
        this.timeout = timeout;
        this.nanos = nanos;
    }

    /**
     * Sends a request and reads the whole answer, within the time-out.
     *
     * @param read whether it may be sent again if the connection turns out to be closed
     */
    HttpAnswer send(HttpRequest request, boolean read) throws HttpFailure {
        Slot slot = take(read);
        HttpAnswer answer = slot.client.send(request, BODY_LIMIT, timeout);
        giveBack(slot, answer.status() < 400);
        return answer;
    }

    private Slot take(boolean read) {
        synchronized (idle) {
            Slot youngest = idle.peekFirst();
            // a stale one still serves reads: java.net.http reconnects when it sees that the server closed
            if (youngest != null && (read || nanos.getAsLong() - youngest.lastUse < REUSE_WITHIN)) {
                return idle.removeFirst();
            }
        }
        return new Slot(new BoundedHttpClient(settings, threads));
    }

    private void giveBack(Slot slot, boolean keptAlive) {
        slot.requests++;
        slot.lastUse = keptAlive ? nanos.getAsLong() : nanos.getAsLong() - REUSE_WITHIN;
        Slot surplus = slot;
        if (slot.requests < REQUESTS) {
            synchronized (idle) {
                idle.addFirst(slot);
                surplus = idle.size() > KEEP ? idle.removeLast() : null;
            }
        }
        if (surplus != null) {
            end(surplus);
        }
    }

    /** On another thread, because closing may wait. */
    private void end(Slot slot) {
        threads.execute(slot.client::close);
    }

    @Override
    public void close() {
        List<Slot> left;
        synchronized (idle) {
            left = List.copyOf(idle);
            idle.clear();
        }
        left.forEach(this::end);
        threads.shutdown();
    }

    /** A client that has at most one connection, because it has at most one request at a time. */
    private static final class Slot {
        private final BoundedHttpClient client;
        private int requests;
        private long lastUse;

        Slot(BoundedHttpClient client) {
            this.client = client;
        }
    }
}
