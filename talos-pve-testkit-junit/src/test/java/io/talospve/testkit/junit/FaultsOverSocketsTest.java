package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.TalosPve;
import io.talospve.apply.ApplyOptions;
import io.talospve.apply.Outcome;
import io.talospve.apply.StepResult;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.event.ExecutionEvent;
import io.talospve.event.ExecutionListener;
import io.talospve.event.StepState;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.DatacenterFaults;
import io.talospve.testkit.Interruption.Break;
import io.talospve.testkit.SimulatedDatacenter;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Faults on real sockets, in virtual time: an apply heals them, or says what failed where in the server's words, goes as far
 * as it can without, asks no more often than it should, and is repaired by the next.
 */
class FaultsOverSocketsTest {
    private static final String PROXMOX = "proxmox";
    private static final String CREATE = "/nodes/[^/]+/qemu";
    private static final String START = "/nodes/[^/]+/qemu/\\d+/status/start";
    private static final String TASK = "/nodes/[^/]+/tasks/[^/]+/status";
    private static final String BOOTSTRAP = "machine.MachineService/Bootstrap";
    private static final String CONFIGURE = "machine.MachineService/ApplyConfiguration";
    private static final ExecutionListener NOBODY = event -> { };

    /** Questions that a real etcd does not answer either are given up by wall time, in which a test should not wait. */
    private static final Consumer<TalosPve.Settings> QUICKLY =
            settings -> settings.talos(talos -> talos.etcdTimeout(Duration.ofSeconds(1)));

    private static TalosCluster lab(int controlPlanes, int workers, String bridge) {
        return TalosCluster.define("lab", c -> {
            c.datastore("nas", "alpha")
                    .talos(t -> t.version("v1.12.4"))
                    .kubernetesVersion("v1.34.2")
                    .addNameservers("192.168.62.1")
                    .hostPool(h -> h.host("alpha", "local-lvm").host("charlie", "local-lvm"))
                    .size("small", s -> s.cpu(2).memory(4096).osDisk(20));
            c.controlPlane(p -> {
                p.hostPool("alpha");
                for (int i = 0; i < controlPlanes; i++) {
                    String address = "192.168.62." + (31 + i) + "/24";
                    p.node(n -> n.size("small").network(bridge, address, "192.168.62.1"));
                }
            });
            c.workers(p -> {
                p.hostPool("charlie");
                for (int i = 0; i < workers; i++) {
                    String address = "192.168.62." + (41 + i) + "/24";
                    p.node(n -> n.size("small").network(bridge, address, "192.168.62.1"));
                }
            });
        });
    }

    private static final TalosCluster LAB = lab(1, 1, "dmz");

    private static void withDatacenter(Scenario scenario) throws Exception {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of("lab"), QUICKLY)) {
            scenario.run(pve, datacenter);
        }
    }

    private interface Scenario {
        void run(TalosPve pve, SimulatedDatacenter datacenter) throws Exception;
    }

    /** Applies a plan and checks what holds of every apply, also of one that fails. */
    private static Outcome apply(TalosPve pve, SimulatedDatacenter datacenter, Plan plan, ExecutionListener listener) {
        int before = datacenter.faults().proxmoxRequests();
        Outcome outcome = pve.apply(plan, listener);
        int requests = datacenter.faults().proxmoxRequests() - before;
        assertThat(requests).as("requests in %s", outcome.duration()).isLessThan(300 + (int) outcome.duration().toSeconds());
        assertThat(outcome.duration()).isLessThan(Duration.ofMinutes(75));
        assertThat(outcome.failures()).allSatisfy(step -> {
            assertThat(step.error()).isNotNull();
            assertThat(step.error().hint()).as(step.id()).isPresent();
            assertThat(step.detail()).isNotEmpty();
        });
        return outcome;
    }

    private static void repaired(TalosPve pve, SimulatedDatacenter datacenter, TalosCluster cluster) {
        Outcome next = apply(pve, datacenter, pve.plan(cluster), NOBODY);
        assertThat(next.succeeded()).as("%s", next.render()).isTrue();
        assertThat(pve.plan(cluster).hasChanges()).isFalse();
        assertThat(datacenter.virtualMachines()).hasSize(cluster.nodes().size());
        assertThat(datacenter.bootstraps()).isEqualTo(1);
        assertThat(datacenter.bitwardenSecrets()).hasSize(2);
    }

    private static DynamicTest heals(String name, Consumer<DatacenterFaults> fault) {
        return DynamicTest.dynamicTest(name, () -> withDatacenter((pve, datacenter) -> {
            Plan plan = pve.plan(LAB);
            fault.accept(datacenter.faults());
            Outcome outcome = apply(pve, datacenter, plan, NOBODY);
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            datacenter.faults().clear();
            assertThat(pve.plan(LAB).hasChanges()).isFalse();
            assertThat(datacenter.virtualMachines()).hasSize(2);
            assertThat(datacenter.bootstraps()).isEqualTo(1);
        }));
    }

    @TestFactory
    Stream<DynamicTest> whatPassesIsHealed() {
        return Stream.of(
                heals("creations that are reset", faults -> faults.breaks(Break.CLOSED_BEFORE_EFFECT, PROXMOX, "POST " + CREATE, 2)),
                heals("a creation whose answer is lost", faults -> faults.breaks(Break.CLOSED_AFTER_EFFECT, PROXMOX, "POST " + CREATE, 1)),
                heals("a creation whose answer is cut off", faults -> faults.breaks(Break.TRUNCATED, PROXMOX, "POST " + CREATE, 1)),
                heals("answers that are cut off", faults -> faults.breaks(Break.TRUNCATED, PROXMOX, "GET " + TASK, 4)),
                heals("a host that is away for a while, also to plan", faults ->
                        faults.proxmoxAnswers(595, "No route to host", "GET", "/nodes/charlie/.*", 6)),
                heals("a machine's lock", faults -> faults.proxmoxAnswers(
                        500, "can't lock file '/var/lock/qemu-server/lock-100.conf' - got timeout", "POST", START, 2)),
                heals("a task that fails once", faults -> faults.tasksFail("qmstart", "start failed: QEMU exited with code 1", 1)),
                heals("a download that fails once", faults -> faults.tasksFail("download", "download failed: exit code 4", 1)),
                heals("a configuration whose answer is lost", faults -> faults.breaks(Break.CLOSED_AFTER_EFFECT, "lab-cp-1", CONFIGURE, 1)),
                heals("a bootstrap whose answer is lost", faults -> faults.breaks(Break.CLOSED_AFTER_EFFECT, "lab-cp-1", BOOTSTRAP, 1)),
                heals("a bootstrap that does not arrive", faults -> faults.breaks(Break.CLOSED_BEFORE_EFFECT, "lab-cp-1", BOOTSTRAP, 2)));
    }

    private record Failure(ErrorCode code, String step, String text, Set<String> done) {}

    private static DynamicTest fails(String name, Consumer<DatacenterFaults> fault, Failure expected) {
        return fails(name, fault, NOBODY, expected, DatacenterFaults::clear);
    }

    private static DynamicTest fails(
            String name,
            Consumer<DatacenterFaults> fault,
            ExecutionListener listener,
            Failure expected,
            Consumer<DatacenterFaults> repair) {
        return DynamicTest.dynamicTest(name, () -> withDatacenter((pve, datacenter) -> {
            Plan plan = pve.plan(LAB);
            fault.accept(datacenter.faults());
            Outcome outcome = apply(pve, datacenter, plan, listener);
            failedAs(outcome, expected);
            repair.accept(datacenter.faults());
            repaired(pve, datacenter, LAB);
        }));
    }

    private static void failedAs(Outcome outcome, Failure expected) {
        assertThat(outcome.succeeded()).isFalse();
        StepResult failed = outcome.steps().stream()
                .filter(step -> step.id().startsWith(expected.step()))
                .findFirst()
                .orElseThrow();
        assertThat(failed.error()).as("%s", outcome.render()).isNotNull();
        assertThat(failed.error().code()).as("%s", failed.detail()).isEqualTo(expected.code());
        assertThat(failed.detail()).contains(expected.text());
        assertThat(outcome.render().text()).contains(expected.text());
        assertThat(outcome.steps().stream()
                        .filter(step -> step.state() == StepState.DONE)
                        .map(StepResult::id))
                .as("%s", outcome.render())
                .containsAll(expected.done());
    }

    @TestFactory
    Stream<DynamicTest> whatDoesNotPassIsToldAndRepairedByTheNextApply() {
        String denied = "Permission check failed (/vms/100, VM.Allocate)";
        return Stream.of(
                fails("401", faults -> faults.proxmoxAnswers(401, "No ticket", "POST", CREATE, 50),
                        new Failure(ErrorCode.DENIED, "vm/lab-cp-1", "No ticket", Set.of("secrets", "image/alpha"))),
                fails("403", faults -> faults.proxmoxAnswers(403, denied, "POST", "/nodes/charlie/qemu", 50),
                        new Failure(ErrorCode.DENIED, "vm/lab-worker-1", denied,
                                Set.of("installed/lab-cp-1", "bootstrap"))),
                fails("a task that always fails", faults -> faults.tasksFail("qmstart", "start failed: no KVM", 50),
                        new Failure(ErrorCode.TASK_FAILED, "start/lab-cp-1", "start failed: no KVM",
                                Set.of("vm/lab-cp-1", "vm/lab-worker-1"))),
                fails("a download that stalls", faults -> faults.tasksHang("download", 1),
                        new Failure(ErrorCode.TIMED_OUT, "image/alpha", "still not true that the image is fetched",
                                Set.of("secrets"))),
                fails("Bitwarden down", faults -> faults.bitwardenAnswers(503, "maintenance"),
                        new Failure(ErrorCode.SERVER_FAILED, "deliver/bitwarden", "maintenance",
                                Set.of("healthy", "credentials"))),
                fails("an answer that is no JSON", faults -> faults.proxmoxGarbles("<html>502 Bad Gateway</html>", "POST", START, 50),
                        new Failure(ErrorCode.UNEXPECTED_ANSWER, "start/lab-cp-1", "start",
                                Set.of("vm/lab-cp-1", "vm/lab-worker-1"))),
                fails("a machine that never comes back", faults -> faults.machineNeverReturns("lab-worker-1"), NOBODY,
                        new Failure(ErrorCode.TIMED_OUT, "api/lab-worker-1", "the Talos API at 192.168.62.41",
                                Set.of("installed/lab-cp-1", "bootstrap")),
                        faults -> {
                            faults.machineReturns("lab-worker-1");
                            // Somebody cycles its power.
                            faults.crashHost("charlie");
                            faults.bootHost("charlie");
                        }));
    }

    @Test
    void aHostThatDiesWithItsMachinesHoldsOnlyThemUp() throws Exception {
        withDatacenter((pve, datacenter) -> {
            ExecutionListener powerCut = event -> {
                if (event instanceof ExecutionEvent.StepEnded ended && ended.step().equals("vm/lab-worker-1")) {
                    datacenter.faults().crashHost("charlie");
                }
            };
            Outcome outcome = apply(pve, datacenter, pve.plan(LAB), powerCut);
            assertThat(outcome.succeeded()).isFalse();
            assertThat(outcome.failures()).allSatisfy(step -> assertThat(step.id()).contains("lab-worker-1"));
            assertThat(outcome.steps().stream().filter(step -> step.state() == StepState.DONE).map(StepResult::id))
                    .as("%s", outcome.render())
                    .contains("installed/lab-cp-1", "bootstrap");
            assertThat(catchThrowableOfType(RefusedException.class, () -> pve.plan(LAB)))
                    .hasMessageContaining("charlie is offline and may have it");
            assertThat(catchThrowableOfType(RefusedException.class, () -> pve.planDestroy(LAB)))
                    .hasMessageContaining("lab-worker-1");
            datacenter.faults().bootHost("charlie");
            repaired(pve, datacenter, LAB);
        });
    }

    @Test
    void anEtcdMemberThatCannotJoinIsNamed() throws Exception {
        withDatacenter((pve, datacenter) -> {
            TalosCluster three = lab(3, 0, "dmz");
            datacenter.faults().etcdCannotJoin("lab-cp-3", true);
            Outcome outcome =
                    pve.apply(pve.plan(three), ApplyOptions.standard().withDeadline(Duration.ofSeconds(150)));
            assertThat(outcome.cancelled()).as("%s", outcome.render()).isTrue();
            assertThat(outcome.steps()).filteredOn(step -> step.id().equals("bootstrap"))
                    .singleElement().satisfies(step -> assertThat(step.state()).isEqualTo(StepState.DONE));
            assertThat(outcome.render().text()).contains("was waiting until", "lab-cp-3");
            datacenter.faults().etcdCannotJoin("lab-cp-3", false);
            // Somebody cycles the power, as an operator would.
            datacenter.faults().crashHost("alpha");
            datacenter.faults().bootHost("alpha");
            repaired(pve, datacenter, three);
            assertThat(datacenter.etcdClusters()).containsExactly(Set.of("lab-cp-1", "lab-cp-2", "lab-cp-3"));
        });
    }

    @Test
    void planningOutlivesAShortOutageAndTellsOfALongOne() throws Exception {
        withDatacenter((pve, datacenter) -> {
            datacenter.faults().proxmoxAnswers(595, "Connection refused", "GET", "/nodes/[^/]+/storage", 3);
            datacenter.faults().breaks(Break.CLOSED_BEFORE_EFFECT, PROXMOX, "GET /nodes/[^/]+/qemu", 3);
            datacenter.faults().breaks(Break.TRUNCATED, PROXMOX, "GET /nodes", 2);
            assertThat(pve.plan(LAB).hasChanges()).isTrue();
            datacenter.faults().clear();
            datacenter.faults().proxmoxAnswers(595, "Connection timed out", "GET", "/nodes/charlie/qemu", 1000);
            int before = datacenter.faults().proxmoxRequests();
            RemoteException error = catchThrowableOfType(RemoteException.class, () -> pve.plan(LAB));
            assertThat(error).hasMessageContaining("asked").hasMessageContaining("Connection timed out");
            assertThat(error.hint()).isPresent();
            assertThat(datacenter.faults().proxmoxRequests() - before).isLessThan(400);
            datacenter.faults().clear();
            datacenter.faults().proxmoxAnswers(401, "No ticket", "GET", ".*", 1000);
            assertThat(catchThrowableOfType(RemoteException.class, () -> pve.plan(LAB)).code()).isEqualTo(ErrorCode.DENIED);
        });
    }

    @Test
    void aFullStorageIsRefusedBeforeAnythingIsChanged() throws Exception {
        withDatacenter((pve, datacenter) -> {
            datacenter.faults().storageFull("local-lvm", true);
            assertThat(catchThrowableOfType(RefusedException.class, () -> pve.plan(LAB)))
                    .hasMessageContaining("local-lvm")
                    .extracting(RefusedException::code)
                    .isEqualTo(ErrorCode.PLAN_REFUSED);
            assertThat(datacenter.virtualMachines()).isEmpty();
            datacenter.faults().storageFull("local-lvm", false);
            assertThat(pve.plan(LAB).hasChanges()).isTrue();
        });
    }

    @Test
    void aBridgeThatIsMissingIsRefusedBeforeAnythingIsChanged() throws Exception {
        withDatacenter((pve, datacenter) -> assertThat(
                        catchThrowableOfType(RefusedException.class, () -> pve.plan(lab(1, 1, "vmbr9"))))
                .hasMessageContaining("has no bridge vmbr9")
                .extracting(RefusedException::code)
                .isEqualTo(ErrorCode.PLAN_REFUSED));
    }

    /** The executor may make a virtual thread per call: nothing in the library is bound to platform threads. */
    @Test
    void callsRunOnVirtualThreadsWhereTheEmbedderGivesThem() throws Exception {
        java.util.concurrent.ExecutorService virtual;
        try {
            virtual = (java.util.concurrent.ExecutorService)
                    java.util.concurrent.Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        } catch (NoSuchMethodException before21) {
            org.junit.jupiter.api.Assumptions.abort(
                    "Java " + Runtime.version().feature() + " has no virtual threads: run on JDK 21 or later to test them");
            return;
        }
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                TalosPve pve = DatacenterConnection.open(
                        datacenter, StoredSecrets.of("lab"), settings -> settings.executor(virtual))) {
            Outcome outcome = pve.apply(pve.plan(LAB));
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            assertThat(pve.plan(LAB).hasChanges()).isFalse();
        } finally {
            virtual.shutdown();
        }
    }
}
