package io.talospve.testkit.junit;

import io.talospve.proxmox.ProxmoxHypervisor;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.pve.PveServer;
import io.talospve.testkit.internal.tls.TestCa;
import io.talospve.testkit.internal.world.Guest;
import io.talospve.testkit.internal.world.Hardware;
import io.talospve.testkit.internal.world.ImageSource;
import io.talospve.testkit.internal.world.PveVersion;
import io.talospve.testkit.internal.world.World;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A simulated cluster of three hosts with machines that have no operating system. */
final class Simulation implements AutoCloseable {
    /** The one URL that leads to an image. */
    static final String IMAGE_URL = "https://factory.talos.dev/image/x/v1.12.4/nocloud-amd64.iso";

    private static final TestCa CA = new TestCa("contract");

    final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T15:00:00Z"));
    final World world;
    final PveServer server;

    Simulation(PveVersion version) {
        world = World.builder(clock, new Latency(1), power -> new Idle(), new OneImage())
                .version(version)
                .build();
        server = PveServer.start(world, CA);
    }

    ProxmoxHypervisor connect(String apiToken) {
        return ProxmoxHypervisor.builder()
                .url(server.endpoint())
                .apiToken(apiToken)
                .fingerprint(server.fingerprint())
                .timeSource(clock)
                .build();
    }

    @Override
    public void close() {
        server.close();
        world.close();
    }

    private static final class Idle implements Guest {
        @Override
        public void powerOn(Hardware hardware) {}

        @Override
        public void powerOff() {}

        @Override
        public void shutdown(Runnable off) {
            off.run();
        }

        @Override
        public Optional<List<AgentNic>> agentNics() {
            return Optional.empty();
        }
    }

    private static final class OneImage implements ImageSource {
        @Override
        public Fetched fetch(String url) {
            return new Fetched(url.equals(IMAGE_URL) ? 200 : 404, 1 << 20, Optional.empty());
        }

        @Override
        public Optional<Hardware.BootImage> pull(String reference) {
            return Optional.empty();
        }
    }
}
