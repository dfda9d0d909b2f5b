package io.talospve.talos.factory.internal;

import io.talospve.error.RemoteException;
import io.talospve.http.BoundedHttpClient;
import io.talospve.http.HttpAnswer;
import io.talospve.http.HttpFailure;
import io.talospve.http.HttpHints;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;

/**
 * Calls to the image factory: each with a time from connecting to the last byte, at most 4 MiB of answer, no redirects. Failures
 * become {@link RemoteException}. Thread-safe.
 */
public final class FactoryHttp implements AutoCloseable {
    private static final int LARGEST_ANSWER = 4 * 1024 * 1024;
    private static final HttpHints HINTS = new HttpHints(
            "give the image factory's CA, or the fingerprint of its certificate",
            "look whether the image factory can be reached from here",
            null);

    private final BoundedHttpClient client;
    private final URI base;
    private final Duration timeout;

    /**
     * Uses a client for calls below a URL.
     *
     * @param client the client
     * @param base the factory's URL, without a slash at the end
     * @param timeout for a call, the whole answer included; wall time
     */
    public FactoryHttp(BoundedHttpClient client, URI base, Duration timeout) {
        this.client = client;
        this.base = base;
        this.timeout = timeout;
    }

    /**
     * Asks for a path.
     *
     * @param what what is tried, for messages
     * @param path the path, with a slash at the start
     * @return the answer's text
     */
    public String get(String what, String path) {
        return call(what, HttpRequest.newBuilder(uri(path)).GET());
    }

    /**
     * Posts a YAML text.
     *
     * @param what what is tried, for messages
     * @param path the path, with a slash at the start
     * @param yaml the text
     * @return the answer's text
     */
    public String post(String what, String path, String yaml) {
        return call(
                what,
                HttpRequest.newBuilder(uri(path))
                        .header("Content-Type", "application/yaml")
                        .POST(HttpRequest.BodyPublishers.ofString(yaml)));
    }

    private URI uri(String path) {
        return URI.create(base + path);
    }

    private String call(String what, HttpRequest.Builder builder) {
        HttpRequest request = builder.header("Accept", "application/json").build();
        String where = what + " at " + request.uri();
        try {
            HttpAnswer answer = client.send(request, LARGEST_ANSWER, timeout);
            if (!answer.isSuccess()) {
                throw answer.error(where, null);
            }
            return answer.text();
        } catch (HttpFailure e) {
            throw e.error(where, HINTS);
        }
    }

    /** Closes idle connections. */
    @Override
    public void close() {
        client.close();
    }
}
