package io.talospve.kubernetes;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.BoundedHttpClient;
import io.talospve.http.Deadline;
import io.talospve.http.HttpAnswer;
import io.talospve.http.HttpFailure;
import io.talospve.http.HttpHints;
import io.talospve.http.HttpSettings;
import io.talospve.http.ServerText;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One API server with one identity: sends requests bounded in time and size and names what went wrong. Thread-safe. */
final class ApiServer implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder().build();
    private static final HttpHints HINTS = new HttpHints(
            "either the kubeconfig is of another cluster, or another cluster answers at this address", null, null);
    /** TLS alerts by which a server refuses a client's certificate, RFC 8446 section 6.2. */
    private static final Pattern CLIENT_REFUSED = Pattern.compile("Received fatal alert: "
            + "(bad_certificate|unsupported_certificate|certificate_revoked|certificate_expired|certificate_unknown"
            + "|unknown_ca|access_denied|certificate_required)");

    private final Kubeconfig config;
    private final BoundedHttpClient http;
    private final int maxBytes;

    ApiServer(Kubeconfig config, HttpSettings proxies, int maxBytes) {
        this.config = config;
        this.maxBytes = maxBytes;
        this.http = new BoundedHttpClient(proxies.withTrust(config.trust()));
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
        HttpAnswer answer = exchange(what, request(method, path, body), deadline);
        int status = answer.status();
        if (status == 404) {
            return Optional.empty();
        }
        if (!answer.isSuccess()) {
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

    private HttpAnswer exchange(String what, HttpRequest request, Deadline deadline) {
        try {
            return http.send(request, maxBytes, deadline.left());
        } catch (HttpFailure e) {
            throw failed(what, e);
        }
    }

    private static RemoteException failed(String what, HttpFailure failure) {
        if (failure.kind() == HttpFailure.Kind.UNTRUSTED) {
            return new RemoteException(
                    ErrorCode.UNTRUSTED,
                    what + ": the server's certificate is not one of the cluster's CA for this address: " + failure.reason(),
                    false,
                    HINTS.untrusted(),
                    null,
                    failure);
        }
        if (CLIENT_REFUSED.matcher(failure.reason()).find()) {
            return new RemoteException(
                    ErrorCode.DENIED,
                    what + ": the server refuses the client certificate: " + failure.reason(),
                    false,
                    "the certificate may have expired, or the cluster's CA was replaced: issue a new kubeconfig",
                    null,
                    failure);
        }
        // while a cluster comes up, anything may answer at its address for a while
        return failure.kind() == HttpFailure.Kind.TLS_REFUSED
                ? failure.unreachable(what, HINTS)
                : failure.error(what, HINTS);
    }

    /** An error status; Kubernetes explains it in the message of a Status object. */
    private static RemoteException refused(String what, HttpAnswer answer) {
        int status = answer.status();
        String said = said(answer);
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

    private static String said(HttpAnswer answer) {
        try {
            return ServerText.clean(JSON.readTree(answer.body()).path("message").asString(""));
        } catch (JacksonException e) {
            return answer.words();
        }
    }

    /** Closes idle connections where the JDK can (21 and later); otherwise they end with this object. */
    @Override
    public void close() {
        http.close();
    }
}
