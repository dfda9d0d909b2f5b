package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.HaGroup;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.PlannedCall;
import io.talospve.spi.PrivilegeGap;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What Proxmox VE does to keep the machines of a cluster running, against what the spec says. */
final class HighAvailabilityLook {
    private final TalosCluster cluster;
    private final Hypervisor hypervisor;
    private final Reads reads;
    private final List<Note> notes;

    HighAvailabilityLook(Look look) {
        cluster = look.cluster();
        hypervisor = look.hypervisor();
        reads = look.reads();
        notes = look.notes();
    }

    /** Who may not look has made none of them highly available; deleting them ends it in any case. */
    Set<Integer> members(Collection<VmDetails> ours) {
        if (ours.isEmpty()) {
            return Set.of();
        }
        try {
            Set<Integer> all = reads.ask("high availability", hypervisor::highlyAvailable);
            return ours.stream().map(vm -> vm.ref().vmid()).filter(all::contains).collect(Collectors.toSet());
        } catch (RemoteException e) {
            notes.add(new Note(
                    Note.Kind.WARNING, "high availability", "it could not be looked at: " + e.getMessage()));
            return Set.of();
        }
    }

    /** Asked only of pools that want it and are complete: for others there is something to do anyway. */
    void compare(Observed.Builder world, List<AssignedNode> nodes, Map<String, VmDetails> ours) {
        Map<String, List<AssignedNode>> pools = nodes.stream()
                .filter(node -> node.node().pool().ha().isPresent())
                .collect(Collectors.groupingBy(node -> node.node().nameInfix(), TreeMap::new, Collectors.toList()));
        boolean changes = false;
        for (Map.Entry<String, List<AssignedNode>> pool : pools.entrySet()) {
            List<VmRef> members = pool.getValue().stream()
                    .flatMap(node -> Optional.ofNullable(ours.get(node.name())).stream())
                    .map(VmDetails::ref)
                    .toList();
            if (members.size() < pool.getValue().size()) {
                changes = true;
                continue;
            }
            HaGroup wanted = new HaGroup(
                    cluster.name(),
                    pool.getKey(),
                    members,
                    pool.getValue().get(0).node().pool().ha().orElseThrow());
            List<String> differences =
                    reads.ask("high availability", () -> hypervisor.haDifferences(wanted));
            world.putHaDifferences(pool.getKey(), differences);
            changes |= !differences.isEmpty();
        }
        List<PrivilegeGap> gaps =
                changes
                ? reads.ask(
                        "what the account may do",
                        () -> hypervisor.missingPrivileges(List.of(new PlannedCall.ManageHa())))
                : List.of();
        if (!gaps.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "the account lacks " + gaps.stream().map(PrivilegeGap::toString).collect(Collectors.joining("; ")),
                    "Grant it, or take ha out of the spec.");
        }
    }
}
