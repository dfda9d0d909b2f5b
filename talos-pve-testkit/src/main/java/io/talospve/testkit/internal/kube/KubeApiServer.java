package io.talospve.testkit.internal.kube;

import static io.talospve.testkit.internal.kube.api.Tree.map;

import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.kube.api.ApiError;
import io.talospve.testkit.internal.kube.api.ApiRoutes;
import io.talospve.testkit.internal.net.HttpsServer;
import io.talospve.testkit.internal.net.HttpsServer.Request;
import io.talospve.testkit.internal.net.HttpsServer.Response;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.NodePki;
import io.talospve.testkit.internal.tls.ServerKey;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import tools.jackson.databind.json.JsonMapper;

/**
 * The Kubernetes API server of one control plane. Takes client certificates of the cluster's authority; without one, or
 * with another's, 401 (Talos turns anonymous requests off); without {@code system:masters}, 403 for all but discovery.
 * Thread-safe.
 */
public final class KubeApiServer implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final NodePki authority;
    private final KubeCluster cluster;
    private final String version;
    private final BooleanSupplier etcd;
    private final HttpsServer server;

    /**
     * Starts a server.
     *
     * @param authority the cluster's authority, with the clock of the machine
     * @param subjects names and addresses of the server
     * @param cluster what is in etcd
     * @param version {@code v1.35.0}
     * @param etcd whether etcd answers
     */
    public KubeApiServer(
            IoThreads io,
            SimClock clock,
            Latency latency,
            NodePki authority,
            Collection<String> subjects,
            KubeCluster cluster,
            String version,
            BooleanSupplier etcd) {
        this.authority = authority;
        this.cluster = cluster;
        this.version = version;
        this.etcd = etcd;
        NodePki.Issued issued = authority.apiServer(subjects);
        SslContext tls;
        try {
            tls = SslContextBuilder.forServer(new ServerKey(issued.key(), issued.certificate()))
                    .sslProvider(SslProvider.JDK)
                    .clientAuth(ClientAuth.OPTIONAL)
                    .trustManager(new AnyClient())
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
        server = new HttpsServer(io, clock, latency, tls, this::answer);
        cluster.served(true);
    }

    /** Where the server listens on loopback. */
    public InetSocketAddress address() {
        return server.address();
    }

    @Override
    public void close() {
        server.close();
        cluster.served(false);
    }

    private Response answer(Request request) {
        if (request.client().isEmpty() || !authority.accepts(request.client().get(0))) {
            return ApiRoutes.refused(ApiError.unauthorized());
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
        if (!etcd.getAsBoolean()) {
            return ApiRoutes.refused(ApiError.timeout());
        }
        return cluster.routes()
                .answer(
                        request,
                        new ApiRoutes.Caller(
                                NodePki.commonName(client),
                                NodePki.organizations(client).contains("system:masters")));
    }

    private Response version() {
        String[] parts = version.substring(1).split("\\.");
        return json(200, map(
                "major", parts[0],
                "minor", parts.length > 1 ? parts[1] : "",
                "gitVersion", version,
                "gitTreeState", "clean",
                "goVersion", "go1.25.5",
                "compiler", "gc",
                "platform", "linux/amd64"));
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
