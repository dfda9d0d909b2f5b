package io.talospve.testkit.junit;

import io.talospve.spec.TalosCluster;

/** One control plane and one worker, each on a host of its own, with Talos' default CNI. */
final class SmallCluster {
    static final TalosCluster LAB = TalosCluster.define("lab", c -> c.datastore("nas", "alpha")
            .talos(t -> t.version("v1.12.4"))
            .kubernetesVersion("v1.34.2")
            .addNameservers("192.168.62.1")
            .hostPool(h -> h.host("alpha", "local-lvm").host("charlie", "local-lvm"))
            .size("small", s -> s.cpu(2).memory(4096).osDisk(20))
            .controlPlane(p -> p.node(n -> n.size("small").network("dmz", "192.168.62.31/24", "192.168.62.1"))
                    .hostPool("alpha"))
            .workers(p -> p.node(n -> n.size("small").network("dmz", "192.168.62.34/24", "192.168.62.1"))
                    .hostPool("charlie")));

    private SmallCluster() {}
}
