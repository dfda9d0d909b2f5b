package io.talospve.proxmox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.Operation;
import io.talospve.spi.TimeSource;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDetails;
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
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the contract cannot say: numbers of calls, and trouble between client and cluster. */
class SimulatedClusterTest {
    private static final TestCa CA = new TestCa("trouble");

    private final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T15:00:00Z"));
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private World world;
    private PveServer server;

    private Hypervisor connect(PveVersion version, double latency, String... hosts) {
        world = World.builder(clock, new Latency(latency), power -> new Off(), new NoImages())
                .version(version)
                .hosts(hosts.length == 0 ? List.of("alpha", "charlie", "foxtrot") : List.of(hosts))
                .build();
        server = PveServer.start(world, CA);
        server.faults().observe(new Faults.Observer() {
            @Override
            public void beforeEffect(String method, String path) {
                calls.add(method + " " + path);
            }
        });
        ProxmoxHypervisor.Builder builder = ProxmoxHypervisor.builder()
                .apiToken(server.apiToken())
                .caPem(server.caPem())
                .timeSource(clock);
        server.endpoints().forEach(builder::url);
        return builder.build();
    }

    @AfterEach
    void stop() {
        server.close();
        world.close();
    }

    private static VmCreation creation(VmRef ref) {
        VmCreation.Builder vm = VmCreation.builder();
        return vm.ref(ref)
                .name("vm-" + ref.vmid())
                .uuid(UUID.nameUUIDFromBytes(new byte[] {(byte) ref.vmid()}))
                .description("x")
                .addTags("talos")
                .cores(2)
                .memoryMiB(2048)
                .addDisks(new VmDisk("scsi0", "local-lvm", 10, "0x5abcdef012345678"))
                .cloudInitDatastore("local-lvm")
                .isoVolume("none")
                .addNics(new NicCreation("vmbr0", "02:aa:bb:cc:dd:01", Optional.empty(), Optional.empty()))
                .addNameservers("192.0.2.1")
                .build();
    }

    private void succeeds(Operation operation) {
        try (TimeSource.Waiter waiter = clock.waiter()) {
            clock.advance(Duration.ZERO); // tasks without latency end now
            for (int i = 0; i < 1000; i++) {
                Operation.State state = operation.poll();
                if (state.status() != Operation.Status.RUNNING) {
                    assertThat(state.status()).as(state.text()).isEqualTo(Operation.Status.SUCCEEDED);
                    return;
                }
                waiter.await(clock.now().plusSeconds(1));
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        throw new AssertionError(operation + " does not end");
    }

    private VmRef create(Hypervisor hypervisor, String host) {
        VmRef ref = new VmRef(host, hypervisor.freeVmid());
        succeeds(hypervisor.create(creation(ref)));
        return ref;
    }

    @ParameterizedTest
    @EnumSource(PveVersion.class)
    void aMachineIsMadeAndStartedByFiveCallsItsTagsIncluded(PveVersion version) {
        try (Hypervisor hypervisor = connect(version, 0)) {
            VmRef ref = create(hypervisor, "charlie");
            succeeds(hypervisor.start(ref));
            assertThat(calls).hasSize(5);
            VmDetails vm = hypervisor.vm(ref).orElseThrow();
            assertThat(vm.running()).isTrue();
            assertThat(vm.tags()).containsExactly("talos");
        }
    }

    @Test
    void lookingAtEveryMachineTakesOneCallEachAndOnePerHostAndFour() {
        try (Hypervisor hypervisor = connect(PveVersion.V9_2, 0)) {
            for (int i = 0; i < 10; i++) {
                create(hypervisor, i % 2 == 0 ? "alpha" : "foxtrot");
            }
            calls.clear();
            hypervisor.info();
            List<VmSummary> listed = hypervisor.vms();
            assertThat(listed).hasSize(10).allSatisfy(vm -> assertThat(hypervisor.vm(vm)).isPresent());
            assertThat(calls).hasSize(10 + 3 + 4);
        }
    }

    @Test
    void aCreationWhoseAnswerIsLostHappenedOnce() {
        try (Hypervisor hypervisor = connect(PveVersion.V8_4, 1)) {
            VmRef ref = new VmRef("alpha", hypervisor.freeVmid());
            server.faults().on("POST", "/nodes/alpha/qemu").dropAfterEffect();
            calls.clear();
            RemoteException lost =
                    catchThrowableOfType(RemoteException.class, () -> hypervisor.create(creation(ref)));
            assertThat(lost.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(lost.retryable()).isTrue();
            assertThat(calls).as("never sent again").containsExactly("POST /nodes/alpha/qemu");
            assertThat(hypervisor.vm(ref)).hasValueSatisfying(vm -> assertThat(vm.lock()).contains("create"));
            RemoteException again =
                    catchThrowableOfType(RemoteException.class, () -> hypervisor.create(creation(ref)));
            assertThat(again.code()).isEqualTo(ErrorCode.NAME_TAKEN);
        }
    }

    @Test
    void aHostThatIsDownIsLeftOutAndTheOthersAnswer() {
        try (Hypervisor hypervisor = connect(PveVersion.V9_2, 0)) {
            VmRef down = create(hypervisor, "alpha");
            VmRef up = create(hypervisor, "charlie");
            world.crash("alpha"); // the first endpoint
            assertThat(hypervisor.info().hosts())
                    .filteredOn(host -> !host.online())
                    .extracting(HostInfo::name)
                    .containsExactly("alpha");
            assertThat(hypervisor.vms()).extracting(VmSummary::ref).containsExactly(up);
            RemoteException e = catchThrowableOfType(RemoteException.class, () -> hypervisor.vm(down));
            assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(e.retryable()).isTrue();
            world.crash("foxtrot");
            RemoteException noQuorum = catchThrowableOfType(
                    RemoteException.class, () -> hypervisor.create(creation(new VmRef("charlie", 300))));
            assertThat(noQuorum.retryable()).isTrue();
            assertThat(noQuorum.serverText()).hasValueSatisfying(text -> assertThat(text).contains("no quorum"));
        }
    }

    @Test
    void aHostWhoseDaemonDiesBetweenIsAnErrorNotAShorterList() {
        try (Hypervisor hypervisor = connect(PveVersion.V9_2, 0)) {
            create(hypervisor, "foxtrot");
            world.locked(() -> world.hosts().get("foxtrot").daemonRunning(false));
            RemoteException e = catchThrowableOfType(RemoteException.class, hypervisor::vms);
            assertThat(e.code()).isEqualTo(ErrorCode.UNREACHABLE);
            assertThat(e.retryable()).isTrue();
        }
    }

    @Test
    void aMachineThatMovedIsFoundOnItsNewHost() {
        try (Hypervisor hypervisor = connect(PveVersion.V8_4, 0)) {
            VmRef before = create(hypervisor, "alpha");
            world.locked(() -> world.move(world.vms().get(before.vmid()), "foxtrot"));
            assertThat(hypervisor.vm(before)).isEmpty();
            assertThat(hypervisor.vms()).extracting(VmSummary::ref).containsExactly(new VmRef("foxtrot", before.vmid()));
        }
    }

    @Test
    void aTicketOutlivesItsTwoHours() {
        try (Hypervisor unused = connect(PveVersion.V8_4, 0);
                Hypervisor hypervisor = ProxmoxHypervisor.builder()
                        .url(server.endpoint())
                        .ticket(server.user(), Secret.of(server.password()))
                        .caPem(server.caPem())
                        .timeSource(clock)
                        .build()) {
            VmRef ref = create(hypervisor, "alpha");
            clock.advance(Duration.ofMinutes(90));
            hypervisor.setTags(ref, Set.of("a"));
            clock.advance(Duration.ofHours(5));
            hypervisor.setTags(ref, Set.of("b"));
            assertThat(hypervisor.vm(ref).orElseThrow().tags()).containsExactly("b");
            assertThat(calls).filteredOn("POST /access/ticket"::equals).hasSize(3);
        }
    }

    @Test
    void wrongCredentialsAreSaidOnce() {
        try (Hypervisor unused = connect(PveVersion.V9_2, 0);
                Hypervisor token = ProxmoxHypervisor.builder()
                        .url(server.endpoint())
                        .apiToken("root@pam!talos=00000000-0000-4000-8000-00000000dead")
                        .fingerprint(server.fingerprint())
                        .build();
                Hypervisor ticket = ProxmoxHypervisor.builder()
                        .url(URI.create(server.endpoint() + "/"))
                        .ticket("root@pam", Secret.of("hunter2"))
                        .fingerprint(server.fingerprint())
                        .timeSource(clock)
                        .build()) {
            for (Hypervisor wrong : List.of(token, ticket)) {
                assertThatThrownBy(wrong::info)
                        .isInstanceOfSatisfying(RemoteException.class, e -> {
                            assertThat(e.code()).isEqualTo(ErrorCode.DENIED);
                            assertThat(e.retryable()).isFalse();
                        })
                        .hasMessageNotContainingAny("hunter2", "dead");
            }
        }
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
