package io.talospve.plan;

import io.talospve.spec.HighAvailability;
import io.talospve.spec.NodePool;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.HypervisorInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** High availability of pools: once their machines are installed, so that nothing moves them before. Pure. */
final class HaPlanning {
    private HaPlanning() {}

    static void add(
            PlanSteps steps, List<Note> notes, TalosCluster cluster, Observed world, List<MachinePlan> machines) {
        Map<String, NodePool> pools = new LinkedHashMap<>();
        cluster.nodes().forEach(node -> pools.putIfAbsent(node.nameInfix(), node.pool()));
        pools.forEach((pool, settings) -> settings.ha().ifPresent(ha -> {
            List<MachinePlan> members =
                    machines.stream().filter(machine -> machine.pool().equals(pool)).toList();
            Optional<String> reason = reason(pool, world, members);
            if (reason.isEmpty()) {
                return;
            }
            List<String> needs = new ArrayList<>();
            members.forEach(machine -> needs.addAll(steps.previous("installed/" + machine.name())));
            steps.add(
                    "ha/" + pool,
                    Action.CHANGE,
                    "make " + members.stream().map(MachinePlan::name).collect(Collectors.joining(", "))
                            + " highly available" + (ha.apart() ? ", each on a host of its own" : ""),
                    reason.get(),
                    needs,
                    new StepWork.MakeHighlyAvailable(
                            pool, members.stream().map(MachinePlan::name).toList()));
            warnings(notes, pool, ha, world, members);
        }));
    }

    private static Optional<String> reason(String pool, Observed world, List<MachinePlan> members) {
        if (members.stream().anyMatch(machine -> machine.existing().isEmpty())) {
            return Optional.of("the spec wants it for this pool, and some of its machines are new");
        }
        List<String> differences = world.haDifferences().getOrDefault(pool, List.of());
        return differences.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", differences));
    }

    private static void warnings(
            List<Note> notes, String pool, HighAvailability ha, Observed world, List<MachinePlan> members) {
        boolean eight = world.hypervisor().map(HypervisorInfo::version).filter(v -> v.startsWith("8.")).isPresent();
        if (ha.apart() && eight) {
            notes.add(new Note(
                    Note.Kind.WARNING,
                    pool,
                    "Proxmox VE 8 cannot keep machines apart: each prefers a host of its own, and two may share one while a"
                            + " host is away"));
        }
        List<String> local = members.stream()
                .flatMap(machine -> machine.disks().stream()
                        .filter(disk -> world.datastore(machine.host(), disk.datastore())
                                .filter(store -> !store.shared())
                                .isPresent())
                        .map(disk -> disk.datastore()))
                .distinct()
                .sorted()
                .toList();
        if (!local.isEmpty()) {
            notes.add(new Note(
                    Note.Kind.WARNING,
                    pool,
                    "their disks are on " + String.join(", ", local) + ", which other hosts do not see: when a host fails,"
                            + " its machines can only wait for it"));
        }
    }
}
