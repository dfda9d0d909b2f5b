package io.talospve.talos.api.internal;

import io.grpc.Channel;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * A channel to one machine under one trust: the cluster's access, or the key of a machine in maintenance mode. It is thrown
 * away when it fails, because gRPC would answer from its memory of the failure instead of trying again.
 */
final class Connection {
    private final MachineAddress address;
    private final ManagedChannel channel;
    private final Settings settings;
    private final @Nullable TalosAccess access;
    private final @Nullable ClusterTrust clusterTrust;
    private final @Nullable MaintenanceTrust maintenanceTrust;

    private Connection(
            MachineAddress address,
            ManagedChannel channel,
            Settings settings,
            @Nullable TalosAccess access,
            @Nullable ClusterTrust clusterTrust,
            @Nullable MaintenanceTrust maintenanceTrust) {
        this.address = address;
        this.channel = channel;
        this.settings = settings;
        this.access = access;
        this.clusterTrust = clusterTrust;
        this.maintenanceTrust = maintenanceTrust;
    }

    static Connection mutual(
            MachineAddress address, ManagedChannel channel, Settings settings, TalosAccess access, ClusterTrust trust) {
        return new Connection(address, channel, settings, access, trust, null);
    }

    static Connection maintenance(
            MachineAddress address, ManagedChannel channel, Settings settings, MaintenanceTrust trust) {
        return new Connection(address, channel, settings, null, null, trust);
    }

    MachineAddress address() {
        return address;
    }

    /** Whether it may be used under this access. */
    boolean serves(TalosAccess wanted) {
        return wanted.equals(access);
    }

    /** Whether it may be used for a machine in maintenance mode that must have this key (null for any). */
    boolean serves(@Nullable String wantedPin) {
        return maintenanceTrust != null && (wantedPin == null || wantedPin.equals(maintenanceTrust.pin()));
    }

    /** The key that the machine presented; only in maintenance mode. */
    @Nullable String pin() {
        return maintenanceTrust == null ? null : maintenanceTrust.pin();
    }

    /** Issuer of the certificate that was presented; only of connections without a client certificate. */
    @Nullable String issuer() {
        return maintenanceTrust == null ? null : maintenanceTrust.issuer();
    }

    /** Whether the server proved to be of the cluster. */
    boolean verified() {
        return clusterTrust != null && clusterTrust.verified();
    }

    /** The certificate with which the server proved that; null if it did not. */
    @Nullable X509Certificate server() {
        return clusterTrust == null ? null : clusterTrust.server();
    }

    /** Whether it is open right now. */
    boolean open() {
        return channel.getState(false) == ConnectivityState.READY;
    }

    Channel channel() {
        return channel;
    }

    Settings settings() {
        return settings;
    }

    /** Takes no more calls; those under way go on to their end. */
    void retire() {
        channel.shutdown();
    }

    /** Ends all calls. */
    void close() {
        channel.shutdownNow();
    }
}
