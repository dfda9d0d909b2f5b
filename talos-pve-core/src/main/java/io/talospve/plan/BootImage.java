package io.talospve.plan;

import io.talospve.spec.TalosCluster;

/** How the boot image of a cluster is named on its datastore. */
final class BootImage {
    private BootImage() {}

    /** {@code talos-<cluster>-<Talos version>-<schematic id>.iso}. */
    static String fileName(TalosCluster cluster, String schematic) {
        return "talos-" + cluster.name() + "-" + cluster.talos().version() + "-" + schematic + ".iso";
    }

    /** The volume of a file on the cluster's image datastore. */
    static String volume(TalosCluster cluster, String fileName) {
        return cluster.datastore().id() + ":iso/" + fileName;
    }
}
