package io.talospve.gitops.chart;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.BoundedHttpClient;
import io.talospve.http.HttpAnswer;
import io.talospve.http.HttpFailure;
import io.talospve.http.HttpHints;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gets things by HTTP, bounded in time and size. Follows redirects itself: an Authorization header goes to the host it was
 * given for and to no other, and https never becomes http. Thread-safe.
 */
final class ChartHttp implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;
    private static final HttpHints HINTS = new HttpHints(
            "give the chart fetcher the server's CA certificate, or the fingerprint of its certificate",
            "look whether the server can be reached from here; without a way to the internet, give a chart mirror",
            null);
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final BoundedHttpClient client;
    private final Duration timeOut;

    ChartHttp(BoundedHttpClient client, Duration timeOut) {
        this.client = client;
        this.timeOut = timeOut;
    }

    /**
     * Gets an address, whatever the status but a redirect.
     *
     * @param what what is got, for messages
     * @param accept media types that are understood
     * @param authorization value of an Authorization header for the address' host, or null
     */
    HttpAnswer get(String what, URI address, String accept, @Nullable String authorization, int maxBytes) {
        URI at = address;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            checkAddress(what, at);
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(at).header("Accept", accept).GET();
            if (authorization != null && sameHost(address, at)) {
                request.header("Authorization", authorization);
            }
            HttpAnswer answer = exchange(what + " at " + shown(at), request.build(), maxBytes);
            if (!REDIRECTS.contains(answer.status())) {
                return answer;
            }
            at = target(what, at, answer.headers().firstValue("Location").orElse(""));
        }
        throw new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                what + " at " + shown(address) + ": more than " + MAX_REDIRECTS + " redirects",
                false,
                null,
                null,
                null);
    }

    /** The body of a success. */
    byte[] body(String what, URI address, HttpAnswer answer) {
        if (!answer.isSuccess()) {
            throw refused(what, address, answer);
        }
        return answer.body();
    }

    private static URI target(String what, URI from, String location) {
        URI to;
        try {
            to = from.resolve(location);
        } catch (IllegalArgumentException e) {
            to = URI.create("none:/");
        }
        if (location.isEmpty() || to.getHost() == null) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER,
                    what + " at " + shown(from) + ": a redirect to no address",
                    false,
                    null,
                    null,
                    null);
        }
        checkNoDowngrade(what, from, to);
        return to;
    }

    /** What was asked for under TLS is never fetched without. */
    static void checkNoDowngrade(String what, URI from, URI to) {
        if (from.getScheme().equalsIgnoreCase("https") && !to.getScheme().equalsIgnoreCase("https")) {
            throw new RemoteException(
                    ErrorCode.UNTRUSTED,
                    what + " at " + shown(from) + ": it leads to " + shown(to) + ", without TLS",
                    false,
                    "ask whoever runs the server, or give that address yourself if you trust it",
                    null,
                    null);
        }
    }

    private static void checkAddress(String what, URI address) {
        String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
        if (!scheme.equals("https") && !scheme.equals("http") || address.getHost() == null) {
            throw new RemoteException(
                    ErrorCode.REJECTED,
                    what + ": " + shown(address) + " is no http or https address",
                    false,
                    null,
                    null,
                    null);
        }
    }

    static boolean sameHost(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && port(one) == port(other);
    }

    private static int port(URI uri) {
        return uri.getPort() >= 0 ? uri.getPort() : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
    }

    /** Without user information and query, where tokens may be. */
    static String shown(URI address) {
        String port = address.getPort() < 0 ? "" : ":" + address.getPort();
        return address.getScheme() + "://" + address.getHost() + port + (address.getPath() == null ? "" : address.getPath());
    }

    private HttpAnswer exchange(String where, HttpRequest request, int maxBytes) {
        try {
            return client.fetch(request, maxBytes, timeOut);
        } catch (HttpFailure e) {
            throw e.error(where, HINTS);
        }
    }

    RemoteException refused(String what, URI address, HttpAnswer answer) {
        String hint = switch (answer.errorCode()) {
            case DENIED -> "give credentials that may read it, or look whether these are right";
            case NOT_FOUND -> "look at the address, the chart's name and its version";
            default -> null;
        };
        return answer.error(what + " at " + shown(address), hint);
    }

    /** Closes idle connections. */
    @Override
    public void close() {
        client.close();
    }
}
