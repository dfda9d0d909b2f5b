package io.talospve.testkit.internal.bitwarden;

import io.talospve.testkit.internal.bitwarden.BitwardenFaults.Fault;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.net.HttpsServer;
import io.talospve.testkit.internal.net.HttpsServer.Request;
import io.talospve.testkit.internal.net.HttpsServer.Response;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.TestCa;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import tools.jackson.databind.json.JsonMapper;

/**
 * A simulated self-hosted Bitwarden on a free port of the loopback address, with one organisation, one machine account and
 * one project to start with. HTTPS with a certificate of the given authority; {@code /identity} and {@code /api} below
 * {@link #serverUrl()}. Thread-safe.
 */
public final class BitwardenServer implements AutoCloseable {
    private final SimClock clock;
    private final TestCa ca;
    private final HttpsServer server;
    private final AutoCloseable threads;
    private final Organization organization;
    private final BitwardenRoutes routes;
    private final RateLimits limits = new RateLimits();
    private final JsonMapper json = JsonMapper.builder().build();
    private volatile BitwardenFaults faults = BitwardenFaults.NONE;
    private volatile boolean rateLimited;

    /** A server with threads and an authority of its own. */
    public BitwardenServer(SimClock clock) {
        this(clock, new TestCa("Simulated Bitwarden CA"));
    }

    /** A server with threads of its own and a certificate of an authority. */
    public BitwardenServer(SimClock clock, TestCa ca) {
        this(new IoThreads(), true, clock, new Latency(0), ca, new SecureRandom());
    }

    /**
     * A server.
     *
     * @param io threads, which stay the caller's
     * @param clock the datacenter's time
     * @param latency how long answers take in wall time
     * @param ca who issues its certificate
     * @param random where its ids and keys come from
     */
    public BitwardenServer(IoThreads io, SimClock clock, Latency latency, TestCa ca, SecureRandom random) {
        this(io, false, clock, latency, ca, random);
    }

    private BitwardenServer(
            IoThreads io, boolean ownThreads, SimClock clock, Latency latency, TestCa ca, SecureRandom random) {
        this.clock = clock;
        this.ca = ca;
        threads = ownThreads ? io : () -> { };
        organization = new Organization(clock, random);
        routes = new BitwardenRoutes(organization, clock);
        TestCa.Issued issued = ca.issue("127.0.0.1", List.of("127.0.0.1", "::1", "localhost"));
        server = new HttpsServer(io, clock, latency, issued, this::handle);
    }

    /** {@code https://127.0.0.1:<port>}, without a slash at the end. */
    public String serverUrl() {
        return "https://127.0.0.1:" + server.address().getPort();
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
        server.close();
        try {
            threads.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private Response handle(Request request) {
        BitwardenFaults.Call call = new BitwardenFaults.Call(request.method(), request.path());
        BitwardenFaults current = faults;
        Fault early = current.before(call).orElse(null);
        if (early != null) {
            return spoiled(early);
        }
        BitwardenAnswer answer = answer(request);
        return current.after(call).map(this::spoiled).orElseGet(() -> response(answer));
    }

    private BitwardenAnswer answer(Request request) {
        if (rateLimited) {
            RateLimits.Kind kind = request.path().startsWith("/identity/")
                    ? RateLimits.Kind.TOKEN
                    : request.method().equals("GET") ? RateLimits.Kind.READ : RateLimits.Kind.WRITE;
            OptionalLong wait = limits.take(kind, clock.now());
            if (wait.isPresent()) {
                return tooMany(wait.getAsLong());
            }
        }
        try {
            return routes.answer(request);
        } catch (RuntimeException bug) {
            return BitwardenAnswer.error(500, "An unhandled server error has occurred: " + bug);
        }
    }

    private Response spoiled(Fault fault) {
        if (fault instanceof Fault.Error error) {
            return response(BitwardenAnswer.error(error.status(), error.message()));
        }
        if (fault instanceof Fault.TooManyRequests tooMany) {
            return response(tooMany(tooMany.retryAfterSeconds()));
        }
        if (fault instanceof Fault.Raw raw) {
            return new Response(
                    raw.status(),
                    Map.of("content-type", raw.contentType()),
                    raw.body().getBytes(StandardCharsets.UTF_8));
        }
        return Response.DROPPED;
    }

    private static BitwardenAnswer tooMany(long seconds) {
        return new BitwardenAnswer(
                429,
                BitwardenAnswer.errorBody("Slow down! Too many requests. Try again in " + seconds + "s.", Map.of()),
                Map.of("Retry-After", Long.toString(seconds)));
    }

    private Response response(BitwardenAnswer answer) {
        Map<String, String> headers = new HashMap<>(answer.headers());
        headers.put("content-type", "application/json; charset=utf-8");
        return new Response(
                answer.status(), headers, answer.body() == null ? new byte[0] : json.writeValueAsBytes(answer.body()));
    }
}
