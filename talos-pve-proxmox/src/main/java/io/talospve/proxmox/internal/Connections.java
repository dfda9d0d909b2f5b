package io.talospve.proxmox.internal;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;

/**
 * Keeps to pveproxy's limits without any system property. It closes a connection after 5 s of idling, after 100 requests
 * and after every error; java.net.http would keep it for minutes, and a request sent while it is being closed is lost. A
 * read can be sent again, anything else must not be. So there is one {@link HttpClient} per connection, taken youngest
 * first, and a call that changes something never goes over one that idled for more than 3 s.
 *
 * <p>Thread-safe.
 */
final class Connections implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Connections.class.getName());
    private static final long REUSE_WITHIN = Duration.ofSeconds(3).toNanos();
    private static final int REQUESTS = 90;
    private static final int KEEP = 16;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final int BODY_LIMIT = 64 << 20;

    private final SSLContext tls;
    private final Duration timeout;
    private final LongSupplier nanos;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "talos-pve-proxmox");
        thread.setDaemon(true);
        return thread;
    });
    private final Deque<Slot> idle = new ArrayDeque<>();

    Connections(SSLContext tls, Duration timeout, LongSupplier nanos) {
        this.tls = tls;
        this.timeout = timeout;
        this.nanos = nanos;
    }

    /**
     * Sends a request and reads the whole answer, within the time-out.
     *
     * @param read whether it may be sent again if the connection turns out to be closed
     * @throws IOException as java.net.http throws it; {@link InterruptedIOException} if the thread was interrupted
     */
    Answer send(HttpRequest request, boolean read) throws IOException {
        Slot slot = take(read);
        CompletableFuture<HttpResponse<byte[]>> answer =
                slot.client.sendAsync(request, info -> new BoundedBody(BODY_LIMIT));
        try {
            HttpResponse<byte[]> response = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            giveBack(slot, response.statusCode() < 400);
            return new Answer(response.statusCode(), response.body());
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for the answer");
            interrupted.initCause(e);
            throw interrupted;
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new HttpTimeoutException("no complete answer within " + timeout.toSeconds() + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IOException(String.valueOf(e.getCause()), e.getCause());
        }
    }

    private Slot take(boolean read) {
        synchronized (idle) {
            Slot youngest = idle.peekFirst();
            // a stale one still serves reads: java.net.http reconnects when it sees that the server closed
            if (youngest != null && (read || nanos.getAsLong() - youngest.lastUse < REUSE_WITHIN)) {
                return idle.removeFirst();
            }
        }
        return new Slot(HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .sslContext(tls)
                .executor(threads)
                .build());
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

    /** From JDK 21 on a client can be closed; before that it ends when it is collected. */
    private void end(Slot slot) {
        if ((Object) slot.client instanceof AutoCloseable client) {
            threads.execute(() -> {
                try {
                    client.close();
                } catch (Exception e) {
                    LOG.log(System.Logger.Level.DEBUG, "closing an idle connection", e);
                }
            });
        }
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
        private final HttpClient client;
        private int requests;
        private long lastUse;

        Slot(HttpClient client) {
            this.client = client;
        }
    }
}
