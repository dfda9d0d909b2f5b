package io.talospve.talos.factory.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Calls to the image factory: each with a time from connecting to the last byte, at most 4 MiB of answer, no redirects. Failures
 * become {@link RemoteException}. Thread-safe.
 */
public final class FactoryHttp {
    private static final int LARGEST_ANSWER = 4 * 1024 * 1024;
    private static final int SHOWN_TEXT = 500;

    private final HttpClient client;
    private final URI base;
    private final Duration timeout;

    /**
     * Uses a client for calls below a URL.
     *
     * @param client the client
     * @param base the factory's URL, without a slash at the end
     * @param timeout for a call, the whole answer included; wall time
     */
    public FactoryHttp(HttpClient client, URI base, Duration timeout) {
        this.client = client;
        this.base = base;
        this.timeout = timeout;
    }

    /**
     * Asks for a path.
     *
     * @param what what is tried, for messages
     * @param path the path, with a slash at the start
     * @return the answer's text
     */
    public String get(String what, String path) {
        return call(what, HttpRequest.newBuilder(uri(path)).GET());
    }

    /**
     * Posts a YAML text.
     *
     * @param what what is tried, for messages
     * @param path the path, with a slash at the start
     * @param yaml the text
     * @return the answer's text
     */
    public String post(String what, String path, String yaml) {
        return call(
                what,
                HttpRequest.newBuilder(uri(path))
                        .header("Content-Type", "application/yaml")
                        .POST(HttpRequest.BodyPublishers.ofString(yaml)));
    }

    private URI uri(String path) {
        return URI.create(base + path);
    }

    private String call(String what, HttpRequest.Builder builder) {
        HttpRequest request = builder.timeout(timeout).header("Accept", "application/json").build();
        String where = what + " at " + request.uri();
        CompletableFuture<HttpResponse<byte[]>> call = client.sendAsync(request, info -> new Bounded(LARGEST_ANSWER));
        try {
            HttpResponse<byte[]> response = call.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            String text = new String(response.body(), StandardCharsets.UTF_8);
            if (response.statusCode() / 100 != 2) {
                throw refused(where, response.statusCode(), text);
            }
            return text;
        } catch (ExecutionException e) {
            throw failed(where, e.getCause());
        } catch (TimeoutException e) {
            call.cancel(true);
            throw late(where, e);
        } catch (InterruptedException e) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            throw new RemoteException(ErrorCode.CANCELLED, where + ": interrupted", false, null, null, e);
        }
    }

    private RemoteException late(String where, Exception cause) {
        return new RemoteException(
                ErrorCode.UNREACHABLE,
                where + ": no complete answer within " + timeout.toSeconds() + " s",
                true,
                "look whether the image factory can be reached from here",
                null,
                cause);
    }

    private static RemoteException refused(String where, int status, String text) {
        String words = text.strip();
        words = words.length() > SHOWN_TEXT ? words.substring(0, SHOWN_TEXT) + "…" : words;
        ErrorCode code = switch (status) {
            case 401, 403, 407 -> ErrorCode.DENIED;
            case 404, 410 -> ErrorCode.NOT_FOUND;
            case 429 -> ErrorCode.SERVER_FAILED;
            default -> status >= 500 ? ErrorCode.SERVER_FAILED : status >= 400 ? ErrorCode.REJECTED : ErrorCode.UNEXPECTED_ANSWER;
        };
        return new RemoteException(
                code,
                where + ": status " + status + (words.isEmpty() ? "" : ": " + words),
                code == ErrorCode.SERVER_FAILED,
                null,
                words.isEmpty() ? null : words,
                null);
    }

    private RemoteException failed(String where, Throwable cause) {
        if (cause instanceof HttpTimeoutException silence && !(cause instanceof HttpConnectTimeoutException)) {
            return late(where, silence);
        }
        if (cause instanceof RemoteException remote) {
            return new RemoteException(
                    remote.code(), where + ": " + remote.getMessage(), remote.retryable(), null, null, remote);
        }
        CertificateException untrusted = find(cause);
        if (untrusted != null || cause instanceof SSLException) {
            String reason = untrusted != null ? untrusted.getMessage() : cause.getMessage();
            return new RemoteException(
                    ErrorCode.UNTRUSTED,
                    where + ": the connection is not trusted: " + reason,
                    false,
                    "give the image factory's CA, or the fingerprint of its certificate",
                    null,
                    cause);
        }
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new RemoteException(
                ErrorCode.UNREACHABLE,
                where + ": " + reason,
                cause instanceof IOException,
                "look whether the image factory can be reached from here",
                null,
                cause);
    }

    private static @Nullable CertificateException find(Throwable error) {
        for (Throwable cause = error; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException found) {
                return found;
            }
        }
        return null;
    }

    /** Collects an answer up to a size and gives up beyond it. */
    private static final class Bounded implements BodySubscriber<byte[]> {
        private final BodySubscriber<byte[]> all = BodySubscribers.ofByteArray();
        private final int largest;
        private long seen;
        private Flow.@Nullable Subscription subscription;

        Bounded(int largest) {
            this.largest = largest;
        }

        @Override
        public CompletionStage<byte[]> getBody() {
            return all.getBody();
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            all.onSubscribe(subscription);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                seen += buffer.remaining();
            }
            if (seen > largest) {
                if (subscription != null) {
                    subscription.cancel();
                }
                all.onError(new RemoteException(
                        ErrorCode.UNEXPECTED_ANSWER,
                        "the answer is larger than " + largest + " bytes",
                        false,
                        null,
                        null,
                        null));
            } else {
                all.onNext(buffers);
            }
        }

        @Override
        public void onError(Throwable error) {
            all.onError(error);
        }

        @Override
        public void onComplete() {
            all.onComplete();
        }
    }
}
