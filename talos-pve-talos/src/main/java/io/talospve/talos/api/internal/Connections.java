package io.talospve.talos.api.internal;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.talospve.http.ClientKey;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import java.security.Provider;
import java.security.Security;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
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
    private final Map<MachineAddress, Connection> mutual = new ConcurrentHashMap<>();
    private final Map<MachineAddress, Connection> maintenance = new ConcurrentHashMap<>();
    private final ReadCredentials credentials = new ReadCredentials();
    private final BouncyCastle bouncyCastle = new BouncyCastle();
    private volatile boolean closed;

    /** No connection yet; they open at their first call. */
    public Connections(Settings settings) {
        this.settings = settings;
    }

    Settings settings() {
        return settings;
    }

    /** The connection with the cluster's access. */
    Connection mutual(MachineAddress address, TalosAccess access) {
        return connection(mutual, address, current -> current.serves(access), () -> {
            Credentials read = credentials.of(access);
            ClusterTrust trust = new ClusterTrust(read, settings.clock());
            return Connection.mutual(
                    address, channel(address, mutualTls(read.key(), trust)), settings, access, trust);
        });
    }

    /** Whether a connection under this access exists. */
    boolean hasMutual(MachineAddress address, TalosAccess access) {
        Connection current = mutual.get(address);
        return current != null && current.serves(access);
    }

    /** The connection to a machine in maintenance mode with this key, null for any. */
    Connection maintenance(MachineAddress address, @Nullable String pin) {
        return connection(maintenance, address, current -> current.serves(pin), () -> {
            MaintenanceTrust trust = new MaintenanceTrust(pin);
            return Connection.maintenance(address, channel(address, maintenanceTls(trust)), settings, trust);
        });
    }

    /** Whether the last connection to this machine was one of maintenance mode. */
    boolean hasMaintenance(MachineAddress address) {
        return maintenance.containsKey(address);
    }

    private Connection connection(
            Map<MachineAddress, Connection> all,
            MachineAddress address,
            Predicate<Connection> serves,
            Supplier<Connection> opened) {
        Connection current = all.get(address);
        if (current == null || !serves.test(current)) {
            current = all.compute(address, (key, old) -> {
                if (old != null && serves.test(old)) {
                    return old;
                }
                Connection made = opened.get();
                if (old != null) {
                    old.retire();
                }
                return made;
            });
        }
        if (closed) {
            current.close();
            throw new IllegalStateException("the Talos API client is closed");
        }
        return current;
    }

    /** Throws a connection away; another one that took its place stays, and calls that are under way go on. */
    void discard(Connection connection) {
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
    public void close() {
        closed = true;
        mutual.values().forEach(Connection::close);
        maintenance.values().forEach(Connection::close);
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
        try {
            return GrpcSslContexts.configure(SslContextBuilder.forClient().trustManager(trust), bouncyCastle.jsse())
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The accesses that were used last, as read from their texts. */
    private static final class ReadCredentials extends LinkedHashMap<TalosAccess, Credentials> {
        private static final long serialVersionUID = 1L;

        synchronized Credentials of(TalosAccess access) {
            return computeIfAbsent(access, Credentials::of);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<TalosAccess, Credentials> eldest) {
            return size() > KEPT_CREDENTIALS;
        }
    }

    /** BouncyCastle's JSSE, made when it is first needed: most clients never meet maintenance mode. */
    private static final class BouncyCastle {
        private @Nullable Provider jsse;

        synchronized Provider jsse() {
            if (jsse == null) {
                jsse = new BouncyCastleJsseProvider(new BouncyCastleProvider());
            }
            return jsse;
        }
    }
}
