package io.talospve.health.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.plan.Allocation;
import io.talospve.plan.MachineAddresses;
import io.talospve.plan.Mark;
import io.talospve.spec.NodeRole;
import io.talospve.spec.Secret;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.Services;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterRecord;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A cluster as the store knows it: for whoever looks at it without applying anything. Thread-safe. */
public final class StoredCluster implements ClusterSight {
    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final Services services;
    private final IssuedAccess issued;
    private final String name;
    private final ClusterEntry entry;
    private final ClusterRecord record;
    private @Nullable Secret<String> kubeconfig;

    private StoredCluster(
            Services services, IssuedAccess issued, String name, ClusterEntry entry, ClusterRecord record) {
        this.services = services;
        this.issued = issued;
        this.name = name;
        this.entry = entry;
        this.record = record;
    }

    /**
     * What the store has of a cluster.
     *
     * @param services what is asked
     * @param issued what opens its machines
     * @param name the cluster
     * @throws RefusedException if it has nothing: then nothing can be asked
     */
    public static StoredCluster open(Services services, IssuedAccess issued, String name) {
        ClusterEntry entry = services.store().open(name);
        return entry.record()
                .filter(known -> !known.nodes().isEmpty())
                .map(known -> new StoredCluster(services, issued, name, entry, known))
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.NOT_FOUND,
                        "the store knows no machine of a cluster " + name,
                        "Apply it first, or use the store that it was made with."));
    }

    @Override
    public List<Member> machines() {
        return record.nodes().stream()
                .map(node -> new Member(
                        node.name(),
                        node.pool().equals(NodeRole.CONTROL_PLANE.nameInfix())
                                ? NodeRole.CONTROL_PLANE
                                : NodeRole.WORKER))
                .toList();
    }

    @Override
    public TalosAccess access() {
        return issued.of(bundle());
    }

    private Secret<String> bundle() {
        return entry.secrets()
                .load()
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.STORE_MISMATCH,
                        "the store has no secrets of cluster " + name,
                        "Use the store that it was made with: without them nobody gets in."));
    }

    @Override
    public Secret<String> kubeconfig() {
        lock.lock();
        try {
            if (kubeconfig == null) {
                kubeconfig = entry.credentials()
                        .filter(found -> found.osCa().equals(services.pki().osCaFingerprint(bundle())))
                        .map(found -> found.kubeconfig())
                        .orElseGet(() -> services.talos().kubeconfig(address(record.bootstrapNode()), access()));
            }
            return kubeconfig;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public MachineAddress address(String machine) {
        return member(machine)
                .address()
                .or(() -> learned(machine))
                .map(MachineAddress::of)
                .orElseThrow(() -> new RemoteException(
                        ErrorCode.UNREACHABLE,
                        "the address of " + machine + " is not known",
                        true,
                        "It has no static address, and its guest agent reports none.",
                        null,
                        null));
    }

    /**
     * What the store has of a machine.
     *
     * @throws RefusedException if it has nothing
     */
    public ClusterRecord.Node member(String machine) {
        return record.nodes().stream()
                .filter(known -> known.name().equals(machine))
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.NOT_FOUND,
                        "cluster " + name + " has no machine " + machine,
                        "Its machines are " + record.nodes().stream()
                                .map(ClusterRecord.Node::name)
                                .collect(Collectors.joining(", ")) + "."));
    }

    private Optional<String> learned(String machine) {
        return virtualMachine(machine).flatMap(vm -> MachineAddresses.learned(services.hypervisor(), vm));
    }

    private Optional<VmDetails> virtualMachine(String machine) {
        Hypervisor hypervisor = services.hypervisor();
        Optional<VmRef> made = Optional.ofNullable(
                        Allocation.inForce(entry.journal().entries()).get(machine))
                .map(Allocation::ref);
        return made.flatMap(hypervisor::vm)
                .filter(vm -> isOurs(vm, machine))
                .or(() -> hypervisor.vms().stream()
                        .filter(vm -> vm.name().equals(machine)
                                || made.filter(ref -> ref.vmid() == vm.ref().vmid()).isPresent())
                        .map(VmSummary::ref)
                        .flatMap(ref -> hypervisor.vm(ref).stream())
                        .filter(vm -> isOurs(vm, machine))
                        .findFirst());
    }

    private boolean isOurs(VmDetails vm, String machine) {
        return Mark.find(vm.description())
                .filter(mark -> mark.belongsTo(vm))
                .filter(mark -> mark.cluster().equals(name) && mark.node().equals(machine))
                .isPresent();
    }
}
