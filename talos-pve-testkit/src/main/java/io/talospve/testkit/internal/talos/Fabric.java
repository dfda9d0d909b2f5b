package io.talospve.testkit.internal.talos;

import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.kube.outside.Outside;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.tls.CertificateClock;
import io.talospve.testkit.internal.world.ImageSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * What all Talos machines share: time, network, threads, the clusters they form. Its monitor guards the state of every
 * machine; nothing that can wait for another machine or for the world runs under it.
 */
final class Fabric {
    final SimClock clock;
    final Latency latency;
    final SimNetwork network;
    final ImageSource images;
    final IoThreads io;
    final Random random;
    final Faults faults = new Faults();
    final Outside outside = new Outside();
    final EventLoopGroup grpcLoops = new NioEventLoopGroup(2, new DefaultThreadFactory("datacenter-grpc", true));
    private final Map<String, TalosCluster> clusters = new LinkedHashMap<>();
    private final List<TalosGuest> guests = new ArrayList<>();

    Fabric(SimClock clock, Latency latency, SimNetwork network, ImageSource images, IoThreads io, long seed) {
        this.clock = clock;
        this.latency = latency;
        this.network = network;
        this.images = images;
        this.io = io;
        this.random = new Random(seed);
    }

    TalosCluster cluster(MachineConfig config) {
        return clusters.computeIfAbsent(config.clusterKey(), key -> new TalosCluster(this, config.clusterName()));
    }

    /** The clock of a machine, off as far as a fault says. */
    CertificateClock clock(String machine) {
        return new CertificateClock(clock::now, () -> faults.clockOffset(machine));
    }

    List<TalosCluster> clusters() {
        return List.copyOf(clusters.values());
    }

    void add(TalosGuest guest) {
        guests.add(guest);
    }

    List<TalosGuest> guests() {
        return List.copyOf(guests);
    }

    void close() {
        grpcLoops.shutdownGracefully(0, 2, TimeUnit.SECONDS);
    }
}
