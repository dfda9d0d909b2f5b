package io.talospve.http;

import io.talospve.http.internal.BoundedBody;
import io.talospve.http.internal.ProxyTunnel;
import io.talospve.http.internal.UnusableAnswerException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests over HTTP/1.1 whose answers are bounded in size and in time, from connecting to the last byte. Follows no
 * redirect, which would carry credentials along; sends nothing twice but what java.net.http itself repeats, a read on a kept
 * connection that turns out to be closed. The headers of an answer are bounded by java.net.http (384 KiB). Thread-safe.
 *
 * <p>A body that ends before the length or the last chunk that was announced is a failure ({@link HttpFailure.Kind#LOST}). One
 * that is announced by neither is taken as it comes: nobody can tell.
 */
public final class BoundedHttpClient implements AutoCloseable {
    private final HttpSettings settings;
    private final HttpClient client;

    /**
     * A client with threads of its own.
     *
     * @param settings how servers are reached
     */
    public BoundedHttpClient(HttpSettings settings) {
        this(settings, null);
    }

    /**
     * A client that works on given threads.
     *
     * @param settings how servers are reached
     * @param threads runs short work between sending and receiving; null for threads of its own
     */
    public BoundedHttpClient(HttpSettings settings, @Nullable Executor threads) {
        this.settings = settings;
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.connectTimeOut())
                .proxy(settings.proxies())
                .sslContext(settings.trust().context());
        if (threads != null) {
            builder.executor(threads);
        }
        this.client = builder.build();
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param request the request
     * @param maxBytes longest body that is read
     * @param atMost wall time for all of it
     * @return the answer, whatever its status
     * @throws HttpFailure if there is none that can be used; a success in an encoding such as gzip, which is never asked for,
     *     cannot. If the thread was interrupted it is so again
     */
    public HttpAnswer send(HttpRequest request, int maxBytes, Duration atMost) throws HttpFailure {
        HttpAnswer answer = fetch(request, maxBytes, atMost);
        Optional<String> encoding =
                answer.headers().firstValue("Content-Encoding").filter(given -> !given.strip().equalsIgnoreCase("identity"));
        if (encoding.isEmpty()) {
            return answer;
        }
        if (answer.isSuccess()) {
            throw HttpFailure.of(
                    new UnusableAnswerException("the answer is encoded as " + ServerText.clean(encoding.get())
                            + ", which was not asked for"),
                    changes(request));
        }
        // the status says enough; the words cannot be read
        return new HttpAnswer(answer.status(), answer.headers(), new byte[0]);
    }

    /**
     * Sends a request for a file: as {@link #send}, but the body is taken byte for byte, whatever the server says of its
     * encoding. Some call a {@code .tgz} a gzip encoding of something else.
     *
     * @param request the request
     * @param maxBytes longest body that is read
     * @param atMost wall time for all of it
     * @return the answer, whatever its status
     * @throws HttpFailure if there is none that can be used. If the thread was interrupted it is so again
     */
    public HttpAnswer fetch(HttpRequest request, int maxBytes, Duration atMost) throws HttpFailure {
        Optional<ProxyTunnel> tunnel = ProxyTunnel.ifNeeded(settings.proxies(), request, settings.connectTimeOut());
        if (tunnel.isPresent()) {
            CompletableFuture<HttpAnswer> answer = tunnel.get().start(settings.trust().context(), maxBytes);
            return await(answer, tunnel.get()::abort, request, atMost);
        }
        CompletableFuture<HttpResponse<byte[]>> exchange = client.sendAsync(request, info -> new BoundedBody(maxBytes));
        return await(
                exchange.thenApply(r -> new HttpAnswer(r.statusCode(), r.headers(), r.body())),
                () -> exchange.cancel(true),
                request,
                atMost);
    }

    private static HttpAnswer await(
            CompletableFuture<HttpAnswer> answer, Runnable abort, HttpRequest request, Duration atMost) throws HttpFailure {
        try {
            return answer.get(Math.max(1, atMost.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            abort.run();
            throw HttpFailure.timedOut(atMost, changes(request), e);
        } catch (InterruptedException e) {
            abort.run();
            Thread.currentThread().interrupt();
            throw HttpFailure.interrupted(e, changes(request));
        } catch (ExecutionException e) {
            throw HttpFailure.of(e.getCause() == null ? e : e.getCause(), changes(request));
        }
    }

    private static boolean changes(HttpRequest request) {
        return !request.method().equals("GET") && !request.method().equals("HEAD");
    }

    /** Closes idle connections where the JDK can (21 and later); otherwise they end with this object. */
    @Override
    public void close() {
        if ((Object) client instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException("closing idle connections", e);
            }
        }
    }
}
