package io.talospve.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spec.TalosCluster;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AssignedNodeTest {
    private static final ClusterRecord RECORD = new ClusterRecord(
            "lab",
            "v1.12",
            1,
            "dc",
            List.of(
                    known("lab-cp-1", "cp", 31),
                    known("lab-worker-1", "worker", 41),
                    known("lab-worker-2", "worker", 42),
                    known("lab-worker-3", "worker", 43),
                    known("lab-gpu-1", "gpu", 51)),
            Map.of("cp", 1, "worker", 3, "gpu", 1),
            "lab-cp-1",
            BootstrapState.BOOTSTRAPPED);

    private static ClusterRecord.Node known(String name, String pool, int address) {
        return new ClusterRecord.Node(name, pool, Optional.of("192.168.62." + address));
    }

    private static List<String> names(Optional<ClusterRecord> record, List<Integer> workers, List<Integer> gpus) {
        StringBuilder yaml = new StringBuilder("""
                cluster:
                  name: lab
                  datastore: { id: nas, node: alpha }
                  talos: { version: v1.12.4 }
                  kubernetes_version: v1.35.0
                  nameservers: [192.168.62.1]
                host_pool:
                  alpha: { datastore_id: local-lvm }
                control_plane_nodes:
                  nodes:
                    - { size: s, networks: { dmz: { address: 192.168.62.31/24, gateway: 192.168.62.1 } } }
                  host_pool: [alpha]
                node_size_configuration:
                  s: { cpu: 2, memory: 4096, os_disk: 20 }
                worker_nodes:
                  host_pool: [alpha]
                  nodes:
                """);
        workers.forEach(address -> yaml.append(node("    ", address)));
        yaml.append("worker_pools:\n  gpu:\n    host_pool: [alpha]\n    nodes:\n");
        gpus.forEach(address -> yaml.append(node("      ", address)));
        return AssignedNode.assign(TalosCluster.parse(yaml.toString(), "lab.yaml"), record).stream()
                .map(AssignedNode::name)
                .toList();
    }

    private static String node(String indent, int address) {
        return indent + "- { size: s, networks: { dmz: { address: 192.168.62." + address
                + "/24, gateway: 192.168.62.1 } } }\n";
    }

    @Test
    void aNewClusterCountsFromOneInEachPool() {
        assertThat(names(Optional.empty(), List.of(41, 42), List.of(51)))
                .containsExactly("lab-cp-1", "lab-worker-1", "lab-worker-2", "lab-gpu-1");
    }

    @Test
    void addressesDecideWhicheverTheOrder() {
        assertThat(names(Optional.of(RECORD), List.of(43, 41, 42), List.of(51)))
                .containsExactly("lab-cp-1", "lab-worker-3", "lab-worker-1", "lab-worker-2", "lab-gpu-1");
    }

    @Test
    void aNewMachineTakesANumberThatWasNeverUsedInItsPool() {
        assertThat(names(Optional.of(RECORD), List.of(41, 42, 43, 44), List.of(51, 52)))
                .containsExactly(
                        "lab-cp-1", "lab-worker-1", "lab-worker-2", "lab-worker-3", "lab-worker-4", "lab-gpu-1",
                        "lab-gpu-2");
    }

    @Test
    void aChangedAddressKeepsTheMachineAtItsPosition() {
        assertThat(names(Optional.of(RECORD), List.of(41, 142, 43), List.of(51)))
                .containsExactly("lab-cp-1", "lab-worker-1", "lab-worker-2", "lab-worker-3", "lab-gpu-1");
    }
}
