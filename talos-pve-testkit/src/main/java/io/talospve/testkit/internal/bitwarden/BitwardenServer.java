package io.talospve.testkit.internal.bitwarden;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.talospve.spi.TimeSource;
import io.talospve.testkit.internal.bitwarden.BitwardenFaults.Fault;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.tls.TestCa;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.json.JsonMapper;

/**
 * A simulated self-hosted Bitwarden on a free port of the loopback address, with one organisation, one machine account and
 * one project to start with. HTTPS with a certificate of the given authority; {@code /identity} and {@code /api} below
 * {@link #serverUrl()}. Thread-safe.
 */
public final class BitwardenServer implements AutoCloseable {
    private static final int LONGEST_BODY = 8 << 20;

    private final SimClock clock;
    private final TestCa ca;
    private final HttpsServer server;
    private final ExecutorService workers;
    private final Organization organization;
    private final BitwardenRoutes routes;
    private final RateLimits limits = new RateLimits();
    private final JsonMapper json = JsonMapper.builder().build();
    private volatile BitwardenFaults faults = BitwardenFaults.NONE;
    private volatile boolean rateLimited;

    /** A server with an authority of its own. */
    public BitwardenServer(SimClock clock) {
        this(clock, new TestCa("Simulated Bitwarden CA"));
    }

    /** A server with a certificate of an authority. */
    public BitwardenServer(SimClock clock, TestCa ca) {
        this(clock, ca, new SecureRandom());
    }

    /**
     * A server.
     *
     * @param clock the datacenter's time
     * @param ca who issues its certificate
     * @param random where its ids and keys come from
     */
    public BitwardenServer(SimClock clock, TestCa ca, SecureRandom random) {
        this.clock = clock;
        this.ca = ca;
        organization = new Organization(clock, random);
        routes = new BitwardenRoutes(organization, clock);
        workers = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "bitwarden-server");
            thread.setDaemon(true);
            return thread;
        });
        try {
            server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setHttpsConfigurator(new HttpsConfigurator(tls(ca)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(workers);
        server.createContext("/", this::handle);
        server.start();
    }

    /** {@code https://127.0.0.1:<port>}, without a slash at the end. */
    public String serverUrl() {
        return "https://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The machine account's access token. */
    public String accessToken() {
        return organization.accessToken();
    }

    /** The authority's certificate. */
    public String caPem() {
        return ca.pem();
    }

    /** Id of the project that exists from the start. */
    public String projectId() {
        return organization.firstProject();
    }

    /** Name of the project that exists from the start. */
    public String projectName() {
        return Organization.FIRST_PROJECT;
    }

    /** Everything that is stored, for tests to look at and to change behind the client's back. */
    public Organization organization() {
        return organization;
    }

    /** Spoils calls from now on. */
    public void faults(BitwardenFaults spoiler) {
        this.faults = spoiler;
    }

    /** Ends all logins before their time: the next call is answered 401. */
    public void endSessions() {
        routes.endSessions();
    }

    /** Whether the documented rate limits apply; they don't at first. */
    public void rateLimited(boolean limited) {
        this.rateLimited = limited;
    }

    /** Stops at once; open connections are closed. */
    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }

    private void handle(HttpExchange exchange) {
        try (TimeSource.Hold hold = clock.request();
                exchange) {
            URI uri = exchange.getRequestURI();
            BitwardenFaults.Call call = new BitwardenFaults.Call(exchange.getRequestMethod(), uri.getPath());
            byte[] body = exchange.getRequestBody().readNBytes(LONGEST_BODY + 1);
            BitwardenFaults current = faults;
            Fault early = current.before(call).orElse(null);
            if (early != null) {
                spoil(exchange, early);
                return;
            }
            BitwardenAnswer answer = body.length > LONGEST_BODY
                    ? BitwardenAnswer.error(413, "Request Entity Too Large")
                    : answer(exchange, call, body);
            Fault late = current.after(call).orElse(null);
            if (late != null) {
                spoil(exchange, late);
                return;
            }
            send(exchange, answer);
        } catch (IOException e) {
            // the client is gone: nobody to tell
            exchange.close();
        }
    }

    private BitwardenAnswer answer(HttpExchange exchange, BitwardenFaults.Call call, byte[] body) {
        if (rateLimited) {
            RateLimits.Kind kind = call.path().startsWith("/identity/")
                    ? RateLimits.Kind.TOKEN
                    : call.method().equals("GET") ? RateLimits.Kind.READ : RateLimits.Kind.WRITE;
            OptionalLong wait = limits.take(kind, clock.now());
            if (wait.isPresent()) {
                return tooMany(wait.getAsLong());
            }
        }
        try {
            return routes.answer(
                    call.method(),
                    exchange.getRequestURI(),
                    exchange.getRequestHeaders(),
                    new String(body, StandardCharsets.UTF_8));
        } catch (RuntimeException bug) {
            return BitwardenAnswer.error(500, "An unhandled server error has occurred: " + bug);
        }
    }

    private void spoil(HttpExchange exchange, Fault fault) throws IOException {
        if (fault instanceof Fault.Error error) {
            send(exchange, BitwardenAnswer.error(error.status(), error.message()));
        } else if (fault instanceof Fault.TooManyRequests tooMany) {
            send(exchange, tooMany(tooMany.retryAfterSeconds()));
        } else if (fault instanceof Fault.Raw raw) {
            exchange.getResponseHeaders().set("Content-Type", raw.contentType());
            write(exchange, raw.status(), raw.body().getBytes(StandardCharsets.UTF_8));
        }
        // Drop: the exchange is closed without an answer
    }

    private static BitwardenAnswer tooMany(long seconds) {
        return new BitwardenAnswer(
                429,
                BitwardenAnswer.errorBody("Slow down! Too many requests. Try again in " + seconds + "s.", Map.of()),
                Map.of("Retry-After", Long.toString(seconds)));
    }

    private void send(HttpExchange exchange, BitwardenAnswer answer) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "application/json; charset=utf-8");
        answer.headers().forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        write(exchange, answer.status(), answer.body() == null ? new byte[0] : json.writeValueAsBytes(answer.body()));
    }

    private static void write(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static SSLContext tls(TestCa ca) {
        try {
            TestCa.Issued issued = ca.issue("127.0.0.1", List.of("127.0.0.1", "::1", "localhost"));
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            char[] none = new char[0];
            store.setKeyEntry(
                    "server", issued.key(), none, new X509Certificate[] {issued.certificate(), ca.certificate()});
            KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            keys.init(store, none);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), null, null);
            return context;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
