package io.talospve.spec.internal;

import io.talospve.error.Problem;
import io.talospve.error.Problem.Severity;
import io.talospve.spec.ImageDatastore;
import io.talospve.spec.NodePool;
import io.talospve.spec.TalosCluster;
import io.talospve.spec.TalosSettings;
import java.util.Collection;

/** Stands in for what a builder was not given, so that everything else can be judged in the same go. */
public final class Placeholders {
    private static final ImageDatastore DATASTORE = ImageDatastore.builder().id("").node("").build();
    private static final TalosSettings TALOS = TalosSettings.builder().version("").build();
    private static final NodePool POOL = NodePool.builder().build();

    private Placeholders() {}

    /**
     * Gives a builder what it misses.
     *
     * @param builder a builder of this package's values
     * @param keys names as in the YAML
     */
    public static void fill(Object builder, Collection<String> keys) {
        for (String key : keys) {
            fill(builder, key);
        }
    }

    private static void fill(Object builder, String key) {
        if (builder instanceof TalosCluster.Builder cluster) {
            switch (key) {
                case "name" -> cluster.name("");
                case "datastore" -> cluster.datastore(DATASTORE);
                case "talos" -> cluster.talos(TALOS);
                case "kubernetes_version" -> cluster.kubernetesVersion("");
                case "control_plane_nodes" -> cluster.controlPlaneNodes(POOL);
                default -> throw unknown(builder, key);
            }
        } else {
            SpecKeys.fill(builder, key);
        }
    }

    static IllegalArgumentException unknown(Object builder, String key) {
        return new IllegalArgumentException("no placeholder for " + key + " of " + builder.getClass());
    }

    /** Reports what {@link #fill} had to give a cluster. */
    public static void reportMissing(TalosCluster cluster, Findings findings) {
        report(cluster.name().isEmpty(), "cluster.name", findings);
        report(cluster.datastore() == DATASTORE, "cluster.datastore", findings);
        report(cluster.talos() == TALOS, "cluster.talos", findings);
        report(cluster.kubernetesVersion().isEmpty(), "cluster.kubernetes_version", findings);
        report(cluster.controlPlaneNodes() == POOL, "control_plane_nodes", findings);
    }

    private static void report(boolean missing, String path, Findings findings) {
        if (missing && !findings.isBroken(path)) {
            findings.add(new Problem(Severity.ERROR, null, path, "missing, and mandatory"));
        }
    }
}
