package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import io.talospve.spi.VmSummary;
import io.talospve.store.ClusterRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Which virtual machines are those of a cluster: by mark, VMID and UUID together, never by name or tags. */
final class OwnMachines {
    private final TalosCluster cluster;
    private final Hypervisor hypervisor;
    private final Reads reads;
    private final HypervisorInfo info;
    private final List<VmSummary> vms;
    private final Map<String, Allocation> allocations;
    private final Optional<ClusterRecord> record;
    private final Optional<String> osCa;
    private final List<Note> notes;

    OwnMachines(Look look) {
        cluster = look.cluster();
        hypervisor = look.hypervisor();
        reads = look.reads();
        info = look.info();
        vms = look.vms();
        allocations = look.allocations();
        record = look.record();
        osCa = look.osCa();
        notes = look.notes();
    }

    /**
     * Waits until machines that an interrupted apply asked for are made: until then nothing proves whose they are, and a removal
     * would leave them behind.
     */
    void awaitCreations() {
        for (VmSummary vm : vms) {
            for (Allocation made : allocations.values()) {
                if (made.ref().vmid() == vm.ref().vmid() && !vm.name().equals(made.node())) {
                    reads.ask(vm.ref() + ", which may be " + made.node(), () -> created(vm.ref()));
                }
            }
        }
    }

    private boolean created(VmRef ref) {
        boolean underWay = hypervisor
                .vm(ref)
                .filter(vm -> vm.uuid().isEmpty() && vm.lock().filter("create"::equals).isPresent())
                .isPresent();
        if (underWay) {
            throw new RemoteException(
                    ErrorCode.LOCKED,
                    ref + " is still being created",
                    true,
                    "Wait until its creation has ended; look at the task in Proxmox VE if it does not.",
                    null,
                    null);
        }
        return true;
    }

    /** Machines that are ours, by name; refuses where the mark and the world contradict each other. */
    Map<String, VmDetails> find(Set<String> wanted) {
        List<VmSummary> candidates = new ArrayList<>();
        Set<Integer> allocated =
                allocations.values().stream().map(a -> a.ref().vmid()).collect(Collectors.toSet());
        for (VmSummary vm : vms) {
            if (wanted.contains(vm.name())
                    || vm.name().startsWith(cluster.name() + "-")
                    || vm.tags().contains(cluster.name())
                    || allocated.contains(vm.ref().vmid())) {
                candidates.add(vm);
            }
        }
        Map<String, VmDetails> result = new TreeMap<>();
        List<Refusal> refusals = new ArrayList<>();
        candidates.sort(Comparator.comparingInt(vm -> vm.ref().vmid()));
        for (Optional<VmDetails> found : reads.askEach("virtual machines", candidates, hypervisor::vm)) {
            found.ifPresent(vm -> sort(vm, wanted, result, refusals));
        }
        if (!refusals.isEmpty()) {
            throw new RefusedException(
                    refusals.get(0).code(),
                    refusals.stream().map(Refusal::text).collect(Collectors.joining("\n")),
                    refusals.stream().map(Refusal::hint).distinct().collect(Collectors.joining("\n")));
        }
        checkAgainstStore(result.values());
        return result;
    }

    private void sort(VmDetails vm, Set<String> wanted, Map<String, VmDetails> ours, List<Refusal> refusals) {
        Optional<Mark> mark = Mark.find(vm.description()).filter(m -> m.cluster().equals(cluster.name()));
        Optional<Allocation> made = allocations.values().stream()
                .filter(a -> a.ref().vmid() == vm.ref().vmid() && vm.uuid().filter(a.uuid()::equals).isPresent())
                .findFirst();
        if (made.isPresent() && !marked(mark, made.get())) {
            // Taking it for a stranger would make a second machine of this name.
            refusals.add(new Refusal(
                    ErrorCode.COPIED_MARK,
                    vm.ref() + " (" + vm.name() + ") was made as " + made.get().node()
                            + ", as VMID and UUID prove, but its mark was removed or edited",
                    "Make this the last line of the description of " + vm.ref() + " again:\n"
                            + restored(made.get()).line()));
        } else if (mark.isEmpty()) {
            if (wanted.contains(vm.name())) {
                refusals.add(new Refusal(
                        ErrorCode.NAME_TAKEN,
                        vm.ref() + " is named " + vm.name()
                                + " as a machine of this cluster, but does not carry its mark",
                        "Rename or remove " + vm.ref() + ", or name the machine otherwise in the spec."));
            } else {
                notes.add(new Note(Note.Kind.UNTOUCHED, vm.name(), vm.ref() + " is not of this cluster"));
            }
        } else if (!mark.get().belongsTo(vm)) {
            refusals.add(new Refusal(
                    ErrorCode.COPIED_MARK,
                    vm.ref() + " (" + vm.name() + ") carries a copy of the mark of " + mark.get().node()
                            + " (vmid " + mark.get().vmid() + ", uuid " + mark.get().uuid()
                            + "): it is a clone or a restored backup",
                    "Take the last line (talos-pve: …) out of the description of " + vm.ref()
                            + " to make it a stranger, or remove it; a backup restored in place of a lost machine"
                            + " needs its old VMID."));
        } else if (ours.putIfAbsent(mark.get().node(), vm) != null) {
            refusals.add(new Refusal(
                    ErrorCode.COPIED_MARK,
                    vm.ref() + " and " + ours.get(mark.get().node()).ref() + " both are " + mark.get().node(),
                    "Decide which one is the machine, and remove the other."));
        }
    }

    private boolean marked(Optional<Mark> mark, Allocation made) {
        return mark.filter(found -> found.node().equals(made.node())
                        && found.vmid() == made.ref().vmid()
                        && found.uuid().equals(made.uuid()))
                .isPresent();
    }

    /** The mark as it was written when the machine was made. */
    private Mark restored(Allocation made) {
        boolean controlPlane = record.stream()
                .flatMap(known -> known.nodes().stream())
                .anyMatch(node -> node.name().equals(made.node())
                        && node.pool().equals(NodeRole.CONTROL_PLANE.nameInfix()));
        return new Mark(
                cluster.name(),
                made.node(),
                controlPlane ? NodeRole.CONTROL_PLANE : NodeRole.WORKER,
                made.ref().vmid(),
                made.uuid(),
                osCa.orElse(""));
    }

    /** A machine that was made and is not seen may be on a host that is away: neither made again, nor forgotten. */
    void refuseUnseen(Set<String> names, Set<String> seen) {
        List<String> away = info.hosts().stream()
                .filter(host -> !host.online())
                .map(HostInfo::name)
                .sorted()
                .toList();
        List<String> unseen = allocations.values().stream()
                .filter(made -> names.contains(made.node()) && !seen.contains(made.node()))
                .map(made -> made.node() + " (made as " + made.ref() + ")")
                .toList();
        if (!away.isEmpty() && !unseen.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "no host that answers has " + String.join(", ", unseen) + "; "
                            + String.join(", ", away) + (away.size() == 1 ? " is" : " are")
                            + " offline and may have it",
                    "Bring the host back, or remove it from the Proxmox VE cluster if it is gone for good.");
        }
    }

    private void checkAgainstStore(Collection<VmDetails> ours) {
        if (ours.isEmpty()) {
            return;
        }
        if (osCa.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.STORE_MISMATCH,
                    "there are machines of cluster " + cluster.name() + " (" + ours.iterator().next().ref()
                            + " …), but the store has no secrets of it",
                    "Use the store that they were made with. New secrets would lock you out of them.");
        }
        refuseForeignCa(ours);
    }

    void refuseForeignCa(Collection<VmDetails> ours) {
        for (VmDetails vm : ours) {
            String ca = Mark.find(vm.description()).map(Mark::ca).orElse("");
            if (osCa.filter(ca::equals).isEmpty()) {
                throw new RefusedException(
                        ErrorCode.STORE_MISMATCH,
                        vm.ref() + " (" + vm.name() + ") was made with other secrets (OS CA " + abbreviated(ca)
                                + ") than the store has (" + osCa.map(this::abbreviated).orElse("none") + ")",
                        "Use the store that it was made with.");
            }
        }
    }

    private String abbreviated(String digest) {
        return digest.length() > 12 ? digest.substring(0, 12) + "…" : digest;
    }

    /** Why a machine prevents a plan, and what to do about it. */
    private record Refusal(ErrorCode code, String text, String hint) {}
}
