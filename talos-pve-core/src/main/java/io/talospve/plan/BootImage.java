package io.talospve.plan;

import io.talospve.spec.TalosCluster;

/** How the boot image of a cluster is named on its datastore. */
final class BootImage {
    private BootImage() {}

    /** {@code talos-<cluster>-<Talos version>-<schematic id>.iso}. */
    static String fileName(TalosCluster cluster, String schematic) {
        return "talos-" + cluster.name() + "-" + cluster.talos().version() + "-" + schematic + ".iso";
    }

    /** The file name as far as the schematic is known. */
    static Field<String> name(TalosCluster cluster, Observed world) {
        return world.schematic().map(id -> fileName(cluster, id));
    }

    /** The volume of a file on the cluster's image datastore. */
    static String volume(TalosCluster cluster, String fileName) {
        return cluster.datastore().id() + ":iso/" + fileName;
    }
}
