package io.talospve.testkit;

import io.talospve.testkit.internal.bitwarden.BitwardenFaults;
import io.talospve.testkit.internal.bitwarden.BitwardenServer;
import io.talospve.testkit.internal.net.Interruptions;
import io.talospve.testkit.internal.pve.Faults;
import io.talospve.testkit.internal.pve.PveServer;
import io.talospve.testkit.internal.talos.TalosGuests;
import io.talospve.testkit.internal.world.World;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What goes wrong in a {@link SimulatedDatacenter} on purpose. Paths are those behind {@code /api2/json}, as regular
 * expressions for the whole path; the method {@code *} is every method. Thread-safe.
 */
public final class DatacenterFaults {
    private final PveServer proxmox;
    private final World world;
    private final TalosGuests machines;
    private final BitwardenServer bitwarden;
    private final Interruptions interruptions;
    private final AtomicInteger requests = new AtomicInteger();

    DatacenterFaults(
            PveServer proxmox,
            World world,
            TalosGuests machines,
            BitwardenServer bitwarden,
            Interruptions interruptions) {
        this.proxmox = proxmox;
        this.world = world;
        this.machines = machines;
        this.bitwarden = bitwarden;
        this.interruptions = interruptions;
        count();
    }

    private void count() {
        proxmox.faults().observe(new Faults.Observer() {
            @Override
            public void beforeEffect(String method, String path) {
                requests.incrementAndGet();
            }
        });
    }

    /** How many requests Proxmox VE has had so far. */
    public int proxmoxRequests() {
        return requests.get();
    }

    /**
     * Proxmox VE answers the next requests with an error and does nothing.
     *
     * @param status HTTP status, such as 500 or 595
     * @param text the message
     * @param times how many requests
     */
    public void proxmoxAnswers(int status, String text, String method, String path, int times) {
        proxmox.faults().on(method, path).times(times).answer(status, text);
    }

    /**
     * Breaks calls from now on, of every server of the datacenter; one at a time may be set.
     *
     * @param interruption decides for each call that {@link #breaks} does not name
     */
    public void interrupt(Interruption interruption) {
        interruptions.set(interruption);
    }

    /**
     * Breaks the next calls.
     *
     * @param how how they break
     * @param server regular expression for the whole name of the server, as {@link Interruption.Call} names it
     * @param operation regular expression for the whole operation, {@code POST /nodes/[^/]+/qemu}
     * @param times how many calls
     */
    public void breaks(Interruption.Break how, String server, String operation, int times) {
        interruptions.next(how, server, operation, times);
    }

    /** The next requests are done, but something in between answers with this text, which is no JSON. */
    public void proxmoxGarbles(String text, String method, String path, int times) {
        proxmox.faults().on(method, path).times(times).garble(text);
    }

    /**
     * The next tasks of a type end with an error and have done nothing. For {@code qmcreate} fill the storage instead.
     *
     * @param type {@code qmstart}, {@code download} …
     * @param exitStatus the error text
     * @param times how many tasks
     */
    public void tasksFail(String type, String exitStatus, int times) {
        world.spoil(type, exitStatus, times);
    }

    /** The next tasks of a type never end, as a download does that stalls. */
    public void tasksHang(String type, int times) {
        world.spoil(type, "", times);
    }

    /** A storage is full, or no longer: nothing can be allocated on it. */
    public void storageFull(String storage, boolean full) {
        world.full(storage, full);
    }

    /** A host loses its power, and with it its machines. */
    public void crashHost(String host) {
        world.crash(host);
    }

    /** A crashed host comes back; its machines stay off. */
    public void bootHost(String host) {
        world.boot(host);
    }

    /** A machine never comes back from its next boots. */
    public void machineNeverReturns(String machine) {
        machines.faults().neverReturns(machine);
    }

    /** Takes {@link #machineNeverReturns} back; the machine needs a power cycle. */
    public void machineReturns(String machine) {
        machines.faults().heal(machine);
    }

    /**
     * A control plane's etcd cannot reach the members of the cluster, or can again; it tries again when something changes
     * in its cluster.
     */
    public void etcdCannotJoin(String machine, boolean cannot) {
        machines.faults().etcdCannotJoin(machine, cannot);
    }

    /**
     * A machine's clock is wrong, now or once it is powered on: it issues and checks certificates by it.
     *
     * @param machine its name
     * @param ahead how far it is ahead of the datacenter's time; negative if it is behind, zero if it is right again
     */
    public void clockOff(String machine, Duration ahead) {
        machines.clockOff(machine, ahead);
    }

    /**
     * A machine reaches no time server, or can again: until its clock is in sync, kubelet, trustd and etcd wait. One that
     * takes its host's clock is not concerned.
     */
    public void timeNeverSyncs(String machine, boolean never) {
        machines.timeNeverSyncs(machine, never);
    }

    /** Bitwarden answers everything with an error. */
    public void bitwardenAnswers(int status, String message) {
        bitwarden.faults(new BitwardenFaults() {
            @Override
            public Optional<Fault> before(Call call) {
                return Optional.of(new Fault.Error(status, message));
            }
        });
    }

    /** Ends all faults of calls, of tasks and of Bitwarden; what was done to hosts, machines and storages stays. */
    public void clear() {
        interruptions.clear();
        proxmox.faults().clear();
        count();
        world.unspoil();
        bitwarden.faults(BitwardenFaults.NONE);
    }
}
