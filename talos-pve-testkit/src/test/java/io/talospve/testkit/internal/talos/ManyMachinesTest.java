package io.talospve.testkit.internal.talos;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.talospve.talos.proto.cosi.ListRequest;
import io.talospve.talos.proto.cosi.StateGrpc;
import io.talospve.talos.proto.machine.BootstrapRequest;
import io.talospve.testkit.internal.net.SimNetwork;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ManyMachinesTest {
    private static final int WORKERS = 497;

    @Test
    void fiveHundredMachinesFormOneCluster() throws Exception {
        long begun = System.nanoTime();
        try (FakeWorld world = new FakeWorld()) {
            List<FakeWorld.Vm> all = new ArrayList<>();
            for (int i = 1; i <= 3; i++) {
                all.add(world.vm("cp-" + i, "192.168.62." + (20 + i)));
            }
            for (int i = 1; i <= WORKERS; i++) {
                all.add(world.vm("worker-" + i, "10.20." + i / 200 + "." + (1 + i % 200)));
            }
            all.forEach(FakeWorld.Vm::start);
            world.await("maintenance", () -> world.guests.snapshot().machines().stream().allMatch(m -> m.stage().equals("maintenance")));
            double maintenance = seconds(begun);
            for (FakeWorld.Vm vm : all) {
                boolean controlPlane = vm.name.startsWith("cp-");
                MachineConfig config = MachineConfig.parse(FakeWorld.config(controlPlane, vm, FakeWorld.INSTALLER)
                        .replace("name: none", "name: flannel"), false);
                // In process: five hundred TLS handshakes are not what is tested here.
                world.guests.apply(vm.name, config);
            }
            world.await("apid", () -> world.network.lookup("192.168.62.21", 50000) instanceof SimNetwork.Lookup.Target
                    && !world.machine(all.get(0)).configDigest().isEmpty());
            ManagedChannel channel = world.channel(all.get(0), FakeWorld.admin());
            FakeWorld.stub(channel).bootstrap(BootstrapRequest.getDefaultInstance());
            world.await("ready", () -> world.guests.snapshot().machines().stream().allMatch(TalosGuests.Snapshot.Machine::ready));
            assertThat(world.guests.snapshot().clusters()).singleElement().satisfies(c -> {
                assertThat(c.bootstraps()).isEqualTo(1);
                assertThat(c.etcds().get(0).nodes()).hasSize(500);
            });
            var members = StateGrpc.newBlockingStub(channel)
                    .list(ListRequest.newBuilder()
                            .setNamespace("cluster")
                            .setType("Members.cluster.talos.dev")
                            .build());
            int count = 0;
            while (members.hasNext()) {
                members.next();
                count++;
            }
            assertThat(count).isEqualTo(500);
            System.gc();
            long used = (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20;
            System.out.printf(
                    "500 machines: maintenance after %.1f s, all ready after %.1f s of wall time, heap in use %d MiB, threads %d%n",
                    maintenance, seconds(begun), used, Thread.activeCount());
            assertThat(used).isLessThan(700);
        }
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }
}
