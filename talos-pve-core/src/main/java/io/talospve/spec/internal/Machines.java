package io.talospve.spec.internal;

import io.talospve.spec.NodePool;
import io.talospve.spec.NodeRole;
import io.talospve.spec.NodeSpec;
import io.talospve.spec.TalosCluster;
import java.util.ArrayList;
import java.util.List;

/** Lists the machines of a spec with their names, valid or not. */
public final class Machines {
    private Machines() {}

    /**
     * A machine of the spec.
     *
     * @param name its own name, else the one by number
     * @param role what it is
     * @param index number within its pool, from 0
     * @param spec what the user said
     * @param pool where it stands
     * @param path its place in the YAML
     */
    public record Machine(String name, NodeRole role, int index, NodeSpec spec, NodePool pool, String path) {}

    /** All machines: control planes, then workers, then further pools, in the order of the YAML. */
    public static List<Machine> of(TalosCluster cluster) {
        List<Machine> machines = new ArrayList<>();
        add(machines, cluster.name(), NodeRole.CONTROL_PLANE.nameInfix(), NodeRole.CONTROL_PLANE, cluster.controlPlaneNodes(), "control_plane_nodes");
        add(machines, cluster.name(), NodeRole.WORKER.nameInfix(), NodeRole.WORKER, cluster.workerNodes(), "worker_nodes");
        cluster.workerPools().forEach((name, pool) -> add(machines, cluster.name(), name, NodeRole.WORKER, pool, "worker_pools." + name));
        return machines;
    }

    private static void add(
            List<Machine> machines, String cluster, String infix, NodeRole role, NodePool pool, String path) {
        for (int i = 0; i < pool.nodes().size(); i++) {
            NodeSpec node = pool.nodes().get(i);
            String name = node.name().orElse(cluster + "-" + infix + "-" + (i + 1));
            machines.add(new Machine(name, role, i, node, pool, path + ".nodes[" + i + "]"));
        }
    }
}
