package io.talospve.testkit.junit;

import io.talospve.TalosPve;
import io.talospve.spec.Secret;
import io.talospve.store.ClusterStore;
import io.talospve.testkit.SimulatedDatacenter;
import java.util.function.Consumer;

/** Connects the library to a simulated datacenter. */
public final class DatacenterConnection {
    private DatacenterConnection() {}

    /**
     * Connects to everything a simulated datacenter has: Proxmox VE with its certificate pinned, the image factory, Bitwarden
     * as a sink, its chart repository as the mirror of all others, the machines through the datacenter's proxy, and its time.
     *
     * @param datacenter the datacenter
     * @param store what outlives the connection
     * @return the connection, to be closed
     */
    public static TalosPve open(SimulatedDatacenter datacenter, ClusterStore store) {
        return open(datacenter, store, settings -> {});
    }

    /**
     * Connects as {@link #open(SimulatedDatacenter, ClusterStore)}, with settings of your own on top.
     *
     * @param datacenter the datacenter
     * @param store what outlives the connection
     * @param more is given the settings last, for example to add a source of secrets
     * @return the connection, to be closed
     */
    public static TalosPve open(
            SimulatedDatacenter datacenter, ClusterStore store, Consumer<TalosPve.Settings> more) {
        return TalosPve.connect(c -> more.accept(c.proxmox(p -> p.url(datacenter.proxmoxUrl())
                        .apiToken(Secret.of(datacenter.proxmoxApiToken()))
                        .fingerprint(datacenter.proxmoxFingerprint()))
                .imageFactory(f -> f.url(datacenter.imageFactoryUrl().toString())
                        .caPem(datacenter.imageFactoryCa())
                        .artifactsUrl("https://factory.talos.dev"))
                .bitwarden(b -> b.server(datacenter.bitwardenUrl())
                        .caPem(datacenter.bitwardenCa())
                        .accessToken(Secret.of(datacenter.bitwardenAccessToken()))
                        .project(datacenter.bitwardenProject()))
                .charts(h -> h.mirror(datacenter.chartRepository()).caPem(datacenter.chartRepositoryCa()))
                .proxy(datacenter.proxy())
                .timeSource(datacenter.timeSource())
                .store(store)));
    }
}
