package io.talospve.proxmox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RemoteException;
import io.talospve.spec.HighAvailability;
import io.talospve.spi.HaGroup;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.Operation;
import io.talospve.spi.TimeSource;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.pve.Faults;
import io.talospve.testkit.internal.pve.PveServer;
import io.talospve.testkit.internal.tls.TestCa;
import io.talospve.testkit.internal.world.Guest;
import io.talospve.testkit.internal.world.Hardware;
import io.talospve.testkit.internal.world.ImageSource;
import io.talospve.testkit.internal.world.PveVersion;
import io.talospve.testkit.internal.world.World;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Groups on 8, rules on 9: made, kept, interrupted, and ended. */
class HighAvailabilityTest {
    private static final TestCa CA = new TestCa("ha");
    private static final HighAvailability APART =
            HighAvailability.builder().apart(true).maxRestart(2).build();

    private final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T15:00:00Z"));
    private final List<String> writes = new CopyOnWriteArrayList<>();
    private World world;
    private PveServer server;
    private Hypervisor hypervisor;

    private void connect(PveVersion version) {
        world = World.builder(clock, new Latency(1), power -> new Off(), new NoImages())
                .version(version)
                .hosts(List.of("alpha", "charlie", "foxtrot"))
                .build();
        server = PveServer.start(world, CA);
        server.faults().observe(new Faults.Observer() {
            @Override
            public void beforeEffect(String method, String path) {
                if (!method.equals("GET")) {
                    writes.add(method + " " + path);
                }
            }
        });
        ProxmoxHypervisor.Builder builder = ProxmoxHypervisor.builder()
                .apiToken(server.apiToken()).caPem(server.caPem()).timeSource(clock);
        server.endpoints().forEach(builder::url);
        hypervisor = builder.build();
    }

    @AfterEach
    void stop() {
        hypervisor.close();
        server.close();
        world.close();
    }

    private List<VmRef> running(String... hosts) {
        List<VmRef> made = new ArrayList<>();
        for (String host : hosts) {
            VmRef ref = new VmRef(host, hypervisor.freeVmid());
            succeeds(hypervisor.create(VmCreation.builder()
                    .ref(ref)
                    .name("vm-" + ref.vmid())
                    .uuid(new UUID(0, ref.vmid()))
                    .description("x")
                    .cores(1)
                    .memoryMiB(512)
                    .addDisks(new VmDisk("scsi0", "local-lvm", 4, null))
                    .cloudInitDatastore("local-lvm")
                    .isoVolume("none")
                    .addNics(new NicCreation("vmbr0", "02:aa:bb:cc:dd:01", Optional.empty(), Optional.empty()))
                    .addNameservers("192.0.2.1")
                    .build()));
            succeeds(hypervisor.start(ref));
            made.add(ref);
        }
        writes.clear();
        return made;
    }

    private void succeeds(Operation operation) {
        try (TimeSource.Waiter waiter = clock.waiter()) {
            while (operation.poll().status() == Operation.Status.RUNNING) {
                waiter.await(clock.now().plusSeconds(1));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertThat(operation.poll().status()).as(operation.poll().text()).isEqualTo(Operation.Status.SUCCEEDED);
    }

    private static HaGroup group(List<VmRef> members, HighAvailability settings) {
        return new HaGroup("prod-k8s", "cp", members, settings);
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void whatIsMadeIsAsWantedAndMadeOnce(PveVersion version) {
        connect(version);
        List<VmRef> members = running("alpha", "charlie", "foxtrot");
        assertThat(hypervisor.haDifferences(group(members, APART))).isNotEmpty();
        hypervisor.makeHighlyAvailable(group(members, APART));
        assertThat(hypervisor.haDifferences(group(members, APART))).isEmpty();
        assertThat(hypervisor.highlyAvailable()).containsExactlyInAnyOrderElementsOf(members.stream().map(VmRef::vmid).toList());
        assertThat(writes).hasSize(version == PveVersion.V8_4 ? 6 : 4);
        writes.clear();
        hypervisor.makeHighlyAvailable(group(members, APART));
        assertThat(writes).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void anInterruptedOneIsCompleted(PveVersion version) {
        connect(version);
        List<VmRef> members = running("alpha", "charlie", "foxtrot");
        HighAvailability settings = HighAvailability.builder()
                .from(APART).addHosts("alpha", "charlie", "foxtrot").strict(true).failback(false).build();
        server.faults().on("POST", "/cluster/ha/resources").times(1).dropAfterEffect();
        assertThatThrownBy(() -> hypervisor.makeHighlyAvailable(group(members, settings)))
                .isInstanceOfSatisfying(RemoteException.class, e -> assertThat(e.retryable()).isTrue());
        assertThat(hypervisor.highlyAvailable()).hasSize(1);
        hypervisor.makeHighlyAvailable(group(members, settings));
        assertThat(hypervisor.haDifferences(group(members, settings))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void aMachineThatWasMovedIsTheSameAndNothingIsToBeDone(PveVersion version) {
        connect(version);
        List<VmRef> members = running("alpha", "charlie");
        hypervisor.makeHighlyAvailable(group(members, APART));
        clock.advance(Duration.ofSeconds(30));
        world.crash("alpha");
        clock.advance(Duration.ofMinutes(5));
        VmSummary moved = hypervisor.vms().stream()
                .filter(vm -> vm.ref().vmid() == members.get(0).vmid())
                .findFirst()
                .orElseThrow();
        assertThat(moved.ref().host()).as("not where the other one is").isEqualTo("foxtrot");
        assertThat(hypervisor.haDifferences(group(List.of(moved.ref(), members.get(1)), APART))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void otherSettingsAreChangedInPlace(PveVersion version) {
        connect(version);
        List<VmRef> members = running("alpha", "charlie");
        hypervisor.makeHighlyAvailable(group(members, HighAvailability.builder().addHosts("alpha").build()));
        HighAvailability other =
                HighAvailability.builder().addHosts("alpha", "charlie").strict(true).maxRelocate(3).build();
        assertThat(hypervisor.haDifferences(group(members, other))).hasSize(3);
        hypervisor.makeHighlyAvailable(group(members, other));
        assertThat(hypervisor.haDifferences(group(members, other))).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void itsEndLeavesNothingOfOursAndAllOfOthers(PveVersion version) {
        connect(version);
        List<VmRef> members = running("alpha", "charlie", "foxtrot");
        List<VmRef> others = running("alpha", "charlie");
        HighAvailability settings = HighAvailability.builder().from(APART).addHosts("alpha", "charlie", "foxtrot").build();
        hypervisor.makeHighlyAvailable(group(members, settings));
        HaGroup foreign = new HaGroup("prod", "k8s-cp", others, settings);
        hypervisor.makeHighlyAvailable(foreign);
        Set<Integer> vmids = Set.of(members.get(0).vmid(), members.get(1).vmid(), members.get(2).vmid());
        hypervisor.endHighAvailability("prod-k8s", vmids);
        assertThat(hypervisor.highlyAvailable()).containsExactlyInAnyOrderElementsOf(others.stream().map(VmRef::vmid).toList());
        assertThat(hypervisor.haDifferences(foreign)).isEmpty();
        writes.clear();
        hypervisor.endHighAvailability("prod-k8s", vmids);
        assertThat(writes).as("nothing is left to end").isEmpty();
        hypervisor.makeHighlyAvailable(group(members, settings));
        assertThat(hypervisor.haDifferences(group(members, settings))).isEmpty();
    }

    @Test
    void onEightEachPrefersAHostOfItsOwnEvenIfTwoAreTogether() {
        connect(PveVersion.V8_4);
        List<VmRef> members = running("alpha", "alpha", "charlie");
        hypervisor.makeHighlyAvailable(group(members, APART));
        assertThat(hypervisor.haDifferences(group(members, APART))).isEmpty();
        clock.advance(Duration.ofSeconds(30));
        world.crash("alpha");
        clock.advance(Duration.ofMinutes(5));
        assertThat(hypervisor.vms()).extracting(vm -> vm.ref().host()).doesNotContain("alpha").hasSize(3);
    }

    private static final class Off implements Guest {
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

    private static final class NoImages implements ImageSource {
        @Override
        public Fetched fetch(String url) {
            return new Fetched(404, 0, Optional.empty());
        }

        @Override
        public Optional<Hardware.BootImage> pull(String reference) {
            return Optional.empty();
        }
    }
}
