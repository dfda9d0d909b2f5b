package io.talospve.health.internal;

import io.talospve.error.RemoteException;
import io.talospve.health.internal.ClusterSight.Member;
import io.talospve.spec.NodeRole;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosApi;
import io.talospve.spi.TalosApi.EtcdMember;
import io.talospve.spi.TalosApi.MachineSize;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One look at what the machines themselves say; each is asked once. Not thread-safe. */
final class MachineConditions {
    private static final long MIB = 1 << 20;
    /** Talos' own limits, less what its kernel keeps for itself. */
    private static final long CONTROL_PLANE_MEMORY = (2048 - 150) * MIB;

    private static final long WORKER_MEMORY = (1024 - 150) * MIB;
    /** Talos asks for a disk of 6 GiB, of which its own partitions take 1400 MiB. */
    private static final long DISK = (6144 - 1400) * MIB;

    private final ClusterSight sight;
    private final TalosApi talos;
    private final ParallelCalls calls;
    private final Map<String, MachineSize> sizes;
    private final Map<String, MachineView> views = new HashMap<>();
    private @Nullable Map<Member, List<EtcdMember>> etcds;

    /**
     * A look.
     *
     * @param sizes what is known of machines' sizes, and is added to: they do not change while machines run
     */
    MachineConditions(ClusterSight sight, TalosApi talos, ParallelCalls calls, Map<String, MachineSize> sizes) {
        this.sight = sight;
        this.talos = talos;
        this.calls = calls;
        this.sizes = sizes;
    }

    private List<Member> controlPlanes() {
        return sight.machines().stream()
                .filter(machine -> machine.role() == NodeRole.CONTROL_PLANE)
                .toList();
    }

    private Map<String, MachineView> views(Collection<Member> machines) {
        List<Member> unseen = machines.stream()
                .filter(machine -> !views.containsKey(machine.name()))
                .toList();
        calls.map(unseen, this::look).forEach((machine, view) -> views.put(machine.name(), view));
        return views;
    }

    private MachineView look(Member machine) {
        MachineAddress address;
        try {
            address = sight.address(machine.name());
        } catch (RemoteException e) {
            if (!e.retryable()) {
                throw e;
            }
            return new MachineView.Unreachable(String.valueOf(e.getMessage()));
        }
        return talos.look(address, sight.access(), null);
    }

    /** What each running machine has to complain of; one that does not run complains of that. */
    private Observation each(List<Member> machines, Function<MachineView.Running, Optional<String>> complaint) {
        Map<String, MachineView> seen = views(machines);
        return Observation.ofMachines(
                machines,
                Member::name,
                machine -> seen.get(machine.name()) instanceof MachineView.Running running
                        ? complaint.apply(running).map(text -> machine.name() + ": " + text)
                        : Optional.of(machine.name() + ": " + seen.get(machine.name()).reason()));
    }

    Observation etcdHealthy() {
        return each(controlPlanes(), running -> running.complaint("etcd"));
    }

    Observation apid() {
        // It answered; what its service list says of the service is Talos' own condition.
        return each(
                sight.machines(),
                running -> running.service("apid").isEmpty() ? Optional.empty() : running.complaint("apid"));
    }

    Observation kubelet() {
        return each(controlPlanes(), running -> running.complaint("kubelet"));
    }

    /** All know the same members, and all of these vote. */
    Observation etcdConsistent() {
        Map<Member, List<EtcdMember>> known = etcdMembers();
        List<String> first = known.isEmpty() ? List.of() : names(known.values().iterator().next());
        return Observation.ofMachines(
                known.entrySet(),
                entry -> entry.getKey().name(),
                entry -> {
                    List<String> learners = entry.getValue().stream()
                            .filter(EtcdMember::learner)
                            .map(EtcdMember::hostname)
                            .toList();
                    if (!learners.isEmpty()) {
                        return Optional.of(String.join(", ", learners) + " has no vote yet");
                    }
                    List<String> names = names(entry.getValue());
                    return names.equals(first)
                            ? Optional.empty()
                            : Optional.of(entry.getKey().name() + " knows the members " + names + ", "
                                    + known.keySet().iterator().next().name() + " knows " + first);
                });
    }

    Observation etcdControlPlanes() {
        List<String> wanted = controlPlanes().stream().map(Member::name).sorted().toList();
        return Observation.ofMachines(
                etcdMembers().entrySet(),
                entry -> entry.getKey().name(),
                entry -> names(entry.getValue()).equals(wanted)
                        ? Optional.empty()
                        : Optional.of(entry.getKey().name() + " knows the members " + names(entry.getValue())
                                + ", wanted are " + wanted));
    }

    private Map<Member, List<EtcdMember>> etcdMembers() {
        if (etcds == null) {
            etcds = calls.map(
                    controlPlanes(), machine -> talos.etcdMembers(sight.address(machine.name()), sight.access()));
        }
        return etcds;
    }

    /** Sorted; a name that is there twice is a member that was lost beside the one that took its place. */
    private static List<String> names(List<EtcdMember> members) {
        return members.stream().map(EtcdMember::hostname).sorted().toList();
    }

    Observation memory() {
        return large("MiB of memory", MachineSize::memoryBytes, role ->
                role == NodeRole.CONTROL_PLANE ? CONTROL_PLANE_MEMORY : WORKER_MEMORY);
    }

    Observation disk() {
        return large("MiB on /var", MachineSize::dataBytes, role -> DISK);
    }

    private Observation large(String what, Function<MachineSize, Long> has, Function<NodeRole, Long> needs) {
        List<Member> unknown = sight.machines().stream()
                .filter(machine -> !sizes.containsKey(machine.name()))
                .toList();
        calls.map(unknown, machine -> talos.size(sight.address(machine.name()), sight.access()))
                .forEach((machine, size) -> sizes.put(machine.name(), size));
        return Observation.ofMachines(sight.machines(), Member::name, machine -> {
            long there = has.apply(sizes.get(machine.name()));
            long needed = needs.apply(machine.role());
            return there >= needed
                    ? Optional.empty()
                    : Optional.of(
                            machine.name() + " has " + there / MIB + " " + what + ", Talos needs " + needed / MIB);
        });
    }

    /**
     * Stage running and nothing unmet.
     *
     * @param nodesReadyAwaited false without a CNI: then no node becomes Ready, and Talos says so of the machine, too
     */
    Observation booted(boolean nodesReadyAwaited) {
        return each(sight.machines(), running -> {
            List<String> unmet = new ArrayList<>(running.unmet());
            if (!nodesReadyAwaited) {
                unmet.removeIf(condition -> condition.startsWith("nodeReady"));
            }
            return running.stage().equals("running") && unmet.isEmpty()
                    ? Optional.empty()
                    : Optional.of(running.stage() + (unmet.isEmpty() ? "" : ", unmet: " + String.join("; ", unmet)));
        });
    }
}
