package io.talospve.apply.internal;

import io.talospve.spi.Services;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.plan.Allocation;
import io.talospve.plan.MachineAddresses;
import io.talospve.plan.MachineConfigurations;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.Mark;
import io.talospve.plan.LivePlanner.Planned;
import io.talospve.plan.Plan;
import io.talospve.plan.SecretValues;
import io.talospve.plan.StepWork;
import io.talospve.spec.NodeRole;
import io.talospve.spec.Secret;
import io.talospve.spec.VmidRange;
import io.talospve.spi.InlineManifest;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.ManifestSource;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterRecord;
import io.talospve.store.Journal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the steps of one apply share: the plan, the store, and what is learned on the way. Thread-safe. */
final class ApplyState {
    private static final Duration ACCESS_LIFETIME = Duration.ofHours(24);

    private final Services services;
    private final Plan plan;
    private final SecretValues secrets;
    private final ClusterEntry entry;
    private final ApplyJournal journal;
    private final Supplier<UUID> uuids;
    private final boolean requireAgentProof;
    private final Executor executor;
    private final String proxmoxCluster;
    private final Set<Integer> usedVmids = ConcurrentHashMap.newKeySet();
    private final Map<String, Allocation> allocations = new ConcurrentHashMap<>();
    private final Map<String, String> keyPins = new ConcurrentHashMap<>();
    private final Map<String, VmCreation> creations = new ConcurrentHashMap<>();
    private final Map<String, String> learned = new ConcurrentHashMap<>();
    private final Map<String, VmDetails> seen = new ConcurrentHashMap<>();
    /** Not monitors: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock accessLock = new ReentrantLock();
    private final ReentrantLock manifestsLock = new ReentrantLock();
    private final ReentrantLock kubeconfigLock = new ReentrantLock();
    private @Nullable TalosAccess access;
    private @Nullable List<InlineManifest> manifests;
    private @Nullable Secret<String> kubeconfig;

    ApplyState(
            Services services,
            Planned planned,
            ClusterEntry entry,
            ApplyJournal journal,
            Supplier<UUID> uuids,
            boolean requireAgentProof,
            Executor executor) {
        this.services = services;
        this.plan = planned.plan();
        this.secrets = planned.secrets();
        this.entry = entry;
        this.journal = journal;
        this.uuids = uuids;
        this.requireAgentProof = requireAgentProof;
        this.executor = executor;
        this.proxmoxCluster = planned.world().hypervisor().orElseThrow().clusterName();
        this.usedVmids.addAll(planned.world().usedVmids());
        this.allocations.putAll(Allocation.inForce(entry.journal().entries()));
    }

    Services services() {
        return services;
    }

    Plan plan() {
        return plan;
    }

    ClusterEntry entry() {
        return entry;
    }

    ApplyJournal journal() {
        return journal;
    }

    boolean requireAgentProof() {
        return requireAgentProof;
    }

    /** Runs calls. */
    Executor executor() {
        return executor;
    }

    String proxmoxCluster() {
        return proxmoxCluster;
    }

    /** Values of the secrets that the spec refers to. */
    SecretValues secrets() {
        return secrets;
    }

    /**
     * What the control planes are given at day 0, rendered once for this apply. The secrets in it are made once in the life of
     * the cluster and stored before anything is rendered with them.
     */
    List<InlineManifest> manifests() {
        manifestsLock.lock();
        try {
            if (manifests == null) {
                Map<String, Secret<String>> kept = new TreeMap<>();
                for (KeptSecret wanted : services.manifests().keptSecrets(plan.cluster())) {
                    kept.put(wanted.name(), kept(wanted));
                }
                manifests = services.manifests()
                        .render(new ManifestSource.Request(
                                plan.cluster(), record().defaultsEpoch(), secrets.all(), kept));
            }
            return manifests;
        } finally {
            manifestsLock.unlock();
        }
    }

    private Secret<String> kept(KeptSecret wanted) {
        return entry.secrets().load(wanted.name()).orElseGet(() -> {
            entry.secrets().createIfAbsent(wanted.name(), services.pki().make(wanted));
            // not the one just made: another process may have been first
            return entry.secrets().load(wanted.name()).orElseThrow();
        });
    }

    /** Writes machine configurations. */
    MachineConfigurations configurations() {
        return new MachineConfigurations(
                services.configs(), plan.cluster(), record().contract(), bundle(), secrets);
    }

    Secret<String> bundle() {
        return entry.secrets()
                .load()
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.STORE_MISMATCH,
                        "the store has no secrets of cluster " + plan.cluster().name() + " any more",
                        "Restore the store; nothing can be done with this cluster without them."));
    }

    ClusterRecord record() {
        return entry.record()
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.STORE_MISMATCH,
                        "the store has no record of cluster " + plan.cluster().name() + " any more",
                        "Restore the store."));
    }

    /** A client certificate for this apply, issued once. */
    TalosAccess access() {
        accessLock.lock();
        try {
            if (access == null) {
                access = services.pki().access(bundle(), ACCESS_LIFETIME);
            }
            return access;
        } finally {
            accessLock.unlock();
        }
    }

    /**
     * The stored kubeconfig unless it is to be issued anew, or one that the first control plane issues and that is kept in
     * memory until it is stored.
     */
    Secret<String> kubeconfig() {
        kubeconfigLock.lock();
        try {
            if (kubeconfig == null) {
                boolean anew = plan.steps().stream().anyMatch(step -> step.work() instanceof StepWork.IssueCredentials);
                kubeconfig = entry.credentials()
                        .filter(found -> !anew)
                        .filter(found -> found.osCa().equals(services.pki().osCaFingerprint(bundle())))
                        .map(found -> found.kubeconfig())
                        .orElseGet(() -> services.talos().kubeconfig(address(record().bootstrapNode()), access()));
            }
            return kubeconfig;
        } finally {
            kubeconfigLock.unlock();
        }
    }

    void forgetKubeconfig() {
        kubeconfigLock.lock();
        try {
            kubeconfig = null;
        } finally {
            kubeconfigLock.unlock();
        }
    }

    List<MachinePlan> controlPlanes() {
        return plan.machines().stream()
                .filter(machine -> machine.role() == NodeRole.CONTROL_PLANE)
                .toList();
    }

    void keyPin(String node, String pin) {
        keyPins.put(node, pin);
    }

    @Nullable String keyPin(String node) {
        return keyPins.get(node);
    }

    Optional<Allocation> allocation(String node) {
        return Optional.ofNullable(allocations.get(node));
    }

    /** Chooses and journals host, VMID and UUID of a machine that is about to be created. */
    Allocation allocate(MachinePlan machine, Optional<Integer> fixedVmid) {
        int vmid = fixedVmid
                .or(() -> plan.cluster().vmids().map(range -> freeIn(range, machine.name())))
                .orElseGet(this::freeVmid);
        usedVmids.add(vmid);
        Allocation chosen = new Allocation(machine.name(), new VmRef(machine.host(), vmid), uuids.get());
        journal.write(Journal.Type.ALLOCATED, "vm/" + machine.name(), chosen.data());
        allocations.put(machine.name(), chosen);
        return chosen;
    }

    /** Taken as it is chosen, so that no two machines get one; without a lock over the call. */
    private int freeVmid() {
        int candidate = services.hypervisor().freeVmid();
        while (!usedVmids.add(candidate)) {
            candidate++;
        }
        return candidate;
    }

    /** The first that nobody has: not all machines of a datacenter are visible to every account. */
    private int freeIn(VmidRange range, String machine) {
        for (int candidate = range.from(); candidate <= range.to(); candidate++) {
            if (!usedVmids.contains(candidate)
                    && services.hypervisor().isFree(candidate)
                    && usedVmids.add(candidate)) {
                return candidate;
            }
        }
        throw new RefusedException(
                ErrorCode.NAME_TAKEN,
                "no VMID is free for " + machine + ": all of cluster.vmids, " + range + ", are taken",
                "Make the range larger.");
    }

    /** Gives an allocation up whose VMID turned out to be somebody else's. */
    void giveUp(Allocation allocation) {
        journal.write(
                Journal.Type.ALLOCATION_VOID, "vm/" + allocation.node(), allocation.data());
        allocations.remove(allocation.node());
    }

    /** Our virtual machine of this name, wherever it is now; empty if it does not exist (yet). */
    Optional<VmDetails> find(String node) {
        // What the plan has seen was proved; an allocation of a store that was restored from a backup may be older.
        Optional<VmRef> expected = plan.machine(node)
                .flatMap(MachinePlan::existing)
                .or(() -> allocation(node).map(Allocation::ref));
        if (expected.isEmpty()) {
            return Optional.empty();
        }
        Optional<VmDetails> found = services.hypervisor()
                .vm(expected.get())
                .filter(vm -> isOurs(vm, node))
                .or(() -> elsewhere(expected.get()).filter(vm -> isOurs(vm, node)));
        found.ifPresentOrElse(vm -> saw(node, vm), () -> forget(node));
        return found;
    }

    /**
     * Our virtual machine of this name as this apply has last seen or made it, read if it has not yet. Its identity and
     * hardware do not change by themselves; where it is and whether it runs may be older.
     */
    VmDetails seen(String node) {
        VmDetails last = seen.get(node);
        return last != null ? last : require(node);
    }

    void saw(String node, VmDetails vm) {
        seen.put(node, vm);
    }

    void forget(String node) {
        seen.remove(node);
    }

    /** What this process asked the hypervisor to create, since its own creation is under way. */
    Optional<VmCreation> creation(String node) {
        return Optional.ofNullable(creations.get(node));
    }

    void creating(String node, VmCreation asked) {
        creations.put(node, asked);
    }

    void creationEnded(String node) {
        creations.remove(node);
    }

    /** Our virtual machine of this name, which an earlier step has seen. */
    VmDetails require(String node) {
        return find(node).orElseThrow(() -> new RemoteException(
                ErrorCode.NOT_FOUND,
                "the virtual machine of " + node + " is not there any more",
                true,
                "Somebody removed it: plan again.",
                null,
                null));
    }

    boolean isOurs(VmDetails vm, String node) {
        return Mark.find(vm.description())
                .filter(mark -> mark.belongsTo(vm))
                .filter(mark -> mark.cluster().equals(plan.cluster().name()) && mark.node().equals(node))
                .isPresent();
    }

    /** A virtual machine that moved to another host keeps its VMID. */
    Optional<VmDetails> elsewhere(VmRef expected) {
        return services.hypervisor().vms().stream()
                .map(VmSummary::ref)
                .filter(ref -> ref.vmid() == expected.vmid() && !ref.host().equals(expected.host()))
                .findFirst()
                .flatMap(services.hypervisor()::vm);
    }

    /** Where a machine's Talos API is: its static address, or the one the guest agent reports. */
    MachineAddress address(String node) {
        return findAddress(node)
                .orElseThrow(() -> new RemoteException(
                        ErrorCode.UNREACHABLE,
                        "the address of " + node + " is not known",
                        true,
                        "It has no static address, and its guest agent reports none.",
                        null,
                        null));
    }

    Optional<MachineAddress> findAddress(String node) {
        Optional<String> known = plan.machine(node).flatMap(MachinePlan::address)
                .or(() -> Optional.ofNullable(learned.get(node)))
                .or(() -> learnAddress(node));
        return known.map(MachineAddress::of);
    }

    /** What the guest agent reports on the planned NIC; remembered until it is asked again. */
    Optional<String> learnAddress(String node) {
        int nic = plan.machine(node).map(MachinePlan::primaryNic).orElse(0);
        Optional<String> found = find(node)
                .flatMap(vm -> MachineAddresses.learned(
                        services.hypervisor(), vm, nic, plan.cluster().vip().stream().toList()));
        found.ifPresentOrElse(address -> learned.put(node, address), () -> learned.remove(node));
        return found;
    }
}
