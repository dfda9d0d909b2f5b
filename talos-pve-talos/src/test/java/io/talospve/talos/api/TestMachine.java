package io.talospve.talos.api;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.talospve.spi.MachineAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A gRPC server on loopback that presents a certificate as a machine does, in maintenance mode or running. */
final class TestMachine implements AutoCloseable {
    private static final String LOOPBACK = "127.0.0.1";

    private final Server server;

    private TestMachine(Server server) {
        this.server = server;
    }

    /** Maintenance mode: asks for no client certificate. */
    static TestMachine maintenance(int port, TestPki.Identity identity, BindableService... services) {
        return start(LOOPBACK, port, SslContextBuilder.forServer(new TestPki.OneKey(identity)), services);
    }

    /** Running: wants a client certificate of this CA. */
    static TestMachine running(int port, TestPki.Identity identity, TestPki ca, BindableService... services) {
        return start(LOOPBACK, port, mutual(identity, ca), services);
    }

    /** Running, at another address of this host. */
    static TestMachine runningAt(String host, TestPki.Identity identity, TestPki ca, BindableService... services) {
        return start(host, 0, mutual(identity, ca), services);
    }

    private static SslContextBuilder mutual(TestPki.Identity identity, TestPki ca) {
        return SslContextBuilder.forServer(new TestPki.OneKey(identity))
                .trustManager(ca.caCertificate())
                .clientAuth(ClientAuth.REQUIRE);
    }

    private static TestMachine start(String host, int port, SslContextBuilder tls, BindableService... services) {
        try {
            NettyServerBuilder builder = NettyServerBuilder.forAddress(
                            new InetSocketAddress(InetAddress.getByName(host), port))
                    .sslContext(GrpcSslContexts.configure(tls, SslProvider.JDK).build())
                    .maxInboundMessageSize(32 << 20);
            for (BindableService service : services) {
                builder.addService(service);
            }
            return new TestMachine(builder.build().start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return server.getPort();
    }

    MachineAddress address() {
        return new MachineAddress("127.0.0.1", port());
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
