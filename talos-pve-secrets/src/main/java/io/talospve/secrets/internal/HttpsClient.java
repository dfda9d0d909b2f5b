package io.talospve.secrets.internal;

import io.talospve.error.ConfigurationException;
import io.talospve.error.RemoteException;
import io.talospve.http.BoundedHttpClient;
import io.talospve.http.Deadline;
import io.talospve.http.HttpAnswer;
import io.talospve.http.HttpFailure;
import io.talospve.http.HttpHints;
import io.talospve.http.HttpSettings;
import io.talospve.http.HttpTrust;
import java.net.http.HttpRequest;
import java.time.Duration;

/** Calls to one store of secrets, with what to do when they fail below HTTP. Thread-safe. */
public final class HttpsClient implements AutoCloseable {
    private static final HttpHints HINTS = new HttpHints(
            "if the server's certificate comes from an authority of your own, give that one's certificate"
                    + " as the CA; the host in the URL must be one that the certificate names",
            null,
            "whether it took effect is not known; the next try looks before it writes");

    /** How long a request may take if nobody says otherwise. */
    public static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(15);

    private final BoundedHttpClient http;
    private final int maxBytes;
    private final Duration requestTimeout;

    /**
     * A client.
     *
     * @param settings how the server is reached
     * @param maxBytes longest body that is read
     * @param requestTimeout wall time for one request, with the last byte of its answer
     */
    public HttpsClient(HttpSettings settings, int maxBytes, Duration requestTimeout) {
        this.http = new BoundedHttpClient(settings);
        this.maxBytes = maxBytes;
        this.requestTimeout = requestTimeout;
    }

    /**
     * Whom to trust by a CA that a user gave.
     *
     * @throws ConfigurationException if the text has no certificate in it
     */
    public static HttpTrust authorities(String pem) {
        try {
            return HttpTrust.authorities(pem);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("the CA cannot be used: " + e.getMessage(), "give the text of a PEM file");
        }
    }

    /**
     * Sends a request and reads the whole answer.
     *
     * @param what what is being done, for messages: {@code "log in to Bitwarden at https://…"}
     * @param request the request; must hold no secret in its URI
     * @param deadline when to give up
     * @throws RemoteException UNREACHABLE, UNTRUSTED or UNEXPECTED_ANSWER; CANCELLED if the calling thread is interrupted
     */
    public HttpAnswer send(String what, HttpRequest request, Deadline deadline) {
        Duration left = deadline.left();
        try {
            return http.send(request, maxBytes, left.compareTo(requestTimeout) < 0 ? left : requestTimeout);
        } catch (HttpFailure e) {
            // a load balancer without a server behind it refuses TLS too: that passes
            throw e.kind() == HttpFailure.Kind.TLS_REFUSED ? e.unreachable(what, HINTS) : e.error(what, HINTS);
        }
    }

    /** Closes idle connections where the JDK can (21 and later); otherwise they end with this object. */
    @Override
    public void close() {
        http.close();
    }
}
