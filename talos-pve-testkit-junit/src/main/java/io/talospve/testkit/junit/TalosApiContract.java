package io.talospve.testkit.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TalosApi.BootstrapAnswer;
import io.talospve.spi.TalosApi.EtcdMember;
import io.talospve.spi.TalosApi.MachineSize;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What every {@link TalosApi} guarantees, tried on the machines of a bootstrapped cluster and, where there is one, on a
 * machine in maintenance mode. A subclass says where. Leaves every machine as it found it: what it sends is what the machines
 * have to refuse or have done already.
 */
@Timeout(120)
public abstract class TalosApiContract {
    private Place place;
    private TalosApi api;

    /** For subclasses. */
    protected TalosApiContract() {}

    /**
     * Where the contract is tried.
     *
     * @param api what is tried
     * @param access opens the cluster as an administrator
     * @param foreignAccess opens another cluster, which need not exist
     * @param controlPlanes all control planes, the first one bootstrapped
     * @param workers workers; may be empty
     * @param maintenance a machine in maintenance mode; empty to leave its tests out
     * @param nobody an address where no machine is; empty to leave its test out
     */
    public record Place(
            TalosApi api,
            TalosAccess access,
            TalosAccess foreignAccess,
            List<MachineAddress> controlPlanes,
            List<MachineAddress> workers,
            Optional<MachineAddress> maintenance,
            Optional<MachineAddress> nobody) {
        /** Copies the lists. */
        public Place {
            controlPlanes = List.copyOf(controlPlanes);
            workers = List.copyOf(workers);
        }
    }

    /**
     * Connects to where the contract is tried.
     *
     * @return the place; the same one for all tests if that is cheaper
     */
    protected abstract Place place();

    /** Called after each test: ends what {@link #place()} began. */
    protected void leave() {}

    @BeforeEach
    final void connect() {
        place = place();
        api = place.api();
        assertFalse(place.controlPlanes().isEmpty(), "a contract without a control plane tries nothing");
    }

    @AfterEach
    final void cleanUp() {
        leave();
    }

    private MachineAddress first() {
        return place.controlPlanes().get(0);
    }

    private MachineView.Running running(MachineAddress address) {
        return assertInstanceOf(MachineView.Running.class, api.look(address, place.access(), null), () -> "at " + address);
    }

    private static RemoteException fails(ErrorCode code, boolean retryable, Runnable call) {
        RemoteException error = assertThrows(RemoteException.class, call::run);
        assertEquals(code, error.code(), error::toString);
        assertEquals(retryable, error.retryable(), error::toString);
        return error;
    }

    /** A control plane that runs tells its version, stage, identity and services, at every look. */
    @Test
    void controlPlanesRunWithEtcd() {
        for (MachineAddress address : place.controlPlanes()) {
            for (int look = 0; look < 2; look++) {
                MachineView.Running seen = running(address);
                assertTrue(seen.talosVersion().matches("v\\d+\\.\\d+\\.\\d+.*"), seen.talosVersion());
                assertEquals("running", seen.stage());
                assertNotNull(seen.uuid());
                assertEquals("Running", seen.etcd());
                assertTrue(seen.etcdHealthy());
                assertTrue(seen.service("kubelet").isPresent());
                assertTrue(seen.reason().contains("running"), seen.reason());
            }
        }
    }

    /** A worker runs without etcd, and refuses what only control planes do. */
    @Test
    void workersRunWithoutEtcd() {
        if (place.workers().isEmpty()) {
            abort("no worker is named");
        }
        for (MachineAddress address : place.workers()) {
            assertEquals(null, running(address).etcd());
            fails(ErrorCode.REJECTED, false, () -> api.bootstrap(address, place.access()));
            fails(ErrorCode.REJECTED, false, () -> api.kubeconfig(address, place.access()));
        }
    }

    /** The machines of another cluster are foreign, with and without access to one's own, and give nothing. */
    @Test
    void machinesOfAnotherClusterAreForeign() {
        for (MachineAddress address : place.controlPlanes()) {
            assertInstanceOf(MachineView.Foreign.class, api.look(address, place.foreignAccess(), null));
            assertInstanceOf(MachineView.Foreign.class, api.look(address, null, null));
            fails(ErrorCode.UNTRUSTED, false, () -> api.kubeconfig(address, place.foreignAccess()));
            fails(ErrorCode.UNTRUSTED, false, () -> api.etcdMembers(address, place.foreignAccess()));
        }
    }

    /** A pin is about maintenance mode: it keeps nobody from a machine that runs. */
    @Test
    void aPinDoesNotMatterOnceAMachineRuns() {
        assertInstanceOf(MachineView.Running.class, api.look(first(), place.access(), "AAAA"));
    }

    /** Where nobody is, a look sees that, and a call fails in a way that may pass. */
    @Test
    void whereNobodyIsNobodyAnswers() {
        MachineAddress nobody = place.nobody().orElse(null);
        if (nobody == null) {
            abort("no empty address is named");
        }
        MachineView seen = api.look(nobody, place.access(), null);
        assertInstanceOf(MachineView.Unreachable.class, seen);
        assertFalse(seen.reason().isBlank());
        RemoteException error = assertThrows(RemoteException.class, () -> api.kubeconfig(nobody, place.access()));
        assertTrue(error.retryable(), error::toString);
    }

    /** All control planes name the same members, and all of these vote. */
    @Test
    void allKnowTheSameEtcdMembers() {
        List<EtcdMember> members = api.etcdMembers(first(), place.access());
        assertEquals(place.controlPlanes().size(), members.size(), members::toString);
        assertTrue(members.stream().noneMatch(EtcdMember::learner), members::toString);
        for (MachineAddress address : place.controlPlanes()) {
            assertEquals(new HashSet<>(members), new HashSet<>(api.etcdMembers(address, place.access())));
        }
    }

    /** Bootstrapping what is bootstrapped changes nothing and says so. */
    @Test
    void aSecondBootstrapOfTheSameMachineIsDoneAlready() {
        assertEquals(BootstrapAnswer.ALREADY_DONE, api.bootstrap(first(), place.access()));
        allKnowTheSameEtcdMembers();
    }

    /** A control plane issues a kubeconfig with everything in it, and no text shows it. */
    @Test
    void issuesAKubeconfig() {
        Secret<String> issued = api.kubeconfig(first(), place.access());
        for (String part : List.of(
                "kind: Config", "certificate-authority-data: ", "client-certificate-data: ", "client-key-data: ")) {
            assertTrue(issued.reveal().contains(part), () -> "no " + part);
        }
        assertFalse(issued.toString().contains("client-key-data"));
    }

    /** The end of a log has no more lines than asked for; a log that nobody writes is not found. */
    @Test
    void showsTheEndOfLogs() {
        long lines = api.logTail(first(), place.access(), "machined", 5).lines().count();
        assertTrue(lines >= 1 && lines <= 5, () -> lines + " lines");
        RemoteException error =
                assertThrows(RemoteException.class, () -> api.logTail(first(), place.access(), "nobody", 5));
        assertEquals(ErrorCode.NOT_FOUND, error.code(), error::toString);
    }

    /** A machine knows its memory and the disk that it runs from. */
    @Test
    void tellsHowLargeMachinesAre() {
        for (MachineAddress address : place.controlPlanes()) {
            MachineSize size = api.size(address, place.access());
            assertTrue(size.memoryBytes() >= 1L << 30, size::toString);
            assertTrue(size.dataBytes() >= 1L << 30, size::toString);
        }
    }

    /** A watch stands until it is closed, where there is something to watch; it never fails for what a machine does. */
    @Test
    void aWatchEndsWhenItIsClosedAndWhereNothingIs() {
        for (MachineAddress address : place.controlPlanes()) {
            TalosApi.Watch watch = api.watch(address, place.access(), running(address), () -> { });
            watch.close();
            assertFalse(watch.live());
            watch.close();
        }
        assertFalse(api.watch(first(), place.access(), new MachineView.Unreachable("not seen"), () -> { })
                .live());
        assertFalse(api.watch(first(), place.foreignAccess(), running(first()), () -> { }).live(), "under another CA");
        place.nobody().ifPresent(nobody -> assertFalse(
                api.watch(nobody, place.access(), running(first()), () -> { }).live(), "where nobody is"));
        running(first());
    }

    private MachineView.Maintenance waiting() {
        MachineAddress address = place.maintenance().orElse(null);
        if (address == null) {
            abort("no machine in maintenance mode is named");
        }
        return assertInstanceOf(MachineView.Maintenance.class, api.look(address, place.access(), null));
    }

    /** A machine in maintenance mode tells who it is, the same at every look, with and without access to a cluster. */
    @Test
    void aMachineInMaintenanceModeTellsWhoItIs() {
        MachineView.Maintenance seen = waiting();
        MachineAddress address = place.maintenance().orElseThrow();
        assertNotNull(seen.uuid());
        assertFalse(seen.macs().isEmpty());
        assertNotNull(seen.talosVersion());
        assertEquals(seen, api.look(address, null, seen.keyPin()));
        assertEquals(seen, api.look(address, place.access(), seen.keyPin()));
    }

    /** Under another key it is another machine, which gets nothing. */
    @Test
    void aMachineInMaintenanceModeWithAnotherKeyIsForeign() {
        waiting();
        MachineAddress address = place.maintenance().orElseThrow();
        String other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        assertInstanceOf(MachineView.Foreign.class, api.look(address, place.access(), other));
        fails(ErrorCode.UNTRUSTED, false, () ->
                api.applyInMaintenance(address, other, Secret.of("version: v1alpha1\n")));
        waiting();
    }

    /** A configuration that Talos refuses is rejected in its words, and the machine waits on. */
    @Test
    void aBrokenConfigurationIsRejected() {
        MachineView.Maintenance seen = waiting();
        MachineAddress address = place.maintenance().orElseThrow();
        for (String broken : List.of("machine: [", "version: v1alpha1\nmachine:\n  type: worker\n")) {
            RemoteException error = fails(ErrorCode.REJECTED, false, () ->
                    api.applyInMaintenance(address, seen.keyPin(), Secret.of(broken)));
            assertTrue(error.serverText().isPresent(), error::toString);
        }
        assertEquals(seen.keyPin(), waiting().keyPin());
    }
}
