package io.talospve.proxmox.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.HttpAnswer;
import io.talospve.http.HttpFailure;
import io.talospve.http.HttpHints;
import io.talospve.http.HttpSettings;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Sends calls to the nodes of one cluster. A node that cannot be connected to is passed over for the next; the one that
 * answered last is asked first. A read is sent once more if the connection ended without an answer; a call that changes
 * something is never sent again once it may have arrived.
 *
 * <p>Thread-safe.
 */
public final class ApiClient implements AutoCloseable {
    private static final HttpHints HINTS = new HttpHints(
            "give the cluster's CA (/etc/pve/pve-root-ca.pem) and a name or address that is in the certificate, or"
                    + " pin the certificate's SHA-256 fingerprint",
            null,
            "whether it took effect is not known: look before making it again");

    private final List<Endpoint> endpoints;
    private final Authentication authentication;
    private final Connections connections;
    private final AtomicInteger preferred = new AtomicInteger();

    /**
     * A client of a cluster.
     *
     * @param endpoints its nodes, at least one
     * @param authentication who asks
     * @param settings how they are reached, and which certificates are believed
     * @param timeout for each request, the answer included
     * @param nanos wall time, for the age of connections
     */
    public ApiClient(
            List<Endpoint> endpoints,
            Authentication authentication,
            HttpSettings settings,
            Duration timeout,
            LongSupplier nanos) {
        this.endpoints = List.copyOf(endpoints);
        this.authentication = authentication;
        this.connections = new Connections(settings, timeout, nanos);
    }

    /**
     * Makes a call.
     *
     * @return the answer's {@code data}; a null node if there is none
     * @throws ApiException if a server answered with an error
     * @throws RemoteException if none answered
     */
    public JsonNode send(Call call) {
        try {
            return authenticated(call);
        } catch (ApiException e) {
            // 401 is decided before the call is looked at: nothing happened, it may be sent again
            if (e.status() == 401 && authentication.refused()) {
                return authenticated(call);
            }
            throw e;
        }
    }

    private JsonNode authenticated(Call call) {
        return overEndpoints(call, authentication.headers(call.isRead(), login -> overEndpoints(login, Map.of())));
    }

    private JsonNode overEndpoints(Call call, Map<String, String> headers) {
        int first = preferred.get();
        RemoteException last = null;
        for (int i = 0; i < endpoints.size(); i++) {
            int index = (first + i) % endpoints.size();
            try {
                JsonNode data = oneEndpoint(endpoints.get(index), call, headers);
                preferred.set(index);
                return data;
            } catch (NotSentException e) {
                last = keep(last, e.failure);
            } catch (ApiException e) {
                if (e.status() != 595) {
                    throw e;
                }
                // this node could not reach its peer, nothing was sent there; another may, or is the peer
                last = keep(last, e);
            } catch (RemoteException e) {
                if (e.code() != ErrorCode.UNREACHABLE) {
                    throw e;
                }
                preferred.compareAndSet(first, (index + 1) % endpoints.size()); // the next call starts elsewhere
                if (!call.isRead() || timedOut(e)) {
                    throw e;
                }
                last = keep(last, e);
            }
        }
        throw last == null ? new IllegalStateException("no endpoint") : last;
    }

    private static RemoteException keep(@Nullable RemoteException before, RemoteException now) {
        if (before != null) {
            now.addSuppressed(before);
        }
        return now;
    }

    private JsonNode oneEndpoint(Endpoint endpoint, Call call, Map<String, String> headers) throws NotSentException {
        HttpRequest request = request(endpoint, call, headers);
        HttpAnswer answer;
        try {
            answer = exchange(endpoint, call, request);
        } catch (LostAnswerException e) {
            if (!call.isRead() || e.sentAgain) {
                throw e.failure;
            }
            try {
                answer = exchange(endpoint, call, request);
            } catch (LostAnswerException again) {
                throw again.failure;
            }
        }
        if (answer.status() >= 400 || answer.status() < 200) {
            throw ErrorClassifier.classify(call, endpoint.toString(), answer.status(), answer.body());
        }
        return data(endpoint, call, answer);
    }

    private HttpRequest request(Endpoint endpoint, Call call, Map<String, String> headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(endpoint.base() + "/api2/json" + call.target()))
                .header("Accept", "application/json")
                .header("User-Agent", "talos-pve");
        headers.forEach(request::header);
        switch (call.method()) {
            case "GET" -> request.GET();
            case "DELETE" -> request.DELETE();
            // a known length: pveproxy refuses chunked bodies
            default ->
                request.header("Content-Type", "application/x-www-form-urlencoded")
                        .method(
                                call.method(),
                                BodyPublishers.ofByteArray(
                                        FormEncoding.form(call.parameters()).getBytes(StandardCharsets.US_ASCII)));
        }
        return request.build();
    }

    /** The time for a call is used up then: trying another endpoint would take too long. */
    private static boolean timedOut(RemoteException e) {
        return e.getCause() instanceof HttpFailure failure && failure.kind() == HttpFailure.Kind.TIMED_OUT;
    }

    private HttpAnswer exchange(Endpoint endpoint, Call call, HttpRequest request)
            throws NotSentException, LostAnswerException {
        try {
            return connections.send(request, call.isRead());
        } catch (HttpFailure e) {
            String what = call + " at " + endpoint;
            switch (e.kind()) {
                case NOT_CONNECTED -> throw new NotSentException(notConnected(endpoint, call, e));
                case UNTRUSTED, TLS_REFUSED -> throw untrusted(endpoint, call, e);
                case LOST -> throw new LostAnswerException(
                        e.error(what + ": the connection ended without an answer", HINTS), e.wasSentAgain());
                default -> throw e.error(what, HINTS);
            }
        }
    }

    private static RemoteException notConnected(Endpoint endpoint, Call call, HttpFailure e) {
        return new RemoteException(
                ErrorCode.UNREACHABLE,
                "cannot connect to Proxmox VE at " + endpoint + " (" + e.reason() + "); " + call + " was not sent",
                true,
                "see whether the node is up and port " + endpoint.port() + " is reachable from here",
                null,
                e);
    }

    private static RemoteException untrusted(Endpoint endpoint, Call call, HttpFailure e) {
        if (e.seenFingerprint().isPresent()) {
            return new RemoteException(
                    ErrorCode.UNTRUSTED,
                    "Proxmox VE at " + endpoint + " showed a certificate with the SHA-256 fingerprint "
                            + e.seenFingerprint().get() + ", which is not the pinned one; " + call + " was not sent",
                    false,
                    "compare it on the node itself (openssl x509 -in /etc/pve/local/pve-ssl.pem -noout -fingerprint"
                            + " -sha256) and pin it only if it is the same",
                    null,
                    e);
        }
        return new RemoteException(
                ErrorCode.UNTRUSTED,
                "no trusted TLS connection to Proxmox VE at " + endpoint + ": " + e.reason() + "; " + call + " was not sent",
                false,
                HINTS.untrusted(),
                null,
                e);
    }

    private static JsonNode data(Endpoint endpoint, Call call, HttpAnswer answer) {
        try {
            JsonNode body = Fields.parse(answer.body());
            if (body != null && body.isObject() && body.has("data")) {
                return body.path("data");
            }
        } catch (JacksonException e) {
            throw unexpected(endpoint, call, answer, e);
        }
        throw unexpected(endpoint, call, answer, null);
    }

    private static RemoteException unexpected(Endpoint endpoint, Call call, HttpAnswer answer, @Nullable Exception cause) {
        String body = new String(answer.body(), StandardCharsets.UTF_8).strip();
        return new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                call + " at " + endpoint + " was answered " + answer.status() + " with something that is not Proxmox' JSON: "
                        + (body.length() > 120 ? body.substring(0, 120) + "…" : body),
                false,
                "is this really the API of Proxmox VE (https://<node>:8006), without a login page or proxy before it?",
                null,
                cause);
    }

    @Override
    public void close() {
        connections.close();
    }

    /** The call certainly did not arrive anywhere: another endpoint may be tried. */
    private static final class NotSentException extends Exception {
        private static final long serialVersionUID = 1L;
        private final RemoteException failure;

        NotSentException(RemoteException failure) {
            super(failure);
            this.failure = failure;
        }
    }

    /** The connection ended before an answer. */
    private static final class LostAnswerException extends Exception {
        private static final long serialVersionUID = 1L;
        private final RemoteException failure;
        private final boolean sentAgain;

        LostAnswerException(RemoteException failure, boolean sentAgain) {
            super(failure);
            this.failure = failure;
            this.sentAgain = sentAgain;
        }
    }
}
