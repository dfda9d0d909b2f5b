package io.talospve.secrets.bitwarden;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.Deadline;
import io.talospve.http.HeaderValue;
import io.talospve.http.HttpAnswer;
import io.talospve.http.ServerText;
import io.talospve.secrets.internal.HttpsClient;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The calls of Bitwarden Secrets Manager that are needed, with texts already encrypted and decrypted. One login serves all
 * calls until shortly before it expires. Thread-safe.
 */
final class BitwardenApi implements AutoCloseable {
    /** A login is renewed this long before it expires. */
    private static final Duration RENEWAL = Duration.ofMinutes(5);

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final AccessToken token;
    private final Servers servers;
    private final HttpsClient http;
    private final InstantSource time;
    private final SecureRandom random;
    private @Nullable Session session;

    BitwardenApi(AccessToken token, Servers servers, HttpsClient http, InstantSource time, SecureRandom random) {
        this.token = token;
        this.servers = servers;
        this.http = http;
        this.time = time;
        this.random = random;
    }

    /** Something with an id and a decrypted name. */
    record Named(String id, String name) {}

    /**
     * A secret.
     *
     * @param id its id
     * @param encryptedKey its name as the server has it
     * @param value its decrypted value
     * @param encryptedNote its note as the server has it
     */
    record Entry(String id, String encryptedKey, String value, String encryptedNote) {
        @Override
        public String toString() {
            return "secret " + id;
        }
    }

    /** The projects that the machine account sees. */
    List<Named> projects(Deadline deadline) {
        Session current = session(deadline);
        JsonNode answer = get(
                "list the projects", "/organizations/" + current.organization + "/projects", deadline);
        return names(answer.path("data"), "name", "project", current);
    }

    /** Makes a project and gives its id. */
    String createProject(String encryptedName, Deadline deadline) {
        JsonNode answer = call(
                "create a project",
                "POST",
                "/organizations/" + session(deadline).organization + "/projects",
                Map.of("name", encryptedName),
                deadline);
        return id(answer, "project");
    }

    /** The secrets of a project, without values. */
    List<Named> secrets(String projectId, Deadline deadline) {
        Session current = session(deadline);
        JsonNode answer =
                get("list the secrets of project " + projectId, "/projects/" + projectId + "/secrets", deadline);
        return names(answer.path("secrets"), "key", "secret", current);
    }

    /** One secret with its value. */
    Entry secret(String id, Deadline deadline) {
        Session current = session(deadline);
        JsonNode answer = get("read the secret " + id, "/secrets/" + id, deadline);
        return new Entry(
                id,
                required(answer, "key", "secret"),
                decrypt(current, required(answer, "value", "secret"), "the value of secret " + id),
                answer.path("note").stringValue(encrypt(current, "")));
    }

    /** Makes a secret in a project and gives its id. */
    String createSecret(String projectId, EncryptedSecret secret, Deadline deadline) {
        JsonNode answer = call(
                "create a secret in project " + projectId,
                "POST",
                "/organizations/" + session(deadline).organization + "/secrets",
                secret.body(projectId),
                deadline);
        return id(answer, "secret");
    }

    /** Deletes a secret. */
    void deleteSecret(String id, Deadline deadline) {
        String what = "delete the secret " + id;
        JsonNode answer = call(what, "POST", "/secrets/delete", List.of(id), deadline);
        for (JsonNode result : answer.path("data")) {
            // a success that says in its body that nothing was deleted
            if (result.path("error").isString()) {
                throw new RemoteException(
                        ErrorCode.DENIED,
                        what + " in Bitwarden at " + servers.shown() + ": "
                                + ServerText.clean(result.path("error").stringValue()),
                        false,
                        "give the machine account \"Can read, write\" on the project",
                        ServerText.clean(result.path("error").stringValue()),
                        null);
            }
        }
    }

    /** Replaces a secret's value; it stays in its project. */
    void updateSecret(String id, String projectId, EncryptedSecret secret, Deadline deadline) {
        Map<String, Object> body = secret.body(projectId);
        body.put("valueChanged", true);
        call("update the secret " + id, "PUT", "/secrets/" + id, body, deadline);
    }

    /**
     * The texts of a secret, encrypted.
     *
     * @param key its name
     * @param value its value
     * @param note its note
     */
    record EncryptedSecret(String key, String value, String note) {
        private Map<String, Object> body(String projectId) {
            Map<String, Object> body = new TreeMap<>();
            body.put("key", key);
            body.put("value", value);
            body.put("note", note);
            // must go with an update too: without it the secret leaves its project
            body.put("projectIds", List.of(projectId));
            return body;
        }
    }

    /** Encrypts a text under the organisation's key. */
    String encrypt(String plain, Deadline deadline) {
        return encrypt(session(deadline), plain);
    }

    private String encrypt(Session current, String plain) {
        return current.key.encrypt(plain, random);
    }

    /** Ids become parts of paths, so a server may not choose them freely. */
    private String id(JsonNode object, String what) {
        String id = required(object, "id", what);
        if (!AccessToken.isUuid(id)) {
            throw unexpected("a " + what + " has an id that is not a UUID");
        }
        return id;
    }

    private List<Named> names(JsonNode list, String field, String what, Session current) {
        if (!list.isArray()) {
            throw unexpected("the answer has no list of " + what + "s");
        }
        List<Named> result = new ArrayList<>();
        for (JsonNode item : list) {
            String id = id(item, what);
            result.add(new Named(
                    id, decrypt(current, required(item, field, what), "the name of " + what + " " + id)));
        }
        return result;
    }

    private String decrypt(Session current, String encrypted, String what) {
        try {
            return current.key.decrypt(encrypted);
        } catch (SymmetricKey.Unreadable e) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER,
                    "Bitwarden at " + servers.shown() + ": " + what + " cannot be decrypted: " + e.getMessage(),
                    false,
                    "look at it in the web vault; if it is broken there too, delete it",
                    null,
                    null);
        }
    }

    private Session session(Deadline deadline) {
        lock.lock();
        try {
            Session current = session;
            if (current == null || !time.instant().isBefore(current.renewAt)) {
                current = login(deadline);
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

    private Session login(Deadline deadline) {
        String what = "log in to Bitwarden at " + servers.shown();
        String form = "scope=api.secrets&client_id=" + token.clientId() + "&client_secret="
                + URLEncoder.encode(token.clientSecret().reveal(), StandardCharsets.UTF_8)
                + "&grant_type=client_credentials";
        HttpRequest request = HttpRequest.newBuilder(URI.create(servers.identity() + "/connect/token"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Accept", "application/json")
                .POST(BodyPublishers.ofString(form))
                .build();
        Instant asked = time.instant();
        HttpAnswer answer = http.send(what, request, deadline);
        if (answer.status() == 400 || answer.status() == 401) {
            throw new RemoteException(
                    ErrorCode.DENIED,
                    what + ": refused with status " + answer.status(),
                    false,
                    servers.loginHint(),
                    said(answer),
                    null);
        }
        if (answer.status() != 200) {
            throw failed(what, answer);
        }
        JsonNode body = json(what, answer);
        String bearer = required(body, "access_token", "login");
        if (!HeaderValue.fits(bearer)) {
            throw unexpected("the login's token is malformed");
        }
        long seconds = body.path("expires_in").longValue(0);
        if (seconds <= 0) {
            throw unexpected("the login says nothing about when it expires");
        }
        String payload;
        try {
            payload = token.key().decrypt(required(body, "encrypted_payload", "login"));
        } catch (SymmetricKey.Unreadable e) {
            throw new RemoteException(
                    ErrorCode.DENIED,
                    what + ": the login was accepted, but what it answered cannot be decrypted: " + e.getMessage(),
                    false,
                    "the part of the access token after \":\" does not belong to the part before it;"
                            + " make a new token for the machine account",
                    null,
                    null);
        }
        SymmetricKey key;
        try {
            key = SymmetricKey.of(Base64.getDecoder()
                    .decode(JSON.readTree(payload).path("encryptionKey").stringValue("")));
        } catch (SymmetricKey.Unreadable | IllegalArgumentException | JacksonException e) {
            // without a cause: Jackson's messages quote their input, which is the organisation's key here
            throw unexpected("the payload of the login holds no key of 64 bytes");
        }
        return new Session(bearer, organization(bearer), key, asked.plusSeconds(seconds).minus(RENEWAL));
    }

    /** The organisation that a login is for, a claim of its JWT (whose signature is the server's business). */
    private String organization(String bearer) {
        String[] parts = bearer.split("\\.", -1);
        try {
            if (parts.length == 3) {
                String id = JSON.readTree(Base64.getUrlDecoder().decode(parts[1]))
                        .path("organization")
                        .stringValue("");
                if (AccessToken.isUuid(id)) {
                    return id;
                }
            }
        } catch (IllegalArgumentException | JacksonException e) {
            // said below, without quoting the token
        }
        throw unexpected("the login's token names no organisation");
    }

    private JsonNode get(String what, String path, Deadline deadline) {
        return call(what, "GET", path, null, deadline);
    }

    private JsonNode call(String what, String method, String path, @Nullable Object body, Deadline deadline) {
        String tried = what + " in Bitwarden at " + servers.shown();
        Session current = session(deadline);
        HttpAnswer answer = http.send(tried, request(current, method, path, body), deadline);
        if (answer.status() == 401) {
            // expired or revoked earlier than it said; the request had no effect, so it is made once more
            forget(current);
            answer = http.send(tried, request(session(deadline), method, path, body), deadline);
        }
        if (answer.status() != 200) {
            throw failed(tried, answer);
        }
        return json(tried, answer);
    }

    private HttpRequest request(Session current, String method, String path, @Nullable Object body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(servers.api() + path))
                .header("Authorization", "Bearer " + current.bearer)
                .header("Accept", "application/json");
        if (body == null) {
            return request.method(method, BodyPublishers.noBody()).build();
        }
        return request.header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body)))
                .build();
    }

    private JsonNode json(String what, HttpAnswer answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (JacksonException e) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER,
                    what + ": the answer is not JSON",
                    false,
                    "is the server's address right, and is it Bitwarden that answers there?",
                    null,
                    null);
        }
    }

    private String required(JsonNode object, String field, String what) {
        JsonNode value = object.path(field);
        if (!value.isString()) {
            throw unexpected("a " + what + " has no \"" + field + "\"");
        }
        return value.stringValue();
    }

    private RemoteException unexpected(String message) {
        return new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                "Bitwarden at " + servers.shown() + ": " + message,
                false,
                null,
                null,
                null);
    }

    private RemoteException failed(String what, HttpAnswer answer) {
        int status = answer.status();
        String said = said(answer);
        String message = what + ": status " + status + (said.isEmpty() ? "" : ": " + said);
        return switch (status) {
            case 400 -> new RemoteException(
                    ErrorCode.REJECTED,
                    message,
                    false,
                    "Bitwarden does not take this: its own words say what is wrong with it",
                    said,
                    null);
            case 401 -> new RemoteException(
                    ErrorCode.DENIED, message, false, "a fresh login is refused, too; " + servers.loginHint(), said, null);
            case 403 -> new RemoteException(
                    ErrorCode.DENIED, message, false, "give the machine account access to the project", said, null);
            case 404 -> new RemoteException(
                    ErrorCode.NOT_FOUND,
                    message + " (it does not exist, or the machine account may not do this)",
                    false,
                    "Bitwarden answers 404 for missing permission too: give the machine account \"Can read, write\""
                            + " on the project",
                    said,
                    null);
            case 429 -> {
                String after = answer.headers().firstValue("Retry-After").map(ServerText::clean).orElse("");
                yield new RemoteException(
                        ErrorCode.SERVER_FAILED,
                        message + " (too many requests)",
                        true,
                        after.matches("\\d+")
                                ? "try again in " + after + " s"
                                : after.isEmpty() ? "try again in a minute" : "try again at " + after,
                        said,
                        null);
            }
            default -> new RemoteException(
                    status >= 500 ? ErrorCode.SERVER_FAILED : ErrorCode.UNEXPECTED_ANSWER,
                    message,
                    status >= 500,
                    status / 100 == 3
                            ? "redirects are not followed: give the server's final address"
                            : "look whether Bitwarden is in trouble; the credentials are in the store, and the next apply"
                                    + " delivers them",
                    said,
                    null);
        };
    }

    /** The server's own words: message and validation errors, or the start of a body that has none. */
    private String said(HttpAnswer answer) {
        String text;
        try {
            JsonNode body = JSON.readTree(answer.body());
            List<String> parts = new ArrayList<>();
            for (String field : List.of("message", "error", "error_description")) {
                if (body.path(field).isString()) {
                    parts.add(body.path(field).stringValue());
                }
            }
            for (Map.Entry<String, JsonNode> invalid : body.path("validationErrors").properties()) {
                for (JsonNode reason : invalid.getValue()) {
                    parts.add(invalid.getKey() + ": " + reason.asString());
                }
            }
            text = String.join("; ", parts);
        } catch (JacksonException e) {
            text = answer.text();
        }
        return ServerText.clean(text.replace(token.clientSecret().reveal(), "***"));
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

    /** A login. */
    private record Session(String bearer, String organization, SymmetricKey key, Instant renewAt) {
        @Override
        public String toString() {
            return "session of organisation " + organization;
        }
    }
}
