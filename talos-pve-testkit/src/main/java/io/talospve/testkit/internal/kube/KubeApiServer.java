package io.talospve.testkit.internal.kube;

import static io.talospve.testkit.internal.kube.KubeState.object;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.net.HttpsServer;
import io.talospve.testkit.internal.net.HttpsServer.Request;
import io.talospve.testkit.internal.net.HttpsServer.Response;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.NodePki;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import tools.jackson.databind.json.JsonMapper;

/**
 * The Kubernetes API server of one control plane. Takes client certificates of the cluster's authority; without one, or
 * with another's, 401 (Talos turns anonymous requests off); without {@code system:masters}, 403. Thread-safe.
 */
public final class KubeApiServer implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Pattern DEPLOYMENT =
            Pattern.compile("/apis/apps/v1/namespaces/([^/]+)/deployments/([^/]+)");
    private static final Pattern NODE = Pattern.compile("/api/v1/nodes/([^/]+)");
    private static final Pattern PODS = Pattern.compile("/api/v1/namespaces/([^/]+)/pods");
    private static final Pattern NAMESPACE = Pattern.compile("/api/v1/namespaces/([^/]+)");
    private static final List<String> NAMESPACES = List.of("default", "kube-node-lease", "kube-public", "kube-system");

    private final NodePki authority;
    private final KubeState state;
    private final String version;
    private final BooleanSupplier etcd;
    private final HttpsServer server;

    /**
     * Starts a server.
     *
     * @param authority the cluster's authority
     * @param subjects names and addresses of the server
     * @param state what is in etcd
     * @param version {@code v1.35.0}
     * @param etcd whether etcd answers
     */
    public KubeApiServer(
            IoThreads io,
            SimClock clock,
            Latency latency,
            NodePki authority,
            Collection<String> subjects,
            KubeState state,
            String version,
            BooleanSupplier etcd) {
        this.authority = authority;
        this.state = state;
        this.version = version;
        this.etcd = etcd;
        NodePki.Issued issued = authority.apiServer(subjects);
        SslContext tls;
        try {
            tls = SslContextBuilder.forServer(issued.key(), issued.certificate())
                    .sslProvider(SslProvider.JDK)
                    .clientAuth(ClientAuth.OPTIONAL)
                    .trustManager(new AnyClient())
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
        server = new HttpsServer(io, clock, latency, tls, this::answer);
    }

    /** Where the server listens on loopback. */
    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
    }

    private Response answer(Request request) {
        if (request.client().isEmpty() || !NodePki.signed(authority.certificate(), request.client().get(0))) {
            return status(401, "Unauthorized", "Unauthorized");
        }
        X509Certificate client = request.client().get(0);
        String path = request.path();
        if (path.equals("/version")) {
            return version();
        }
        if (List.of("/readyz", "/livez", "/healthz").contains(path)) {
            return etcd.getAsBoolean() || path.equals("/livez")
                    ? Response.text(200, "ok")
                    : Response.text(500, "[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n" + path.substring(1) + " check failed\n");
        }
        if (!NodePki.organizations(client).contains("system:masters")) {
            return status(
                    403,
                    "Forbidden",
                    "forbidden: User \"" + NodePki.commonName(client) + "\" cannot "
                            + request.method().toLowerCase(java.util.Locale.ROOT) + " path \"" + path + "\"");
        }
        if (!etcd.getAsBoolean()) {
            return status(504, "Timeout", "the server was unable to return a response in the time allotted, but may still be processing the request");
        }
        return resources(request, path);
    }

    private Response resources(Request request, String path) {
        Matcher deployment = DEPLOYMENT.matcher(path);
        if (deployment.matches() && request.method().equals("GET")) {
            String name = deployment.group(2);
            boolean dns = deployment.group(1).equals("kube-system") && name.equals("coredns");
            return (dns ? state.coreDns() : Optional.<Map<String, Object>>empty())
                    .map(found -> {
                        Map<String, Object> out = object("kind", "Deployment", "apiVersion", "apps/v1");
                        out.putAll(found);
                        return json(200, out);
                    })
                    .orElseGet(() -> notFound("deployments.apps", name));
        }
        Matcher node = NODE.matcher(path);
        Matcher pods = PODS.matcher(path);
        Matcher namespace = NAMESPACE.matcher(path);
        boolean get = request.method().equals("GET");
        if (path.equals("/api/v1/nodes") && get) {
            return list("NodeList", state.nodeList());
        }
        if (node.matches()) {
            String name = node.group(1);
            if (get) {
                return state.node(name).map(n -> item("Node", n)).orElseGet(() -> notFound("nodes", name));
            }
            if (request.method().equals("DELETE")) {
                return state.delete(name)
                        ? json(200, object(
                                "kind", "Status",
                                "apiVersion", "v1",
                                "metadata", Map.of(),
                                "status", "Success",
                                "details", object("name", name, "kind", "nodes")))
                        : notFound("nodes", name);
            }
            if (request.method().equals("PATCH")) {
                Matcher cordon = Pattern.compile("\"unschedulable\"\\s*:\\s*(true|false|null)").matcher(request.text());
                boolean known = cordon.find()
                        ? state.cordon(name, cordon.group(1).equals("true"))
                        : state.has(name);
                return known ? item("Node", state.node(name).orElseThrow()) : notFound("nodes", name);
            }
        }
        if (path.equals("/api/v1/pods") && get) {
            return list("PodList", filtered(request, state.podList(Optional.empty())));
        }
        if (pods.matches() && get) {
            return list("PodList", filtered(request, state.podList(Optional.of(pods.group(1)))));
        }
        if (path.equals("/api/v1/namespaces") && get) {
            return list("NamespaceList", NAMESPACES.stream().map(KubeApiServer::namespace).toList());
        }
        if (namespace.matches() && get) {
            return NAMESPACES.contains(namespace.group(1))
                    ? item("Namespace", namespace(namespace.group(1)))
                    : notFound("namespaces", namespace.group(1));
        }
        return status(404, "NotFound", "the server could not find the requested resource");
    }

    private static List<Map<String, Object>> filtered(Request request, List<Map<String, Object>> pods) {
        for (String selector : request.query().getOrDefault("fieldSelector", List.of())) {
            if (selector.startsWith("spec.nodeName=")) {
                String node = selector.substring("spec.nodeName=".length());
                return pods.stream()
                        .filter(p -> node.equals(((Map<?, ?>) p.get("spec")).get("nodeName")))
                        .toList();
            }
        }
        return pods;
    }

    private static Map<String, Object> namespace(String name) {
        return object("metadata", object("name", name), "status", object("phase", "Active"));
    }

    private Response version() {
        String[] parts = version.substring(1).split("\\.");
        return json(200, object(
                "major", parts[0],
                "minor", parts.length > 1 ? parts[1] : "",
                "gitVersion", version,
                "gitTreeState", "clean",
                "goVersion", "go1.25.5",
                "compiler", "gc",
                "platform", "linux/amd64"));
    }

    private Response list(String kind, List<Map<String, Object>> items) {
        return json(200, object(
                "kind", kind,
                "apiVersion", "v1",
                "metadata", object("resourceVersion", state.resourceVersion()),
                "items", items));
    }

    private static Response item(String kind, Map<String, Object> value) {
        Map<String, Object> out = object("kind", kind, "apiVersion", "v1");
        out.putAll(value);
        return json(200, out);
    }

    private static Response notFound(String resource, String name) {
        return status(404, "NotFound", resource + " \"" + name + "\" not found");
    }

    private static Response status(int code, String reason, String message) {
        return json(code, object(
                "kind", "Status",
                "apiVersion", "v1",
                "metadata", Map.of(),
                "status", "Failure",
                "message", message,
                "reason", reason,
                "code", code));
    }

    private static Response json(int status, Object value) {
        return Response.json(status, JSON.writeValueAsString(value));
    }

    /** Lets every client through; who it is decides the request. */
    private static final class AnyClient extends X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
