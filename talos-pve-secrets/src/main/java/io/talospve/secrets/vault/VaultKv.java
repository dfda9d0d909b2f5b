package io.talospve.secrets.vault;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.http.Deadline;
import io.talospve.http.HeaderValue;
import io.talospve.http.HttpAnswer;
import io.talospve.http.ServerText;
import io.talospve.secrets.internal.HttpsClient;
import io.talospve.spec.Secret;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * One secrets engine of the kind KV version 2, with the token that opens it. Reads give a version, writes name the version
 * they replace (check-and-set), so that nobody's change is lost. Thread-safe.
 */
final class VaultKv implements AutoCloseable {
    private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._@ -]{0,199}(?<! )");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final String server;
    private final String mount;
    private final String namespace;
    private final VaultAuth auth;
    private final HttpsClient http;
    private final InstantSource time;
    private @Nullable Session session;

    VaultKv(String server, String mount, String namespace, VaultAuth auth, HttpsClient http, InstantSource time) {
        this.server = server;
        this.mount = mount;
        this.namespace = namespace;
        this.auth = auth;
        this.http = http;
        this.time = time;
    }

    /**
     * A secret as it is stored.
     *
     * @param version its version; 0 if there never was one
     * @param fields its fields; no field if there is none now
     */
    record Stored(long version, ObjectNode fields) {
        Optional<String> field(String name) {
            return Optional.ofNullable(fields.path(name).stringValue(null));
        }

        @Override
        public String toString() {
            return "version " + version;
        }
    }

    /** Reads the newest version of a secret; a deleted one has no fields but a version. */
    Stored read(String path, Deadline deadline) {
        String what = "read the secret " + mount + "/" + path + " in Vault at " + server;
        HttpAnswer answer = call(what, "GET", mount + "/data/" + encoded(path), null, deadline);
        if (answer.status() == 404) {
            JsonNode body = json(what, answer);
            JsonNode metadata = body.path("data").path("metadata");
            if (!metadata.isObject() && body.path("errors").size() > 0) {
                throw new RemoteException(
                        ErrorCode.NOT_FOUND,
                        what + ": status 404: " + said(answer),
                        false,
                        "is there a secrets engine KV version 2 mounted at \"" + mount + "\"?",
                        said(answer),
                        null);
            }
            return new Stored(metadata.path("version").longValue(0), JSON.createObjectNode());
        }
        if (answer.status() != 200) {
            throw failed(what, answer);
        }
        JsonNode data = json(what, answer).path("data");
        if (!data.path("metadata").path("version").isIntegralNumber()) {
            throw unexpected(
                    what + ": the answer has no version",
                    "the secrets engine at \"" + mount + "\" seems to be KV version 1; version 2 is needed");
        }
        ObjectNode fields = data.path("data") instanceof ObjectNode object ? object : JSON.createObjectNode();
        return new Stored(data.path("metadata").path("version").longValue(), fields);
    }

    /**
     * Writes a secret's next version.
     *
     * @param replaced the version that was read
     * @throws RemoteException retryable if somebody else has written meanwhile
     */
    void write(String path, ObjectNode fields, long replaced, Deadline deadline) {
        String what = "write the secret " + mount + "/" + path + " in Vault at " + server;
        ObjectNode body = JSON.createObjectNode();
        body.putObject("options").put("cas", replaced);
        body.set("data", fields);
        HttpAnswer answer = call(what, "POST", mount + "/data/" + encoded(path), body, deadline);
        if (answer.status() == 400 && said(answer).contains("check-and-set parameter did not match")) {
            throw new RemoteException(
                    ErrorCode.REJECTED,
                    what + ": somebody else has written it at the same time",
                    true,
                    null,
                    said(answer),
                    null);
        }
        if (answer.status() != 200 && answer.status() != 204) {
            throw failed(what, answer);
        }
    }

    /** A path that can only mean one thing. */
    static String path(String folder, String key) {
        String path = folder.isEmpty() ? key : folder + "/" + key;
        if (!Arrays.stream(path.split("/", -1)).allMatch(part -> SEGMENT.matcher(part).matches())) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    "the name of a secret in Vault has to consist of letters, digits, \".\", \"_\", \"-\", \"@\" and"
                            + " \"/\", and no part of it may be empty or start with \".\" or \"-\"",
                    "choose another name for this secret");
        }
        return path;
    }

    private static String encoded(String path) {
        return path.replace(" ", "%20").replace("@", "%40");
    }

    private HttpAnswer call(String what, String method, String path, @Nullable JsonNode body, Deadline deadline) {
        Session current = session(deadline);
        HttpAnswer answer = http.send(what, request(method, path, body, current.token), deadline);
        if (answer.status() == 403 && auth.login().isPresent()) {
            // a token that has expired or was revoked is refused like a missing permission: try a fresh one once
            forget(current);
            answer = http.send(what, request(method, path, body, session(deadline).token), deadline);
        }
        return answer;
    }

    private HttpRequest request(String method, String path, @Nullable JsonNode body, @Nullable Secret<String> token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server + "/v1/" + path))
                .header("Accept", "application/json")
                // agents may be configured to demand it, against forged requests
                .header("X-Vault-Request", "true");
        if (token != null) {
            request.header("X-Vault-Token", token.reveal());
        }
        if (!namespace.isEmpty()) {
            request.header("X-Vault-Namespace", namespace);
        }
        if (body == null) {
            return request.method(method, BodyPublishers.noBody()).build();
        }
        return request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build();
    }

    private Session session(Deadline deadline) {
        lock.lock();
        try {
            Session current = session;
            if (current == null || !time.instant().isBefore(current.renewAt)) {
                current = auth.login()
                        .map(login -> login(login, deadline))
                        .orElseGet(() -> new Session(auth.token(), Instant.MAX));
                session = current;
            }
            return current;
        } finally {
            lock.unlock();
        }
    }

    private void forget(Session refused) {
        lock.lock();
        try {
            if (session == refused) {
                session = null;
            }
        } finally {
            lock.unlock();
        }
    }

    private Session login(VaultAuth.Login login, Deadline deadline) {
        String what = "log in to Vault at " + server + " by " + login.path();
        Instant asked = time.instant();
        HttpAnswer answer =
                http.send(what, request("POST", login.path(), fields(auth.body(login)), null), deadline);
        if (answer.status() == 400 || answer.status() == 403) {
            throw new RemoteException(
                    ErrorCode.DENIED,
                    what + ": status " + answer.status() + ": " + said(answer),
                    false,
                    "check role, secret and namespace; a secret id may have expired or been used up",
                    said(answer),
                    null);
        }
        if (answer.status() != 200) {
            throw failed(what, answer);
        }
        JsonNode given = json(what, answer).path("auth");
        String token = given.path("client_token").stringValue("");
        if (!HeaderValue.fits(token)) {
            throw unexpected(what + ": the answer has no token", null);
        }
        long seconds = given.path("lease_duration").longValue(0);
        // renewed when a tenth is left; 0 means that it does not expire
        Instant renewAt = seconds <= 0 ? Instant.MAX : asked.plusSeconds(seconds - seconds / 10);
        return new Session(Secret.of(token), renewAt);
    }

    private RemoteException failed(String what, HttpAnswer answer) {
        String said = said(answer);
        String message = what + ": status " + answer.status() + (said.isEmpty() ? "" : ": " + said);
        return switch (answer.status()) {
            case 400, 405 -> new RemoteException(ErrorCode.REJECTED, message, false, null, said, null);
            case 403 -> new RemoteException(
                    ErrorCode.DENIED,
                    message,
                    false,
                    "the token has expired, or its policy lacks create, read, update on " + mount + "/data/…",
                    said,
                    null);
            case 404 -> new RemoteException(ErrorCode.NOT_FOUND, message, false, null, said, null);
            case 413 -> new RemoteException(ErrorCode.REJECTED, message, false, "the value is too long", said, null);
            // 412: this node has not caught up yet; 429: a quota; 472, 473: a standby
            case 412, 429, 472, 473 -> new RemoteException(
                    ErrorCode.SERVER_FAILED,
                    message,
                    true,
                    answer.headers()
                            .firstValue("Retry-After")
                            .map(after -> "try again in " + ServerText.clean(after) + " s")
                            .orElse(null),
                    said,
                    null);
            case 503 -> new RemoteException(
                    ErrorCode.SERVER_FAILED,
                    message,
                    true,
                    said.contains("sealed") ? "unseal it (vault operator unseal)" : null,
                    said,
                    null);
            default -> new RemoteException(
                    answer.status() >= 500 ? ErrorCode.SERVER_FAILED : ErrorCode.UNEXPECTED_ANSWER,
                    message,
                    answer.status() >= 500,
                    answer.status() / 100 == 3 ? "redirects are not followed: give the address of the active node" : null,
                    said,
                    null);
        };
    }

    private String said(HttpAnswer answer) {
        StringBuilder text = new StringBuilder();
        try {
            for (JsonNode error : JSON.readTree(answer.body()).path("errors")) {
                text.append(text.isEmpty() ? "" : "; ").append(error.asString(""));
            }
        } catch (JacksonException e) {
            text.append(answer.text());
        }
        return ServerText.clean(auth.scrub(text.toString()));
    }

    private static JsonNode json(String what, HttpAnswer answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (JacksonException e) {
            throw unexpected(what + ": the answer is not JSON", "is it Vault that answers there?");
        }
    }

    private static RemoteException unexpected(String message, @Nullable String hint) {
        return new RemoteException(ErrorCode.UNEXPECTED_ANSWER, message, false, hint, null, null);
    }

    static ObjectNode fields(Map<String, String> fields) {
        ObjectNode object = JSON.createObjectNode();
        fields.forEach(object::put);
        return object;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            session = null;
        } finally {
            lock.unlock();
        }
        http.close();
    }

    private record Session(Secret<String> token, Instant renewAt) {}
}
