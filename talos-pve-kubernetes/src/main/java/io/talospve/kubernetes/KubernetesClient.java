package io.talospve.kubernetes;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.http.Deadline;
import io.talospve.http.HttpSettings;
import io.talospve.spec.Secret;
import io.talospve.spi.KubernetesApi;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Talks to the Kubernetes API of clusters with the credentials of a kubeconfig: its CA alone is trusted, for the address in
 * it, and the client certificate (EC, RSA, Ed25519) or token in it is used. Connections are kept for the kubeconfigs used
 * last.
 *
 * <p>Errors: UNREACHABLE and SERVER_FAILED, retryable, while nothing listens, the handshake breaks off, or the server answers
 * 5xx or 429; UNTRUSTED for another CA or address; DENIED for 401, 403 and a refused client certificate;
 * {@link io.talospve.error.ConfigurationException} for a kubeconfig that cannot be used. Thread-safe.
 */
public final class KubernetesClient implements KubernetesApi {
    private static final Duration LONGEST_CALL = Duration.ofSeconds(25);
    private static final int MAX_ANSWER = 8 << 20;
    private static final int PAGE = 100;
    private static final int MAX_ITEMS = 10_000;
    private static final int KEPT = 8;

    private final HttpSettings proxies;
    private final Duration longestCall;
    private final Map<String, ApiServer> servers = new LinkedHashMap<>(16, 0.75f, true);
    private boolean closed;

    private KubernetesClient(HttpSettings proxies, Duration longestCall) {
        this.proxies = proxies;
        this.longestCall = longestCall;
    }

    /** Starts a client. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public View look(Secret<String> kubeconfig) {
        ApiServer server = server(kubeconfig);
        Deadline deadline = Deadline.in(longestCall);
        JsonNode version = server.get("/version", deadline).orElseThrow(() -> missing(server, "/version"));
        return new View(text(server, version, "gitVersion"), nodes(server, deadline));
    }

    @Override
    public Optional<Deployment> deployment(Secret<String> kubeconfig, String namespace, String name) {
        return server(kubeconfig)
                .get(path(new ObjectReference("apps/v1", "deployments", namespace, name)), Deadline.in(longestCall))
                .map(found -> new Deployment(
                        found.path("spec").path("replicas").asInt(1),
                        found.path("status").path("availableReplicas").asInt(0)));
    }

    @Override
    public Optional<KubernetesObject> read(Secret<String> kubeconfig, ObjectReference reference) {
        return server(kubeconfig).get(path(reference), Deadline.in(longestCall)).map(ObjectState::object);
    }

    @Override
    public List<Pod> pods(Secret<String> kubeconfig, String namespace) {
        ApiServer server = server(kubeconfig);
        String path = "/api/v1/namespaces/" + segment(namespace) + "/pods";
        return items(server, path, Deadline.in(longestCall)).stream()
                .map(item -> ObjectState.pod(text(server, item.path("metadata"), "name"), item))
                .sorted(Comparator.comparing(Pod::name))
                .toList();
    }

    private static String path(ObjectReference reference) {
        String[] version = reference.apiVersion().split("/", 2);
        return (version.length == 1
                        ? "/api/" + segment(version[0])
                        : "/apis/" + segment(version[0]) + "/" + segment(version[1]))
                + (reference.namespace().isEmpty() ? "" : "/namespaces/" + segment(reference.namespace()))
                + "/" + segment(reference.plural()) + "/" + segment(reference.name());
    }

    private static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static List<Node> nodes(ApiServer server, Deadline deadline) {
        return items(server, "/api/v1/nodes", deadline).stream()
                .map(item -> node(server, item))
                .toList();
    }

    /** All pages of a list. */
    private static List<JsonNode> items(ApiServer server, String list, Deadline deadline) {
        List<JsonNode> items = new ArrayList<>();
        String next = "";
        do {
            String path = list + "?limit=" + PAGE
                    + (next.isEmpty() ? "" : "&continue=" + URLEncoder.encode(next, StandardCharsets.UTF_8));
            JsonNode page = server.get(path, deadline).orElseThrow(() -> missing(server, list));
            if (!page.path("items").isArray()) {
                throw unexpected(server, list + " has no \"items\"");
            }
            page.path("items").forEach(items::add);
            if (items.size() > MAX_ITEMS) {
                throw unexpected(server, list + " has more than " + MAX_ITEMS + " items");
            }
            String following = page.path("metadata").path("continue").asString("");
            if (!following.isEmpty() && (page.path("items").isEmpty() || following.equals(next))) {
                throw unexpected(server, list + " does not end");
            }
            next = following;
        } while (!next.isEmpty());
        return items;
    }

    private static Node node(ApiServer server, JsonNode item) {
        Optional<Condition> ready = ObjectState.object(item).condition("Ready");
        return new Node(
                text(server, item.path("metadata"), "name"),
                ready.filter(c -> c.status().equals("True")).isPresent(),
                ready.map(ObjectState::words).orElse("no Ready condition yet"),
                item.path("spec").path("unschedulable").asBoolean(false));
    }

    private static String text(ApiServer server, JsonNode object, String field) {
        JsonNode value = object.path(field);
        if (!value.isString()) {
            throw unexpected(server, "\"" + field + "\" is missing");
        }
        return value.stringValue();
    }

    private static RemoteException missing(ApiServer server, String path) {
        return unexpected(server, path + " does not exist: this is not a Kubernetes API server");
    }

    private static RemoteException unexpected(ApiServer server, String message) {
        return new RemoteException(
                ErrorCode.UNEXPECTED_ANSWER,
                "Kubernetes API at " + server.url() + ": " + message,
                false,
                null,
                null,
                null);
    }

    private ApiServer server(Secret<String> kubeconfig) {
        synchronized (servers) {
            if (closed) {
                throw new IllegalStateException("this KubernetesClient is closed");
            }
            ApiServer known = servers.get(kubeconfig.reveal());
            if (known == null) {
                known = new ApiServer(Kubeconfig.parse(kubeconfig), proxies, MAX_ANSWER);
                servers.put(kubeconfig.reveal(), known);
                Iterator<ApiServer> eldest = servers.values().iterator();
                if (servers.size() > KEPT) {
                    // not closed: a call may still use it; its connections end when nothing refers to it
                    eldest.next();
                    eldest.remove();
                }
            }
            return known;
        }
    }

    /** Closes idle connections and forgets the credentials. */
    @Override
    public void close() {
        List<ApiServer> open;
        synchronized (servers) {
            closed = true;
            open = List.copyOf(servers.values());
            servers.clear();
        }
        open.forEach(ApiServer::close);
    }

    /** Builds a {@link KubernetesClient}. Not thread-safe. */
    public static final class Builder {
        private @Nullable InetSocketAddress proxy;
        private List<String> noProxy = List.of();
        private Duration requestTimeout = LONGEST_CALL;

        Builder() {}

        /** Goes through an HTTP proxy (CONNECT, no authentication); none by default. */
        public Builder proxy(InetSocketAddress httpProxy) {
            this.proxy = Objects.requireNonNull(httpProxy, "httpProxy");
            return this;
        }

        /**
         * Hosts that are reached without the proxy.
         *
         * @param hosts addresses, networks in CIDR notation, names, or domains with all names below them
         */
        public Builder noProxy(List<String> hosts) {
            this.noProxy = List.copyOf(hosts);
            return this;
        }

        /**
         * How long a look may take, with all its requests and the last byte of their answers; 25 s by default.
         *
         * @param timeout wall time, positive
         */
        public Builder requestTimeout(Duration timeout) {
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("the request time-out has to be positive, not " + timeout);
            }
            this.requestTimeout = timeout;
            return this;
        }

        /** The client. Makes no connection yet. */
        public KubernetesClient build() {
            HttpSettings direct = HttpSettings.direct();
            return new KubernetesClient(proxy == null ? direct : direct.withProxy(proxy, noProxy), requestTimeout);
        }
    }
}
