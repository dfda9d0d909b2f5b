package io.talospve.secrets.vault;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.talospve.testkit.internal.tls.TestCa;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
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

/** A simulated Vault with a KV version 2 engine at {@code kv}, AppRole, a policy, and the real one's error bodies. */
final class VaultServer implements AutoCloseable {
    static final String ROOT = "hvs.root";
    private final TestCa ca = new TestCa("vault");
    private final TestCa.Issued issued;
    private final HttpsServer server;
    private final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "vault");
        thread.setDaemon(true);
        return thread;
    });
    private final InstantSource time;
    private final JsonMapper json = JsonMapper.builder().build();
    /** By path, one entry per version; null for a deleted one. */
    private final Map<String, List<@Nullable JsonNode>> secrets = new TreeMap<>();

    private final Map<String, Instant> tokens = new HashMap<>();
    boolean sealed;
    int quotaSeconds;
    long writes;
    long logins;
    @Nullable Runnable beforeWrite;

    VaultServer(InstantSource time) {
        this.time = time;
        tokens.put(ROOT, Instant.MAX);
        try {
            issued = ca.issue("vault", List.of("127.0.0.1"));
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

    String url() {
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    InetSocketAddress address() {
        return server.getAddress();
    }

    String fingerprint() {
        return issued.fingerprint();
    }

    String caPem() {
        return ca.pem();
    }

    synchronized @Nullable JsonNode newest(String path) {
        List<@Nullable JsonNode> versions = secrets.getOrDefault(path, List.of());
        return versions.isEmpty() ? null : versions.get(versions.size() - 1);
    }

    synchronized void write(String path, @Nullable String fields) {
        secrets.computeIfAbsent(path, p -> new ArrayList<>()).add(fields == null ? null : json.readTree(fields));
    }

    synchronized void revokeAll() {
        tokens.keySet().removeIf(token -> !token.equals(ROOT));
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            Reply reply;
            synchronized (this) {
                reply = answer(exchange, body);
            }
            byte[] bytes = reply.body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            if (reply.status == 429) {
                exchange.getResponseHeaders().set("Retry-After", Integer.toString(quotaSeconds));
            }
            exchange.sendResponseHeaders(reply.status, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private record Reply(int status, String body) {}

    private Reply error(int status, String... errors) {
        return new Reply(status, json.writeValueAsString(Map.of("errors", errors)));
    }

    private Reply answer(HttpExchange exchange, String body) {
        String path = exchange.getRequestURI().getPath();
        if (sealed) {
            return error(503, "Vault is sealed");
        }
        if (quotaSeconds > 0) {
            return error(429, "request path \"" + path.substring(4) + "\": rate limit quota exceeded");
        }
        if (path.equals("/v1/auth/approle/login")) {
            JsonNode given = json.readTree(body);
            if (!given.path("role_id").asString("").equals("role")
                    || !given.path("secret_id").asString("").equals("secret-id-value")) {
                return error(400, "invalid role or secret ID");
            }
            logins++;
            String token = "hvs." + logins;
            tokens.put(token, time.instant().plusSeconds(1200));
            return new Reply(
                    200,
                    json.writeValueAsString(Map.of("auth", Map.of("client_token", token, "lease_duration", 1200))));
        }
        String token = exchange.getRequestHeaders().getFirst("X-Vault-Token");
        Instant expires = token == null ? null : tokens.get(token);
        if (expires == null || !time.instant().isBefore(expires)) {
            return error(403, "permission denied");
        }
        if (path.startsWith("/v1/kv1/")) {
            return new Reply(200, "{\"data\":{\"value\":\"v1\"}}");
        }
        if (!path.startsWith("/v1/kv/data/")) {
            return error(404, "no handler for route \"" + path.substring(4) + "\". route entry not found.");
        }
        return kv(exchange.getRequestMethod(), path.substring("/v1/kv/data/".length()), body);
    }

    private Reply kv(String method, String path, String body) {
        List<@Nullable JsonNode> versions = secrets.getOrDefault(path, List.of());
        if (method.equals("GET")) {
            if (versions.isEmpty()) {
                return new Reply(404, "{\"errors\":[]}");
            }
            JsonNode newest = versions.get(versions.size() - 1);
            return new Reply(
                    newest == null ? 404 : 200,
                    "{\"data\":{\"data\":" + (newest == null ? "null" : newest.toString())
                            + ",\"metadata\":{\"version\":" + versions.size() + ",\"deletion_time\":\""
                            + (newest == null ? time.instant() : "") + "\",\"destroyed\":false}}}");
        }
        if (path.startsWith("readonly/")) {
            return error(403, "1 error occurred:\n\t* permission denied\n\n");
        }
        if (beforeWrite != null) {
            Runnable once = beforeWrite;
            beforeWrite = null;
            once.run();
            versions = secrets.getOrDefault(path, List.of());
        }
        JsonNode given = json.readTree(body);
        JsonNode cas = given.path("options").path("cas");
        if (cas.isIntegralNumber() && cas.longValue() != versions.size()) {
            return error(400, "check-and-set parameter did not match the current version");
        }
        if (!given.path("data").isObject()) {
            return error(400, "no data provided");
        }
        writes++;
        secrets.computeIfAbsent(path, p -> new ArrayList<>()).add(given.path("data"));
        return new Reply(200, "{\"data\":{\"version\":" + secrets.get(path).size() + "}}");
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }
}
