package io.talospve.health.internal;

import io.talospve.spec.NodeRole;
import io.talospve.spec.Secret;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.TalosAccess;
import java.util.List;

/** Which machines a cluster should have, where they are and what opens them, as whoever asks knows it. */
public interface ClusterSight {
    /** The machines, in the order of the spec. */
    List<Member> machines();

    /** Where a machine's Talos API is; fails if that is not known. */
    MachineAddress address(String machine);

    /** What opens the machines. */
    TalosAccess access();

    /** What opens Kubernetes; a control plane may be asked for it. */
    Secret<String> kubeconfig();

    /**
     * A machine that should be there.
     *
     * @param name its name
     * @param role what it is
     */
    record Member(String name, NodeRole role) {}
}
