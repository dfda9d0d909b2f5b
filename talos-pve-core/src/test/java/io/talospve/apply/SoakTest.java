package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.plan.Allocation;
import io.talospve.plan.Mark;
import io.talospve.spec.NodeRole;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.SecretSink;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import io.talospve.store.internal.StoreFiles;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Random lives of random clusters. {@code -Dtalospve.soak.seconds} for longer, {@code -Dtalospve.soak.seed} to see one
 * again. Below, the test of the test: libraries that lack one guard each, of which the invariants must catch every one.
 */
class SoakTest {
    private static final int OPERATIONS = 12;
    private static final int LIVES_TO_CATCH = 400;

    @Test
    void everyRandomLifeKeepsTheInvariants() {
        Duration time = Duration.ofSeconds(Long.getLong("talospve.soak.seconds", 60));
        long first = Long.getLong("talospve.soak.seed", 20260101L);
        long end = System.nanoTime() + time.toNanos();
        Map<String, Integer> counts = new TreeMap<>();
        long seed = first;
        do {
            Soak soak = new Soak(seed, site -> { });
            try {
                soak.live(OPERATIONS);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("soak: seed " + seed + " (run it again with -Dtalospve.soak.seed=" + seed + ")", e);
            }
            soak.counts.forEach((what, count) -> counts.merge(what, count, Integer::sum));
            seed++;
        } while (System.nanoTime() < end);
        System.out.printf("soak: seeds %d to %d, %s%n", first, seed - 1, counts);
        assertThat(counts).containsKeys(
                "last apply", "crashed", "fault for a while", "moved by HA", "host crash", "lost store", "kept out", "cancel",
                "grow workers", "grow control planes", "clone", "restored backup", "replaced by a stranger", "another clock", "destroy");
    }

    private static void mustBeCaught(String byWhat, Consumer<Site> mutation) {
        for (long seed = 1; seed <= LIVES_TO_CATCH; seed++) {
            try {
                new Soak(seed, mutation).live(OPERATIONS);
            } catch (Soak.Broken caught) {
                assertThat(caught).hasMessageMatching("(?s).*(" + byWhat + ").*");
                return;
            }
        }
        throw new AssertionError("no invariant has caught this in " + LIVES_TO_CATCH + " lives");
    }

    /** A stand-in of which one method is replaced. */
    @SuppressWarnings("unchecked")
    static <T> T replacing(Class<T> type, T real, Map<String, UnaryCall> methods) {
        return (T) Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            UnaryCall other = methods.get(method.getName());
            try {
                return other == null ? method.invoke(real, arguments) : other.call(arguments, () -> method.invoke(real, arguments));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        });
    }

    interface UnaryCall {
        Object call(Object[] arguments, java.util.concurrent.Callable<Object> real) throws Throwable;
    }

    private static StoreFiles files(StoreFiles real, Map<String, UnaryCall> methods) {
        return replacing(StoreFiles.class, real, methods);
    }

    @Test
    void aJournalThatLosesAllocationsIsCaught() {
        mustBeCaught("exists twice", site -> site.files = files(site.files, Map.of("append", (arguments, real) ->
                new String((byte[]) arguments[1], StandardCharsets.UTF_8).contains("ALLOCATED") ? null : real.call())));
    }

    @Test
    void aMarkThatIsWrittenAfterTheCreationIsCaught() {
        mustBeCaught("orphaned", site -> {
            Map<Integer, String> late = new TreeMap<>();
            site.hypervisor = real -> replacing(Hypervisor.class, real, Map.of(
                    "create", (arguments, call) -> {
                        VmCreation vm = (VmCreation) arguments[0];
                        late.put(vm.ref().vmid(), vm.description());
                        return real.create(VmCreation.builder().from(vm).description("").build());
                    },
                    "vm", (arguments, call) -> {
                        MemoryDatacenter.Machine machine = arguments[0] instanceof VmRef ref
                                ? site.datacenter.machines.get(ref.vmid())
                                : null;
                        if (machine != null && machine.vm.description().isEmpty()
                                && !site.time.now().isBefore(machine.createdFrom)
                                && late.containsKey(machine.vm.ref().vmid())) {
                            machine.vm = VmDetails.builder().from(machine.vm)
                                    .description(late.get(machine.vm.ref().vmid())).build();
                        }
                        return call.call();
                    }));
        });
    }

    @Test
    void aBootstrapOfAnyControlPlaneWithoutLookingIsCaught() {
        mustBeCaught("bootstrapped \\d+ times", site -> {
            int[] turn = new int[1];
            site.talos = real -> replacing(TalosApi.class, real, Map.of("bootstrap", (arguments, call) -> {
                MachineAddress last = MachineAddress.of("10.0.0." + (21 + turn[0]++ % 3));
                TalosAccess access = (TalosAccess) arguments[1];
                TalosApi.BootstrapAnswer answer = real.bootstrap((MachineAddress) arguments[0], access);
                return site.cluster.controlPlaneNodes().nodes().size() == 3 ? real.bootstrap(last, access) : answer;
            }));
        });
    }

    @Test
    void trustInNamesInsteadOfMarksIsCaught() {
        mustBeCaught("a foreign machine was touched", site -> site.hypervisor = real ->
                replacing(Hypervisor.class, real, Map.of("vm", (arguments, call) -> {
                    @SuppressWarnings("unchecked")
                    Optional<VmDetails> found = (Optional<VmDetails>) call.call();
                    String ca = site.entry().secrets().load()
                            .map(bundle -> site.datacenter.pki().osCaFingerprint(bundle)).orElse("");
                    return found.map(vm -> !ca.isEmpty() && vm.name().startsWith("soak-cp-of-old")
                            ? VmDetails.builder().from(vm).description(new Mark("soak", vm.name(), NodeRole.WORKER,
                                    vm.ref().vmid(), vm.uuid().get(), ca).description(java.util.Optional.empty())).build()
                            : vm);
                })));
    }

    /** What /cluster/resources says is older than what was just done. */
    @Test
    void trustInAListThatLagsIsCaught() {
        mustBeCaught("exists twice", site -> site.hypervisor = real -> {
            TreeMap<Instant, Map<Integer, VmDetails>> seen = new TreeMap<>();
            Supplier<Map<Integer, VmDetails>> lagging = () -> {
                Map<Integer, VmDetails> now = new TreeMap<>();
                site.datacenter.machines.forEach((vmid, machine) -> now.put(vmid, machine.vm));
                seen.put(site.time.now(), now);
                Map.Entry<Instant, Map<Integer, VmDetails>> old = seen.floorEntry(site.time.now().minusSeconds(10));
                return old == null ? seen.firstEntry().getValue() : old.getValue();
            };
            return replacing(Hypervisor.class, real, Map.of(
                    "vms", (arguments, call) -> {
                        call.call();
                        return lagging.get().values().stream()
                                .map(vm -> new VmSummary(vm.ref(), vm.name(), vm.running(), false, vm.tags()))
                                .toList();
                    },
                    "vm", (arguments, call) -> {
                        call.call();
                        VmRef ref = arguments[0] instanceof VmSummary listed ? listed.ref() : (VmRef) arguments[0];
                        return Optional.ofNullable(lagging.get().get(ref.vmid())).filter(vm -> vm.ref().equals(ref));
                    }));
        });
    }

    /** Whatever has the VMID that was chosen for a machine is taken for it, and so deleted with it. */
    @Test
    void aRemovalByVmidWithoutProofIsCaught() {
        mustBeCaught("a foreign machine was touched|orphaned|the Talos API at \\S+ answers", site -> site.hypervisor = real ->
                replacing(Hypervisor.class, real, Map.of("vm", (arguments, call) -> {
                    @SuppressWarnings("unchecked")
                    Optional<VmDetails> found = (Optional<VmDetails>) call.call();
                    Map<String, Allocation> made = Allocation.inForce(site.entry().journal().entries());
                    String ca = site.entry().secrets().load()
                            .map(bundle -> site.datacenter.pki().osCaFingerprint(bundle)).orElse("");
                    return found.map(vm -> made.values().stream()
                            .filter(allocation -> allocation.ref().vmid() == vm.ref().vmid())
                            .findFirst()
                            .<VmDetails>map(allocation -> VmDetails.builder().from(vm).uuid(allocation.uuid())
                                    .description(new Mark("soak", allocation.node(), NodeRole.WORKER, vm.ref().vmid(),
                                            allocation.uuid(), ca).description())
                                    .build())
                            .orElse(vm));
                })));
    }

    @Test
    void aSinkThatKeepsAnOldCredentialIsCaught() {
        mustBeCaught("the sink does not have the credentials", site -> site.sink = real ->
                replacing(SecretSink.class, real, Map.of(
                        "put", (arguments, call) -> null,
                        "check", (arguments, call) -> SecretSink.Presence.SAME)));
    }

    @Test
    void secretsThatAreMadeAnewAreCaught() {
        mustBeCaught("the secrets changed|does not go on|a plan is refused", site -> {
            UnaryOperator<StoreFiles> forgetful = real -> files(real, Map.of("create", (arguments, call) -> {
                if (((String) arguments[0]).endsWith("secrets.yaml")) {
                    real.write((String) arguments[0], (byte[]) arguments[1]);
                    return true;
                }
                return call.call();
            }, "read", (arguments, call) -> ((String) arguments[0]).endsWith("secrets.yaml")
                            && site.datacenter.machines.isEmpty() && site.points.calls().size() < 20
                    ? Optional.empty()
                    : call.call()));
            site.files = forgetful.apply(site.files);
        });
    }

    @Test
    void anUnmutatedSiteIsNotCaughtByTheSameLives() {
        for (long seed = 1; seed <= 20; seed++) {
            new Soak(seed, site -> { }).live(OPERATIONS);
        }
    }
}
