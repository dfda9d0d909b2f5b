package io.talospve.talos.api.internal;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the client connects and how long it waits; wall time, all of it, but for the time by which certificates are valid.
 *
 * @param proxy HTTP CONNECT proxy, null to connect directly
 * @param direct hosts that are connected directly in spite of a proxy
 * @param connectTimeout for the TCP connection
 * @param firstCallTimeout for a call that has to open the connection first, TLS included
 * @param callTimeout for a call on an open connection
 * @param etcdTimeout for a question to etcd, which hangs where there is none yet
 * @param clock the time by which certificates are valid
 */
public record Settings(
        @Nullable InetSocketAddress proxy,
        Set<String> direct,
        Duration connectTimeout,
        Duration firstCallTimeout,
        Duration callTimeout,
        Duration etcdTimeout,
        InstantSource clock) {
    /** Copies the set. */
    public Settings {
        direct = Set.copyOf(direct);
    }

    /** Direct connections and the default times. */
    public static Settings defaults() {
        return new Settings(
                null,
                Set.of(),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofSeconds(15),
                Duration.ofSeconds(10),
                InstantSource.system());
    }
}
