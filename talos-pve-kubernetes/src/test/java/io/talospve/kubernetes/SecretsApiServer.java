package io.talospve.kubernetes;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.talospve.spec.Secret;
import io.talospve.testkit.internal.tls.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The part of an API server that keeps Secret objects of the namespace {@code clusters}, with its rules on versions. */
final class SecretsApiServer implements AutoCloseable {
    static final String TOKEN = "sa-token";
    private static final String BASE = "/api/v1/namespaces/clusters/secrets";
    private final TestCa ca = new TestCa("kubernetes");
    private final HttpsServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "secrets-api");
        thread.setDaemon(true);
        return thread;
    });
    private final JsonMapper json = JsonMapper.builder().build();
    private final Map<String, ObjectNode> secrets = new TreeMap<>();
    private long version = 100;
    long writes;
    @Nullable Runnable beforeWrite;

    SecretsApiServer() {
        try {
            TestCa.Issued issued = ca.issue("kube-apiserver", List.of("127.0.0.1"));
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(null, null);
            keys.setKeyEntry("s", issued.key(), new char[0], new X509Certificate[] {issued.certificate()});
            KeyManagerFactory managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            managers.init(keys, new char[0]);
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(managers.getKeyManagers(), null, null);
            server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(tls));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        server.setExecutor(workers);
        server.createContext("/", this::handle);
        server.start();
    }

    Secret<String> kubeconfig(String token) {
        return Secret.of("""
                clusters: [{name: m, cluster: {server: "https://127.0.0.1:%d/", certificate-authority-data: %s}}]
                users: [{name: u, user: {token: %s}}]
                contexts: [{name: c, context: {cluster: m, user: u}}]
                current-context: c
                """.formatted(
                server.getAddress().getPort(),
                Base64.getEncoder().encodeToString(ca.pem().getBytes(StandardCharsets.UTF_8)),
                token));
    }

    synchronized void store(String name, String object) {
        ObjectNode secret = (ObjectNode) json.readTree(object);
        ((ObjectNode) secret.path("metadata")).put("resourceVersion", Long.toString(++version));
        secrets.put(name, secret);
    }

    synchronized @Nullable ObjectNode stored(String name) {
        return secrets.get(name);
    }

    synchronized void delete(String name) {
        secrets.remove(name);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Reply reply;
            synchronized (this) {
                reply = answer(exchange, body);
            }
            byte[] bytes = reply.body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private record Reply(int status, String body) {}

    private Reply status(int code, String reason, String message) {
        return new Reply(
                code,
                json.writeValueAsString(Map.of(
                        "kind", "Status", "status", "Failure", "reason", reason, "message", message, "code", code)));
    }

    private Reply answer(HttpExchange exchange, String body) {
        if (!("Bearer " + TOKEN).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            return status(401, "Unauthorized", "Unauthorized");
        }
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/api/v1/namespaces/gone/secrets")) {
            return status(404, "NotFound", "namespaces \"gone\" not found");
        }
        if (!path.startsWith("/api/v1/namespaces/clusters/")) {
            return exchange.getRequestMethod().equals("GET") && path.contains("/namespaces/gone/")
                    ? status(404, "NotFound", "secrets \"k\" not found")
                    : status(403, "Forbidden", "secrets is forbidden: User \"u\" cannot do this");
        }
        String name = path.length() > BASE.length() ? path.substring(BASE.length() + 1) : "";
        ObjectNode known = secrets.get(name);
        if (exchange.getRequestMethod().equals("GET")) {
            return known == null
                    ? status(404, "NotFound", "secrets \"" + name + "\" not found")
                    : new Reply(200, known.toString());
        }
        if (beforeWrite != null) {
            Runnable once = beforeWrite;
            beforeWrite = null;
            once.run();
            known = secrets.get(name);
        }
        ObjectNode given = (ObjectNode) json.readTree(body);
        String givenName = given.path("metadata").path("name").asString("");
        for (JsonNode value : given.path("data")) {
            Base64.getDecoder().decode(value.stringValue());
        }
        if (exchange.getRequestMethod().equals("POST")) {
            if (secrets.containsKey(givenName)) {
                return status(409, "AlreadyExists", "secrets \"" + givenName + "\" already exists");
            }
            name = givenName;
        } else {
            if (known == null) {
                return status(404, "NotFound", "secrets \"" + name + "\" not found");
            }
            if (!known.path("metadata").path("resourceVersion").equals(given.path("metadata").path("resourceVersion"))) {
                return status(409, "Conflict", "the object has been modified; please apply your changes to the latest");
            }
            if (known.path("immutable").asBoolean(false)) {
                return status(422, "Invalid", "data: Forbidden: field is immutable when `immutable` is set");
            }
        }
        ((ObjectNode) given.path("metadata")).put("resourceVersion", Long.toString(++version));
        secrets.put(name, given);
        writes++;
        return new Reply(exchange.getRequestMethod().equals("POST") ? 201 : 200, given.toString());
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
