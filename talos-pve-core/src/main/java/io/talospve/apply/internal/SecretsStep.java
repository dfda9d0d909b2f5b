package io.talospve.apply.internal;

import io.talospve.plan.MachinePlan;
import io.talospve.plan.Plan;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Makes the secrets once, and records what is decided once per cluster. */
final class SecretsStep implements StepRunner {
    @Override
    public StepProgress run(StepContext context) {
        ClusterEntry entry = context.state().entry();
        if (entry.secrets().load().isEmpty()) {
            entry.secrets().createIfAbsent(context.services().pki().generate());
        }
        ClusterRecord record = record(context, entry.record());
        if (!entry.record().equals(Optional.of(record))) {
            entry.saveRecord(record);
        }
        String ca = context.services().pki().osCaFingerprint(context.state().bundle());
        return StepProgress.done("OS CA " + ca.substring(0, 12) + "…");
    }

    private static ClusterRecord record(StepContext context, Optional<ClusterRecord> before) {
        Plan plan = context.plan();
        List<ClusterRecord.Node> nodes = new ArrayList<>();
        for (MachinePlan machine : plan.machines()) {
            nodes.add(new ClusterRecord.Node(machine.name(), machine.pool(), machine.address()));
        }
        before.ifPresent(old -> old.nodes().stream()
                .filter(node -> nodes.stream().noneMatch(planned -> planned.name().equals(node.name())))
                .forEach(nodes::add));
        return new ClusterRecord(
                plan.cluster().name(),
                before.map(ClusterRecord::contract).orElseGet(() -> context.services()
                        .configs()
                        .contractFor(plan.cluster().talos().version())),
                before.map(ClusterRecord::defaultsEpoch).orElse(ClusterRecord.CURRENT_DEFAULTS_EPOCH),
                context.state().proxmoxCluster(),
                nodes,
                highest(nodes, plan, before.map(ClusterRecord::lastNumbers).orElse(Map.of())),
                before.map(ClusterRecord::bootstrapNode)
                        .filter(name -> !name.isEmpty())
                        .orElseGet(() -> context.state().controlPlanes().get(0).name()),
                before.map(ClusterRecord::bootstrap).orElse(BootstrapState.NONE));
    }

    /** The highest number of each pool among names of the default form. */
    private static Map<String, Integer> highest(
            List<ClusterRecord.Node> nodes, Plan plan, Map<String, Integer> before) {
        Map<String, Integer> numbers = new TreeMap<>(before);
        for (ClusterRecord.Node node : nodes) {
            String prefix = plan.cluster().name() + "-" + node.pool() + "-";
            String rest = node.name().startsWith(prefix) ? node.name().substring(prefix.length()) : "";
            if (rest.matches("[1-9]\\d{0,5}")) {
                numbers.merge(node.pool(), Integer.valueOf(rest), Math::max);
            }
        }
        return numbers;
    }
}
