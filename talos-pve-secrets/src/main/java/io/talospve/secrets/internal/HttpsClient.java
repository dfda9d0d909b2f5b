package io.talospve.secrets.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * Sends requests whose answers are bounded in size and time, follows no redirect (it would carry credentials along), and
 * names what went wrong below HTTP. Thread-safe.
 */
public final class HttpsClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    private final HttpClient http;
    private final int maxBytes;

    /**
     * A client.
     *
     * @param tls whom to trust
     * @param proxy HTTP proxy for CONNECT, or null for none
     * @param maxBytes longest body that is read
     */
    public HttpsClient(SSLContext tls, @Nullable InetSocketAddress proxy, int maxBytes) {
        this.maxBytes = maxBytes;
        this.http = HttpClient.newBuilder()
                .sslContext(tls)
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .proxy(proxy == null ? HttpClient.Builder.NO_PROXY : ProxySelector.of(proxy))
                .build();
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param what what is being done, for messages: {@code "log in to Bitwarden at https://…"}
     * @param request the request; must hold no secret in its URI
     * @param deadline when to give up
     * @throws RemoteException UNREACHABLE or UNTRUSTED, also if the calling thread is interrupted (CANCELLED)
     */
    public Answer send(String what, HttpRequest request, Deadline deadline) {
        CompletableFuture<HttpResponse<byte[]>> running =
                http.sendAsync(request, info -> new BoundedBody(maxBytes));
        try {
            HttpResponse<byte[]> response =
                    running.get(Math.max(1, deadline.left().toNanos()), TimeUnit.NANOSECONDS);
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (TimeoutException e) {
            running.cancel(true);
            throw new RemoteException(
                    ErrorCode.UNREACHABLE, what + ": no answer in time", true, null, null, e);
        } catch (InterruptedException e) {
            running.cancel(true);
            Thread.currentThread().interrupt();
            throw new RemoteException(ErrorCode.CANCELLED, what + ": interrupted", false, null, null, e);
        } catch (ExecutionException e) {
            throw failed(what, e.getCause() == null ? e : e.getCause());
        }
    }

    private static RemoteException failed(String what, Throwable cause) {
        if (cause instanceof BoundedBody.TooLong) {
            return new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER, what + ": " + cause.getMessage(), false, null, null, null);
        }
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof CertificateException
                    || t instanceof CertPathBuilderException
                    || t instanceof SSLPeerUnverifiedException) {
                return new RemoteException(
                        ErrorCode.UNTRUSTED,
                        what + ": the server's certificate is not trusted: " + t.getMessage(),
                        false,
                        "if the server's certificate comes from an authority of your own, give that one's certificate"
                                + " as the CA; the host in the URL must be one that the certificate names",
                        null,
                        cause);
            }
        }
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new RemoteException(
                ErrorCode.UNREACHABLE, what + ": " + reason, cause instanceof IOException, null, null, cause);
    }

    /** Closes idle connections where the JDK can (21 and later); otherwise they end with this object. */
    @Override
    public void close() {
        if (http instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /**
     * An answer.
     *
     * @param status HTTP status
     * @param headers its headers
     * @param body its whole body
     */
    public record Answer(int status, HttpHeaders headers, byte[] body) {
        /** The body as UTF-8 text. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }
}
