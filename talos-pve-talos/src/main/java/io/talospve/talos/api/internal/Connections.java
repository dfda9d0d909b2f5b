package io.talospve.talos.api.internal;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import java.security.Provider;
import java.security.Security;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.jsse.provider.BouncyCastleJsseProvider;
import org.jspecify.annotations.Nullable;

/** The open connections: at most one per machine and kind, kept until it fails or the trust changes. Thread-safe. */
public final class Connections implements AutoCloseable {
    private static final int MAX_MESSAGE = 32 << 20;
    /** An error's text comes as metadata, and some of Talos' texts hold the difference between two configurations. */
    private static final int MAX_METADATA = 4 << 20;

    private static final int KEPT_CREDENTIALS = 16;

    private final Settings settings;
    private final Map<MachineAddress, Connection> mutual = new HashMap<>();
    private final Map<MachineAddress, Connection> maintenance = new HashMap<>();
    private final Map<TalosAccess, Credentials> credentials = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TalosAccess, Credentials> eldest) {
            return size() > KEPT_CREDENTIALS;
        }
    };
    private @Nullable Provider bouncyCastle;
    private boolean closed;

    /** No connection yet; they open at their first call. */
    public Connections(Settings settings) {
        this.settings = settings;
    }

    Settings settings() {
        return settings;
    }

    /** The connection with the cluster's access. */
    synchronized Connection mutual(MachineAddress address, TalosAccess access) {
        requireOpen();
        Connection current = mutual.get(address);
        if (current != null && current.serves(access)) {
            return current;
        }
        Credentials read = credentials.computeIfAbsent(access, Credentials::of);
        ClusterTrust trust = new ClusterTrust(read.pkix());
        Connection made =
                Connection.mutual(address, channel(address, mutualTls(read.key(), trust)), settings, access, trust);
        replace(mutual, address, made);
        return made;
    }

    /** Whether a connection under this access exists. */
    synchronized boolean hasMutual(MachineAddress address, TalosAccess access) {
        Connection current = mutual.get(address);
        return current != null && current.serves(access);
    }

    /** The connection to a machine in maintenance mode with this key, null for any. */
    synchronized Connection maintenance(MachineAddress address, @Nullable String pin) {
        requireOpen();
        Connection current = maintenance.get(address);
        if (current != null && current.serves(pin)) {
            return current;
        }
        MaintenanceTrust trust = new MaintenanceTrust(pin);
        Connection made = Connection.maintenance(address, channel(address, maintenanceTls(trust)), settings, trust);
        replace(maintenance, address, made);
        return made;
    }

    /** Whether the last connection to this machine was one of maintenance mode. */
    synchronized boolean hasMaintenance(MachineAddress address) {
        return maintenance.containsKey(address);
    }

    /** Throws a connection away; another one that took its place stays, and calls that are under way go on. */
    synchronized void discard(Connection connection) {
        mutual.remove(connection.address(), connection);
        maintenance.remove(connection.address(), connection);
        connection.retire();
    }

    /** Throws a connection away unless the server spoke over it, or the caller was merely interrupted. */
    void discardAfter(Failure failure, Connection connection) {
        if (failure.kind() != Failure.Kind.ANSWERED && failure.kind() != Failure.Kind.INTERRUPTED) {
            discard(connection);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        mutual.values().forEach(Connection::close);
        maintenance.values().forEach(Connection::close);
        mutual.clear();
        maintenance.clear();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the Talos API client is closed");
        }
    }

    private static void replace(Map<MachineAddress, Connection> all, MachineAddress address, Connection made) {
        Connection old = all.put(address, made);
        if (old != null) {
            old.retire();
        }
    }

    private ManagedChannel channel(MachineAddress address, SslContext tls) {
        return NettyChannelBuilder.forAddress(address.host(), address.port())
                .sslContext(tls)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.connectTimeout().toMillis())
                .proxyDetector(new HttpConnectProxy(settings.proxy(), settings.direct()))
                .maxInboundMessageSize(MAX_MESSAGE)
                .maxInboundMetadataSize(MAX_METADATA)
                .disableServiceConfigLookUp()
                .disableRetry()
                .userAgent("talos-pve")
                .build();
    }

    /** SunJSSE: BoringSSL cannot do Ed25519, and BouncyCastle's JSSE refuses the key as netty hands it over. */
    private static SslContext mutualTls(ClientKey key, ClusterTrust trust) {
        try {
            SslContextBuilder builder =
                    SslContextBuilder.forClient().keyManager(key).trustManager(trust);
            Provider sun = Security.getProvider("SunJSSE");
            return (sun == null
                            ? GrpcSslContexts.configure(builder, SslProvider.JDK)
                            : GrpcSslContexts.configure(builder, sun))
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** BouncyCastle's JSSE: the JDK refuses the certificate, whose issuer is empty, before any trust manager is asked. */
    private SslContext maintenanceTls(MaintenanceTrust trust) {
        if (bouncyCastle == null) {
            bouncyCastle = new BouncyCastleJsseProvider(new BouncyCastleProvider());
        }
        try {
            return GrpcSslContexts.configure(SslContextBuilder.forClient().trustManager(trust), bouncyCastle)
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }
}
