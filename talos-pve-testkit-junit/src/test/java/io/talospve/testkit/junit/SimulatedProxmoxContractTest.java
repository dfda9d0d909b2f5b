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
import org.junit.jupiter.api.Nested;

/** The contract, kept by the client with the simulated Proxmox VE of both versions. */
class SimulatedProxmoxContractTest {
    @Nested
    class Version84 extends OnSimulation {
        Version84() {
            super(PveVersion.V8_4);
        }
    }

    @Nested
    class Version92 extends OnSimulation {
        Version92() {
            super(PveVersion.V9_2);
        }
    }

    abstract static class OnSimulation extends HypervisorContract {
        private static final TestCa CA = new TestCa("contract");

        private final PveVersion version;
        private PveServer server;

        OnSimulation(PveVersion version) {
            this.version = version;
        }

        @Override
        protected Place place() {
            VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T15:00:00Z"));
            World world = World.builder(clock, new Latency(1), power -> new Idle(), new OneImage())
                    .version(version)
                    .build();
            server = PveServer.start(world, CA);
            return new Place(
                    ProxmoxHypervisor.builder()
                            .url(server.endpoint())
                            .apiToken(server.apiToken())
                            .fingerprint(server.fingerprint())
                            .timeSource(clock)
                            .build(),
                    clock,
                    "charlie",
                    "local-lvm",
                    "vmbr0",
                    Optional.empty(),
                    Optional.of(new Image("nas", OneImage.URL)));
        }

        @Override
        protected void leave() {
            server.close();
            server.world().close();
        }
    }

    /** A machine without an operating system. */
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
        static final String URL = "https://factory.talos.dev/image/x/v1.12.4/nocloud-amd64.iso";

        @Override
        public Fetched fetch(String url) {
            return new Fetched(url.equals(URL) ? 200 : 404, 1 << 20, Optional.empty());
        }

        @Override
        public Optional<Hardware.BootImage> pull(String reference) {
            return Optional.empty();
        }
    }
}
