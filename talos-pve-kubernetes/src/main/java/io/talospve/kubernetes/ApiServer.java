package io.talospve.kubernetes;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.io.IOException;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One API server with one identity: sends requests bounded in time and size and names what went wrong. Thread-safe. */
final class ApiServer implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration CONNECT = Duration.ofSeconds(10);
    private static final int LONGEST_MESSAGE = 500;
    /** TLS alerts by which a server refuses a client's certificate, RFC 8446 section 6.2. */
    private static final Pattern CLIENT_REFUSED = Pattern.compile("Received fatal alert: "
            + "(bad_certificate|unsupported_certificate|certificate_revoked|certificate_expired|certificate_unknown"
            + "|unknown_ca|access_denied|certificate_required)");

    private final Kubeconfig config;
    private final HttpClient http;
    private final int maxBytes;

    ApiServer(Kubeconfig config, @Nullable ProxySelector proxy, int maxBytes) {
        this.config = config;
        this.maxBytes = maxBytes;
        this.http = HttpClient.newBuilder()
                .sslContext(config.tls())
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(CONNECT)
                .proxy(proxy == null ? HttpClient.Builder.NO_PROXY : proxy)
                .build();
    }

    /** When an operation of several requests has to be over; wall time, as all network time-outs are. */
    record Deadline(long nanos) {
        static Deadline in(Duration time) {
            return new Deadline(System.nanoTime() + time.toNanos());
        }

        private long left() {
            return Math.max(1, nanos - System.nanoTime());
        }
    }

    /** Base URL of the server. */
    URI url() {
        return config.server();
    }

    /**
     * Reads something.
     *
     * @return its JSON, empty on 404
     */
    Optional<JsonNode> get(String path, Deadline deadline) {
        return send("GET", path, null, deadline);
    }

    /**
     * Sends a request.
     *
     * @param body JSON, or null for none
     * @return the answer's JSON, empty on 404
     * @throws RemoteException for everything else that is not a success
     */
    Optional<JsonNode> send(String method, String path, @Nullable JsonNode body, Deadline deadline) {
        String what = method + " " + config.server() + path.replaceFirst("\\?.*", "");
        HttpResponse<byte[]> answer = exchange(what, request(method, path, body), deadline);
        int status = answer.statusCode();
        if (status == 404) {
            return Optional.empty();
        }
        if (status / 100 != 2) {
            throw refused(what, answer);
        }
        try {
            return Optional.of(JSON.readTree(answer.body()));
        } catch (JacksonException e) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER, what + ": the answer is not JSON", false, null, null, null);
        }
    }

    private HttpRequest request(String method, String path, @Nullable JsonNode body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(config.server() + path))
                .header("Accept", "application/json");
        config.token().ifPresent(token -> request.header("Authorization", "Bearer " + token.reveal()));
        if (body == null) {
            return request.method(method, BodyPublishers.noBody()).build();
        }
        return request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build();
    }

    private HttpResponse<byte[]> exchange(String what, HttpRequest request, Deadline deadline) {
        CompletableFuture<HttpResponse<byte[]>> running =
                http.sendAsync(request, info -> new BoundedBody(maxBytes));
        try {
            return running.get(deadline.left(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            running.cancel(true);
            throw new RemoteException(ErrorCode.UNREACHABLE, what + ": no answer in time", true, null, null, e);
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
            String text = String.valueOf(t.getMessage());
            if (t instanceof CertificateException
                    || t instanceof CertPathBuilderException
                    || t instanceof SSLPeerUnverifiedException) {
                return new RemoteException(
                        ErrorCode.UNTRUSTED,
                        what + ": the server's certificate is not one of the cluster's CA for this address: " + text,
                        false,
                        "either the kubeconfig is of another cluster, or another cluster answers at this address",
                        null,
                        cause);
            }
            if (CLIENT_REFUSED.matcher(text).find()) {
                return new RemoteException(
                        ErrorCode.DENIED,
                        what + ": the server refuses the client certificate: " + text,
                        false,
                        "the certificate may have expired, or the cluster's CA was replaced: issue a new kubeconfig",
                        null,
                        cause);
            }
        }
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new RemoteException(
                ErrorCode.UNREACHABLE, what + ": " + reason, cause instanceof IOException, null, null, cause);
    }

    /** An error status; Kubernetes explains it in the message of a Status object. */
    private static RemoteException refused(String what, HttpResponse<byte[]> answer) {
        int status = answer.statusCode();
        String said = said(answer.body());
        String message = what + ": status " + status + (said.isEmpty() ? "" : ": " + said);
        return switch (status) {
            case 401 -> new RemoteException(
                    ErrorCode.DENIED,
                    message,
                    false,
                    "the kubeconfig's client certificate or token is not accepted: issue a new kubeconfig",
                    said,
                    null);
            case 403 -> new RemoteException(
                    ErrorCode.DENIED, message, false, "the kubeconfig's user may not do this", said, null);
            case 400, 409, 413, 422 -> new RemoteException(
                    ErrorCode.REJECTED, message, status == 409, null, said, null);
            // 410: the continue token of a long list has expired; 429: priority and fairness; both pass
            case 408, 410, 429 -> new RemoteException(ErrorCode.SERVER_FAILED, message, true, null, said, null);
            default -> new RemoteException(
                    status >= 500 ? ErrorCode.SERVER_FAILED : ErrorCode.UNEXPECTED_ANSWER,
                    message,
                    status >= 500,
                    null,
                    said,
                    null);
        };
    }

    private static String said(byte[] body) {
        String text;
        try {
            text = JSON.readTree(body).path("message").asString("");
        } catch (JacksonException e) {
            text = new String(body, StandardCharsets.UTF_8);
        }
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE) + "…";
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
}
