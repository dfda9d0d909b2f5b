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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import javax.net.ssl.SSLContext;

/**
 * Keeps to pveproxy's limits without any system property. It closes a connection after 5 s of idling and after 100
 * requests; java.net.http would keep it for minutes and lose a request to it. So each idle connection is a client of its
 * own with one connection, taken youngest first, and not used again after 3 s or 90 requests.
 *
 * <p>Thread-safe.
 */
final class Connections implements AutoCloseable {
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
     * @throws IOException as java.net.http throws it; {@link InterruptedIOException} if the thread was interrupted
     */
    Answer send(HttpRequest request) throws IOException {
        Slot slot = take();
        CompletableFuture<HttpResponse<byte[]>> answer =
                slot.client.sendAsync(request, info -> new BoundedBody(BODY_LIMIT));
        boolean reusable = false;
        try {
            HttpResponse<byte[]> response = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            // pveproxy closes after every error, whatever it says about keep-alive
            reusable = response.statusCode() < 400;
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
        } finally {
            giveBack(slot, reusable);
        }
    }

    private Slot take() {
        synchronized (idle) {
            Slot youngest = idle.pollFirst();
            if (youngest != null && nanos.getAsLong() - youngest.lastUse < REUSE_WITHIN) {
                return youngest;
            }
            idle.clear(); // the others are older still
        }
        return new Slot(HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT_TIMEOUT)
                .sslContext(tls)
                .executor(threads)
                .build());
    }

    private void giveBack(Slot slot, boolean reusable) {
        slot.requests++;
        slot.lastUse = nanos.getAsLong();
        if (reusable && slot.requests < REQUESTS) {
            synchronized (idle) {
                if (idle.size() < KEEP) {
                    idle.addFirst(slot);
                }
            }
        }
    }

    @Override
    public void close() {
        synchronized (idle) {
            idle.clear();
        }
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
