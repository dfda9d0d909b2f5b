package io.talospve.plan;

import io.talospve.spec.TalosCluster;
import java.util.List;

/** What brings the boot image to the hosts that need it. Pure. */
final class ImagePlanning {
    /** The step that makes the image's schematic known. */
    static final String STEP = "schematic";

    private ImagePlanning() {}

    /** Adds the steps for machines that do not exist yet. */
    static void add(PlanSteps steps, TalosCluster cluster, Observed world, List<MachinePlan> missing) {
        Field<String> imageName = BootImage.name(cluster, world);
        steps.add(
                STEP,
                Action.CREATE,
                "register the image's schematic " + world.schematic().text(),
                "the image factory builds only schematics that it knows",
                List.of(),
                new StepWork.RegisterSchematic(
                        world.extensions() instanceof Field.Known<List<String>> known
                                ? known.value()
                                : cluster.talos().extensions(),
                        world.schematic()));
        List<String> hosts = world.imageDatastoreShared()
                ? List.of(cluster.datastore().node())
                : missing.stream().map(MachinePlan::host).distinct().sorted().toList();
        for (String host : hosts) {
            if (!world.imageOnHosts().contains(host)) {
                steps.add(
                        "image/" + host,
                        Action.CREATE,
                        "fetch image " + imageName.text() + " to " + cluster.datastore().id() + " through " + host,
                        "the machines boot from it and it is not there",
                        List.of(STEP),
                        new StepWork.FetchImage(host, cluster.datastore().id(), imageName, world.imageUrl()));
            }
        }
    }
}
