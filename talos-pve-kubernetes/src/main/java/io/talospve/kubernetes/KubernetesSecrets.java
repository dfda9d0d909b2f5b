package io.talospve.kubernetes;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.http.Deadline;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The Secret objects of one namespace. Writes name the version they replace. Thread-safe. */
final class KubernetesSecrets implements AutoCloseable {
    /** A DNS subdomain, RFC 1123, as names of Secrets have to be. */
    private static final Pattern NAME =
            Pattern.compile("(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*");

    private static final Pattern FIELD = Pattern.compile("[A-Za-z0-9._-]{1,253}");

    private final ApiServer server;
    private final String namespace;

    KubernetesSecrets(ApiServer server, String namespace) {
        this.server = server;
        this.namespace = namespace;
    }

    static boolean isName(String text) {
        return NAME.matcher(text).matches();
    }

    static boolean isField(String text) {
        return FIELD.matcher(text).matches();
    }

    /** Reads a Secret object; empty if there is none. */
    Optional<ObjectNode> read(String name, Deadline deadline) {
        return server.get(path(name), deadline).map(node -> {
            if (node instanceof ObjectNode object && node.path("metadata").path("resourceVersion").isString()) {
                return object;
            }
            throw unexpected(name, "the answer is not a Secret");
        });
    }

    /** A field of a Secret object, decoded. */
    Optional<String> field(ObjectNode secret, String field) {
        JsonNode data = secret.path("data").path(field);
        if (!data.isString()) {
            return Optional.empty();
        }
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(data.stringValue())))
                    .toString());
        } catch (CharacterCodingException | IllegalArgumentException e) {
            throw unexpected(secret.path("metadata").path("name").asString(""), "its field " + field + " is not text");
        }
    }

    /** Makes a Secret object with one field. */
    void create(String name, String field, String value, Deadline deadline) {
        ObjectNode secret = ApiServer.JSON.createObjectNode();
        secret.put("apiVersion", "v1").put("kind", "Secret").put("type", "Opaque");
        secret.putObject("metadata")
                .put("name", name)
                .put("namespace", namespace)
                .putObject("labels")
                .put("app.kubernetes.io/managed-by", "talos-pve");
        secret.putObject("data").put(field, base64(value));
        server.send("POST", "/api/v1/namespaces/" + namespace + "/secrets", secret, deadline)
                .orElseThrow(() -> new RemoteException(
                        ErrorCode.NOT_FOUND,
                        "there is no namespace \"" + namespace + "\" at " + server.url(),
                        false,
                        "create the namespace",
                        null,
                        null));
    }

    /**
     * Changes one field of a Secret object that was read; all else in it stays.
     *
     * @throws RemoteException retryable if somebody else has changed or deleted it meanwhile
     */
    void update(ObjectNode secret, String name, String field, String value, Deadline deadline) {
        ObjectNode changed = secret.deepCopy();
        ObjectNode data = changed.path("data") instanceof ObjectNode given ? given : changed.putObject("data");
        data.put(field, base64(value));
        server.send("PUT", path(name), changed, deadline)
                .orElseThrow(() -> new RemoteException(
                        ErrorCode.REJECTED,
                        "the Secret " + namespace + "/" + name + " at " + server.url()
                                + " was deleted while it was being changed",
                        true,
                        null,
                        null,
                        null));
    }

    private String path(String name) {
        if (!isName(name)) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    "the name of a Kubernetes Secret has to consist of lower-case letters, digits, \"-\" and \".\", and"
                            + " to begin and end with a letter or digit",
                    "choose another name for this secret");
        }
        return "/api/v1/namespaces/" + namespace + "/secrets/" + name;
    }

    private static String base64(String value) {
        return Base64.getEncoder().encodeToString(value.getBytes(StandardCharsets.UTF_8));
    }

    private RemoteException unexpected(String name, String message) {
        return new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                "Secret " + namespace + "/" + name + " at " + server.url() + ": " + message,
                false,
                null,
                null,
                null);
    }

    @Override
    public void close() {
        server.close();
    }
}
