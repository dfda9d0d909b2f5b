package io.talospve.plan;

import io.talospve.spec.ImageChecksum;
import io.talospve.spec.TalosCluster;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * What brings the boot images to the hosts that need them: each schematic is registered once, and each image is fetched once
 * for every storage. Pure.
 */
final class ImagePlanning {
    private final TalosCluster cluster;
    private final Observed world;
    private final PlanSteps steps;
    /** What is added to the ids of an image's steps; nothing for that of the first machine of the spec. */
    private final Map<WantedImage, String> labels = new LinkedHashMap<>();

    ImagePlanning(TalosCluster cluster, Observed world, PlanSteps steps, List<MachinePlan> machines) {
        this.cluster = cluster;
        this.world = world;
        this.steps = steps;
        // By the whole spec, not by what is missing: a step has the same id in every plan of this spec.
        machines.forEach(machine -> labels.putIfAbsent(machine.wantedImage(), labels.isEmpty() ? "" : "/" + machine.name()));
    }

    /** Adds the steps for machines that do not exist yet. */
    void add(List<MachinePlan> missing) {
        labels.keySet().forEach(wanted -> {
            List<MachinePlan> users = missing.stream()
                    .filter(machine -> machine.wantedImage().equals(wanted))
                    .toList();
            if (!users.isEmpty()) {
                add(wanted, users);
            }
        });
    }

    private void add(WantedImage wanted, List<MachinePlan> users) {
        Field<BootImage> image = world.image(wanted);
        Field<String> schematic = image.map(BootImage::schematic);
        Field<String> fileName = image.map(BootImage::fileName);
        steps.add(
                registration(wanted),
                Action.CREATE,
                "register the image's schematic " + schematic.text(),
                "the image factory builds only schematics that it knows" + (labels.size() > 1 ? "; for " + names(users) : ""),
                List.of(),
                new StepWork.RegisterSchematic(wanted, image));
        for (String host : new TreeSet<>(users.stream().map(this::throughHost).toList())) {
            boolean there = image instanceof Field.Known<BootImage> known
                    && world.imagesOnHosts().getOrDefault(known.value().fileName(), Set.of()).contains(host);
            if (!there) {
                steps.add(
                        fetch(wanted, host),
                        Action.CREATE,
                        "fetch image " + fileName.text() + " to " + cluster.datastore().id() + " through " + host,
                        "the machines boot from it and it is not there",
                        List.of(registration(wanted)),
                        new StepWork.FetchImage(host, cluster.datastore().id(), fileName, image.map(BootImage::url),
                                cluster.image().checksum().flatMap(ImageChecksum::parse)));
            }
        }
    }

    /** The steps that a machine's creation needs. */
    List<String> needs(MachinePlan machine) {
        List<String> needs = new ArrayList<>(steps.previous(registration(machine.wantedImage())));
        needs.addAll(steps.previous(fetch(machine.wantedImage(), throughHost(machine))));
        return needs;
    }

    private String throughHost(MachinePlan machine) {
        return world.imageDatastoreShared() ? cluster.datastore().node() : machine.host();
    }

    private String registration(WantedImage wanted) {
        return "schematic" + labels.get(wanted);
    }

    private String fetch(WantedImage wanted, String host) {
        return "image" + labels.get(wanted) + "/" + host;
    }

    private static String names(List<MachinePlan> machines) {
        return machines.size() <= 3
                ? String.join(", ", machines.stream().map(MachinePlan::name).toList())
                : machines.get(0).name() + " and " + (machines.size() - 1) + " more machines";
    }
}
