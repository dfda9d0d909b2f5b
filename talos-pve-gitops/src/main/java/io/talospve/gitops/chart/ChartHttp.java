package io.talospve.gitops.chart;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Gets things by HTTP, bounded in time and size. Follows redirects itself: an Authorization header goes to the host it was
 * given for and to no other, and https never becomes http. Thread-safe.
 */
final class ChartHttp implements AutoCloseable {
    private static final int MAX_REDIRECTS = 5;
    private static final int SHOWN_TEXT = 500;
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final HttpClient client;
    private final Duration timeOut;

    ChartHttp(HttpClient client, Duration timeOut) {
        this.client = client;
        this.timeOut = timeOut;
    }

    /**
     * An answer that is no redirect.
     *
     * @param status its status
     * @param challenges its WWW-Authenticate headers
     * @param body its body
     */
    record Answer(int status, List<String> challenges, byte[] body) {}

    /**
     * Gets an address, whatever the status.
     *
     * @param what what is got, for messages
     * @param accept media types that are understood
     * @param authorization value of an Authorization header for the address' host, or null
     */
    Answer get(String what, URI address, String accept, @Nullable String authorization, int maxBytes) {
        URI at = address;
        for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
            checkAddress(what, at);
            HttpRequest.Builder request =
                    HttpRequest.newBuilder(at).timeout(timeOut).header("Accept", accept).GET();
            if (authorization != null && sameHost(address, at)) {
                request.header("Authorization", authorization);
            }
            HttpResponse<byte[]> response = exchange(what + " at " + shown(at), request.build(), maxBytes);
            if (!REDIRECTS.contains(response.statusCode())) {
                return new Answer(
                        response.statusCode(), response.headers().allValues("WWW-Authenticate"), response.body());
            }
            at = target(what, at, response.headers().firstValue("Location").orElse(""));
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
    byte[] body(String what, URI address, Answer answer) {
        if (answer.status() / 100 != 2) {
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

    private HttpResponse<byte[]> exchange(String where, HttpRequest request, int maxBytes) {
        CompletableFuture<HttpResponse<byte[]>> call = client.sendAsync(request, info -> new BoundedBody(maxBytes));
        try {
            return call.get(timeOut.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw failed(where, e.getCause() == null ? e : e.getCause());
        } catch (TimeoutException e) {
            call.cancel(true);
            throw new RemoteException(
                    ErrorCode.UNREACHABLE,
                    where + ": no complete answer within " + timeOut.toSeconds() + " s",
                    true,
                    "look whether the server can be reached from here",
                    null,
                    e);
        } catch (InterruptedException e) {
            call.cancel(true);
            Thread.currentThread().interrupt();
            throw new RemoteException(ErrorCode.CANCELLED, where + ": interrupted", false, null, null, e);
        }
    }

    private static RemoteException failed(String where, Throwable cause) {
        if (cause instanceof BoundedBody.TooLong) {
            return new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER, where + ": " + cause.getMessage(), false, null, null, null);
        }
        for (Throwable t = cause; t != null; t = t.getCause()) {
            if (t instanceof CertificateException || t instanceof CertPathBuilderException || t instanceof SSLException) {
                Throwable deepest = t;
                while (deepest.getCause() != null) {
                    deepest = deepest.getCause();
                }
                return new RemoteException(
                        ErrorCode.UNTRUSTED,
                        where + ": the connection is not trusted: " + deepest.getMessage(),
                        false,
                        "give the chart fetcher the server's CA certificate, or the fingerprint of its certificate",
                        null,
                        cause);
            }
        }
        String reason = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new RemoteException(
                ErrorCode.UNREACHABLE,
                where + ": " + reason,
                cause instanceof IOException,
                "look whether the server can be reached from here; without a way to the internet, give a chart mirror",
                null,
                cause);
    }

    RemoteException refused(String what, URI address, Answer answer) {
        String words = new String(answer.body(), 0, Math.min(answer.body().length, 4 * SHOWN_TEXT), StandardCharsets.UTF_8)
                .replaceAll("\\p{Cntrl}+", " ")
                .strip();
        words = words.length() > SHOWN_TEXT ? words.substring(0, SHOWN_TEXT) + "…" : words;
        int status = answer.status();
        ErrorCode code = switch (status) {
            case 401, 403, 407 -> ErrorCode.DENIED;
            case 404, 410 -> ErrorCode.NOT_FOUND;
            case 408, 429 -> ErrorCode.SERVER_FAILED;
            default -> status >= 500 ? ErrorCode.SERVER_FAILED : status >= 400 ? ErrorCode.REJECTED : ErrorCode.UNEXPECTED_ANSWER;
        };
        String hint = switch (code) {
            case DENIED -> "give credentials that may read it, or look whether these are right";
            case NOT_FOUND -> "look at the address, the chart's name and its version";
            default -> null;
        };
        return new RemoteException(
                code,
                what + " at " + shown(address) + ": status " + status + (words.isEmpty() ? "" : ": " + words),
                code == ErrorCode.SERVER_FAILED,
                hint,
                words.isEmpty() ? null : words,
                null);
    }

    /** Closes idle connections where the JDK can (21 and later); otherwise they end with this object. */
    @Override
    public void close() {
        if (client instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
