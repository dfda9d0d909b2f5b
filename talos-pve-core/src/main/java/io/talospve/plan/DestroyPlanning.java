package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.plan.StepWork.EndHighAvailability;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.VmDetails;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** What removes everything of a cluster that is ours. Pure. */
final class DestroyPlanning {
    /** The step after which a cluster begins anew. */
    static final String RECORD = "record";

    private static final String HA = "ha-end";

    private DestroyPlanning() {}

    /** Adds the steps: machines, then their images, then the record. */
    static void add(PlanSteps steps, TalosCluster cluster, Observed world) {
        refuseProtected(cluster, world);
        List<String> deletions = new ArrayList<>();
        List<EndHighAvailability.Member> members = world.machines().entrySet().stream()
                .filter(entry -> world.highlyAvailable().contains(entry.getValue().vm().ref().vmid()))
                .map(entry -> new EndHighAvailability.Member(
                        entry.getKey(), entry.getValue().vm().ref(), entry.getValue().vm().uuid().orElseThrow()))
                .toList();
        if (!members.isEmpty()) {
            steps.add(
                    HA,
                    Action.CHANGE,
                    "end the high availability of " + members.stream().map(EndHighAvailability.Member::node).collect(Collectors.joining(", ")),
                    "Proxmox would start them again",
                    List.of(),
                    new EndHighAvailability(members));
        }
        for (Map.Entry<String, Observed.Machine> entry : world.machines().entrySet()) {
            String name = entry.getKey();
            VmDetails vm = entry.getValue().vm();
            if (vm.running()) {
                steps.add(
                        "stop/" + name,
                        Action.CHANGE,
                        "stop " + name + " (" + vm.ref() + ")",
                        "a running machine cannot be deleted",
                        steps.previous(HA),
                        new StepWork.StopMachine(name, vm.ref(), vm.uuid().orElseThrow()));
            }
            if (vm.protection()) {
                steps.add(
                        "unprotect/" + name,
                        Action.CHANGE,
                        "lift the protection of " + name + " (" + vm.ref() + ")",
                        "it is protected from deletion in Proxmox, and the spec does not say that it shall be",
                        List.of(),
                        new StepWork.LiftProtection(name, vm.ref(), vm.uuid().orElseThrow()));
            }
            List<String> needs = new ArrayList<>(steps.previous("stop/" + name));
            needs.addAll(steps.previous("unprotect/" + name));
            if (!vm.running()) {
                needs.addAll(steps.previous(HA));
            }
            steps.add(
                    "delete/" + name,
                    Action.DELETE,
                    "delete " + name + " (" + vm.ref() + ") with its disks",
                    "it is a machine of this cluster",
                    needs,
                    new StepWork.DeleteMachine(name, vm.ref(), vm.uuid().orElseThrow()));
            deletions.add("delete/" + name);
        }
        new TreeMap<>(world.imagesOnHosts()).forEach((file, hosts) -> {
            for (String host : new TreeSet<>(hosts)) {
                steps.add(
                        "delete-image/" + host + "/" + file,
                        Action.DELETE,
                        "delete image " + file + " on " + cluster.datastore().id() + " through " + host,
                        "no other machine uses it",
                        deletions,
                        new StepWork.DeleteImage(host, cluster.datastore().id(), file));
            }
        });
        boolean open = world.record()
                .filter(record -> record.bootstrap() != BootstrapState.NONE || !record.nodes().isEmpty())
                .isPresent();
        if (open) {
            steps.add(
                    RECORD,
                    Action.CHANGE,
                    "close the cluster's record in the store",
                    "no machine is left; secrets and history are kept",
                    deletions,
                    new StepWork.CloseRecord());
        }
    }

    /** Who protects machines in the spec has to say otherwise there first. */
    private static void refuseProtected(TalosCluster cluster, Observed world) {
        List<String> kept = AssignedNode.assign(cluster, world.record()).stream()
                .filter(node -> cluster.vm(node.node()).protection())
                .map(AssignedNode::name)
                .filter(world.machines()::containsKey)
                .toList();
        if (!kept.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "the spec protects " + String.join(", ", kept) + " from deletion (vm.protection: true)",
                    "To remove them, take the protection out of the spec first.");
        }
    }
}
