package io.talospve.plan;

import io.talospve.spec.TalosCluster;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.HypervisorInfo;
import io.talospve.spi.VmSummary;
import io.talospve.store.ClusterRecord;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one look at the world begins with.
 *
 * @param cluster the spec
 * @param hypervisor where machines live
 * @param reads how it is asked
 * @param info what the hypervisor is made of
 * @param vms every virtual machine that can be seen
 * @param allocations machines that were made, or were about to be
 * @param record what the store knows of the cluster
 * @param osCa fingerprint of the stored bundle's OS CA
 * @param notes what a reviewer should know, added to on the way
 */
record Look(
        TalosCluster cluster,
        Hypervisor hypervisor,
        Reads reads,
        HypervisorInfo info,
        List<VmSummary> vms,
        Map<String, Allocation> allocations,
        Optional<ClusterRecord> record,
        Optional<String> osCa,
        List<Note> notes) {}
