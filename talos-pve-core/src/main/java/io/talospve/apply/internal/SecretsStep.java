package io.talospve.apply.internal;

import io.talospve.plan.MachinePlan;
import io.talospve.plan.Plan;
import io.talospve.spec.NodeRole;
import io.talospve.store.ClusterEntry;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the secrets once, and records what is decided once per cluster. */
final class SecretsStep implements StepRunner {
    /** Number of the set of version-dependent defaults that new clusters get. */
    private static final int DEFAULTS_EPOCH = 1;

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
            nodes.add(new ClusterRecord.Node(machine.name(), machine.role().talosType(), machine.address()));
        }
        before.ifPresent(old -> old.nodes().stream()
                .filter(node -> nodes.stream().noneMatch(planned -> planned.name().equals(node.name())))
                .forEach(nodes::add));
        return new ClusterRecord(
                plan.cluster().name(),
                before.map(ClusterRecord::contract).orElseGet(() -> context.services()
                        .configs()
                        .contractFor(plan.cluster().talos().version())),
                before.map(ClusterRecord::defaultsEpoch).orElse(DEFAULTS_EPOCH),
                context.state().proxmoxCluster(),
                nodes,
                highest(nodes, plan, NodeRole.CONTROL_PLANE, before.map(ClusterRecord::lastControlPlane).orElse(0)),
                highest(nodes, plan, NodeRole.WORKER, before.map(ClusterRecord::lastWorker).orElse(0)),
                before.map(ClusterRecord::bootstrapNode)
                        .filter(name -> !name.isEmpty())
                        .orElseGet(() -> context.state().controlPlanes().get(0).name()),
                before.map(ClusterRecord::bootstrap).orElse(BootstrapState.NONE));
    }

    /** The highest number among names of the default form. */
    private static int highest(List<ClusterRecord.Node> nodes, Plan plan, NodeRole role, int before) {
        String prefix = plan.cluster().name() + "-" + role.nameInfix() + "-";
        return nodes.stream()
                .map(ClusterRecord.Node::name)
                .filter(name -> name.startsWith(prefix) && name.substring(prefix.length()).matches("[1-9]\\d{0,5}"))
                .mapToInt(name -> Integer.parseInt(name.substring(prefix.length())))
                .reduce(before, Math::max);
    }
}
