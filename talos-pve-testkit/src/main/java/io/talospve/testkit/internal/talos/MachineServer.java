package io.talospve.testkit.internal.talos;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioServerSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.talospve.testkit.internal.tls.CertificateClock;
import io.talospve.testkit.internal.tls.NodePki;
import io.talospve.testkit.internal.tls.ServerKey;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;
import org.bouncycastle.tls.AlertDescription;

/** A machine's gRPC server on loopback. All servers share their threads. */
final class MachineServer {
    private static final int MAINTENANCE_LIMIT = 4 << 20;
    private static final int APID_LIMIT = 32 << 20;

    private final Server server;
    private final MachineApi methods;

    private MachineServer(Server server, MachineApi methods) {
        this.server = server;
        this.methods = methods;
    }

    /** The maintenance service: no client certificate, few methods. */
    static MachineServer maintenance(Fabric fabric, TalosSystem system, NodePki.Issued identity) {
        try {
            SslContext tls = GrpcSslContexts.configure(
                            SslContextBuilder.forServer(ServerKey.forAllTypes(identity.key(), identity.certificate())), SslProvider.JDK)
                    .build();
            return start(fabric, tls, new MachineApi(fabric, system, false, MAINTENANCE_LIMIT));
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** apid: mutual TLS under the cluster's authority. */
    static MachineServer apid(
            Fabric fabric,
            TalosSystem system,
            NodePki.Issued identity,
            X509CertificateHolder authority,
            CertificateClock clock) {
        try {
            // A machine with a wrong clock refuses clients with an alert that the JDK's TLS cannot send.
            SslContextBuilder server = clock.right()
                    ? GrpcSslContexts.configure(
                            SslContextBuilder.forServer(new ServerKey(identity.key(), identity.certificate())),
                            SslProvider.JDK)
                    : GrpcSslContexts.configure(
                            SslContextBuilder.forServer(bouncyCastleKey(identity)),
                            new BouncyCastleJsseProvider(new BouncyCastleProvider()));
            SslContext tls = server.clientAuth(ClientAuth.REQUIRE)
                    .trustManager(new Clients(authority, clock))
                    .build();
            return start(fabric, tls, new MachineApi(fabric, system, true, APID_LIMIT));
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ServerKey bouncyCastleKey(NodePki.Issued identity) {
        NodePki.Issued own = identity.bouncyCastle();
        return new ServerKey(own.key(), own.certificate());
    }

    private static MachineServer start(Fabric fabric, SslContext tls, MachineApi methods) {
        try {
            return new MachineServer(
                    NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                            .bossEventLoopGroup(fabric.grpcLoops)
                            .workerEventLoopGroup(fabric.grpcLoops)
                            .channelType(NioServerSocketChannel.class)
                            .executor(fabric.io.workers())
                            .sslContext(tls)
                            // The limit is kept by the methods, with Talos' words.
                            .maxInboundMessageSize(4 * APID_LIMIT)
                            .fallbackHandlerRegistry(methods)
                            .build()
                            .start(),
                    methods);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    InetSocketAddress address() {
        return (InetSocketAddress) server.getListenSockets().get(0);
    }

    /** Breaks all connections at once. */
    void close() {
        methods.goingDown();
        server.shutdownNow();
    }

    /** Takes certificates of one authority whose extended key usage is exactly client authentication. */
    private static final class Clients extends X509ExtendedTrustManager {
        private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

        private final X509CertificateHolder authority;
        private final CertificateClock clock;

        Clients(X509CertificateHolder authority, CertificateClock clock) {
            this.authority = authority;
            this.clock = clock;
        }

        private void check(X509Certificate[] chain) throws CertificateException {
            if (chain.length == 0 || !NodePki.signed(authority, chain[0])) {
                throw new CertificateException("certificate signed by unknown authority");
            }
            if (!clock.valid(chain[0])) {
                String refusal = "certificate has expired or is not yet valid";
                throw clock.right()
                        ? new CertificateException(refusal)
                        : Alerts.refusal(AlertDescription.certificate_expired, refusal);
            }
            if (!List.of(CLIENT_AUTH).equals(chain[0].getExtendedKeyUsage())) {
                throw new CertificateException("certificate specifies an incompatible key usage");
            }
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            check(chain);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("not a client");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("not a client");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("not a client");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
