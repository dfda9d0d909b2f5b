package io.talospve.plan;

import io.talospve.spec.TalosCluster;
import io.talospve.spi.VmDetails;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What removes everything of a cluster that is ours. Pure. */
final class DestroyPlanning {
    /** The step after which a cluster begins anew. */
    static final String RECORD = "record";

    private DestroyPlanning() {}

    /** Adds the steps: machines, then their images, then the record. */
    static void add(PlanSteps steps, TalosCluster cluster, Observed world) {
        List<String> deletions = new ArrayList<>();
        for (Map.Entry<String, Observed.Machine> entry : world.machines().entrySet()) {
            String name = entry.getKey();
            VmDetails vm = entry.getValue().vm();
            if (vm.running()) {
                steps.add(
                        "stop/" + name,
                        Action.CHANGE,
                        "stop " + name + " (" + vm.ref() + ")",
                        "a running machine cannot be deleted",
                        List.of(),
                        new StepWork.StopMachine(name, vm.ref(), vm.uuid().orElseThrow()));
            }
            steps.add(
                    "delete/" + name,
                    Action.DELETE,
                    "delete " + name + " (" + vm.ref() + ") with its disks",
                    "it is a machine of this cluster",
                    steps.previous("stop/" + name),
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
}
