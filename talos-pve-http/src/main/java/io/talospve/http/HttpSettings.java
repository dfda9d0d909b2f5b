package io.talospve.http;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Collection;

/**
 * How a client reaches its server: whom it believes, through which proxies, how long connecting may take. One value can serve
 * several clients. Immutable.
 *
 * <pre>{@code
 * HttpSettings site = HttpSettings.direct().withTrust(HttpTrust.jvmAnd(pem)).withProxy(proxy, List.of("10.0.0.0/8"));
 * }</pre>
 *
 * @param trust whom it believes
 * @param proxies chooses the proxy of a URL; HTTP proxies only, others count as none
 * @param connectTimeOut how long a connection may take to come about, wall time, more than zero
 */
public record HttpSettings(HttpTrust trust, ProxySelector proxies, Duration connectTimeOut) {
    private static final Duration CONNECT = Duration.ofSeconds(10);

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if the time-out is not positive
     */
    public HttpSettings {
        if (connectTimeOut.isZero() || connectTimeOut.isNegative()) {
            throw new IllegalArgumentException("a time-out has to be positive, not " + connectTimeOut);
        }
    }

    /** The Java runtime's authorities, no proxy, 10 s to connect. */
    public static HttpSettings direct() {
        return new HttpSettings(HttpTrust.jvm(), HttpClient.Builder.NO_PROXY, CONNECT);
    }

    /** The Java runtime's authorities and its proxy selector, 10 s to connect. */
    public static HttpSettings jvm() {
        ProxySelector proxies = ProxySelector.getDefault();
        return proxies == null ? direct() : direct().withProxies(proxies);
    }

    /** The same with another trust. */
    public HttpSettings withTrust(HttpTrust other) {
        return new HttpSettings(other, proxies, connectTimeOut);
    }

    /** The same with other proxies. */
    public HttpSettings withProxies(ProxySelector other) {
        return new HttpSettings(trust, other, connectTimeOut);
    }

    /**
     * The same through one HTTP proxy (CONNECT, no authentication).
     *
     * @param proxy where it is
     * @param noProxy addresses, networks in CIDR notation, names, and domains with all below them that are reached without it
     */
    public HttpSettings withProxy(InetSocketAddress proxy, Collection<String> noProxy) {
        return withProxies(new ProxyRule(proxy, noProxy));
    }

    /** The same with another time to connect. */
    public HttpSettings withConnectTimeOut(Duration other) {
        return new HttpSettings(trust, proxies, other);
    }
}
