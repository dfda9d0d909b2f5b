package io.talospve.talos.api.internal;

import io.grpc.HttpConnectProxiedSocketAddress;
import io.grpc.ProxiedSocketAddress;
import io.grpc.ProxyDetector;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Leads connections through an HTTP CONNECT proxy, except those to the named hosts. Never looks at system properties. */
final class HttpConnectProxy implements ProxyDetector {
    private final @Nullable InetSocketAddress proxy;
    private final Set<String> direct;

    HttpConnectProxy(@Nullable InetSocketAddress proxy, Set<String> direct) {
        this.proxy = proxy;
        this.direct = Set.copyOf(direct);
    }

    @Override
    public @Nullable ProxiedSocketAddress proxyFor(SocketAddress target) {
        if (proxy == null
                || !(target instanceof InetSocketAddress machine)
                || direct.contains(machine.getHostString())) {
            return null;
        }
        return HttpConnectProxiedSocketAddress.newBuilder()
                .setProxyAddress(proxy.isUnresolved() ? new InetSocketAddress(proxy.getHostString(), proxy.getPort()) : proxy)
                .setTargetAddress(machine)
                .build();
    }
}
