package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.tls.TestCa;
import io.talospve.testkit.internal.world.Hardware.BootImage;
import io.talospve.testkit.internal.world.ImageSource;
import io.talospve.testkit.internal.world.World;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A cluster with its server and a plain HTTP client. */
final class Lab implements AutoCloseable {
    static final BootImage TALOS = new BootImage("376567", "v1.12.4", List.of(), "nocloud");
    static final ImageSource FACTORY = new ImageSource() {
        @Override
        public Fetched fetch(String url) {
            return url.startsWith("https://factory.talos.dev/") && url.endsWith(".iso")
                    ? new Fetched(200, 128L << 20, Optional.of(TALOS))
                    : new Fetched(url.contains("factory") ? 404 : 0, 0, Optional.empty());
        }

        @Override
        public Optional<BootImage> pull(String reference) {
            return Optional.of(TALOS);
        }
    };

    private static final JsonMapper JSON = JsonMapper.builder().build();
    /** One authority for all tests: keys take time. */
    static final TestCa CA = new TestCa("pve lab");

    final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T15:00:00Z"));
    final List<FakeGuest> guests = new CopyOnWriteArrayList<>();
    final World world;
    final PveServer server;
    final HttpClient client;
    private Map<String, String> login;

    Lab(UnaryOperator<World.Builder> how) {
        this(how, null);
    }

    Lab(UnaryOperator<World.Builder> how, @Nullable SimClock otherClock) {
        world = how.apply(World.builder(otherClock == null ? clock : otherClock, new Latency(otherClock == null ? 1 : 0),
                power -> {
                    FakeGuest guest = new FakeGuest(power);
                    guests.add(guest);
                    return guest;
                }, FACTORY)).build();
        server = PveServer.start(world, CA);
        client = HttpClient.newBuilder().sslContext(trust()).version(HttpClient.Version.HTTP_1_1).build();
        login = Map.of("Authorization", "PVEAPIToken=" + server.apiToken());
    }

    static SSLContext trust() {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setCertificateEntry("ca", CA.certificate());
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An answer. */
    record Reply(int status, JsonNode body) {
        JsonNode data() {
            return body.get("data");
        }

        String message() {
            return body.path("message").asString("").strip();
        }

        String error(String parameter) {
            return body.path("errors").path(parameter).asString("");
        }
    }

    /** Logs in otherwise. */
    Lab as(Map<String, String> headers) {
        login = headers;
        return this;
    }

    static String form(Map<String, String> params) {
        return params.entrySet().stream()
                .map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
                .collect(Collectors.joining("&"));
    }

    static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    Reply call(String method, String path, String... params) {
        return call(server.endpoint(), method, path, params);
    }

    Reply call(URI endpoint, String method, String path, String... params) {
        Map<String, String> map = new LinkedHashMap<>();
        for (int i = 0; i < params.length; i += 2) {
            map.put(params[i], params[i + 1]);
        }
        boolean query = method.equals("GET") || method.equals("DELETE");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(
                endpoint + "/api2/json" + path + (query && !map.isEmpty() ? "?" + form(map) : "")));
        request.timeout(Duration.ofSeconds(20));
        login.forEach(request::header);
        if (!query) {
            request.header("Content-Type", "application/x-www-form-urlencoded");
        }
        request.method(method, query
                ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofString(form(map)));
        try {
            HttpResponse<String> response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(),
                    response.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(response.body()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Calls, lets time pass until the task it started has ended, and returns how that ended. */
    String task(String method, String path, String... params) {
        Reply reply = call(method, path, params);
        if (reply.status() != 200) {
            throw new AssertionError(reply);
        }
        return await(reply.data().asString());
    }

    String await(String upid) {
        String node = upid.split(":")[1];
        for (int i = 0; i < 400; i++) {
            JsonNode status = call("GET", "/nodes/" + node + "/tasks/" + encode(upid) + "/status").data();
            if (status.get("status").asString().equals("stopped")) {
                return status.get("exitstatus").asString();
            }
            clock.advance(Duration.ofSeconds(1));
        }
        throw new AssertionError("task does not end: " + upid);
    }

    @Override
    public void close() {
        server.close();
        world.close();
    }
}
