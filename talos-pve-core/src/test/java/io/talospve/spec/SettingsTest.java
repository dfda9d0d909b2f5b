package io.talospve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spi.MachineConfigRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SettingsTest {
    private static final TalosCluster CLUSTER = TalosCluster.builder()
            .from(ExampleSpecTest.built())
            .machine(m -> m.label("level", "cluster").label("all", "1").patch(patch("cluster")).addExtensions("a"))
            .workers(p -> p.hostPool("alpha")
                    .machine(m -> m.label("level", "role").taint("role", "NoSchedule").patch(patch("role")))
                    .node(n -> n.size("worker")
                            .network("dmz", "192.168.62.24/24", "192.168.62.1")
                            .machine(m -> m.label("level", "node").patch(patch("node")).addExtensions("b", "lldp"))))
            .workerPool("gpu", p -> p.hostPool("foxtrot")
                    .machine(m -> m.label("level", "pool").patch(patch("pool")).addExtensions("b"))
                    .node(n -> n.size("worker").network("dmz", "192.168.62.31/24", "192.168.62.1"))
                    .node(n -> n.name("big").size("worker").network("dmz", "192.168.62.32/24", "192.168.62.1")))
            .build();

    private static Map<String, Object> patch(String level) {
        return Map.of("machine", Map.of("env", Map.of("LEVEL", level)));
    }

    private static ClusterNode node(String name) {
        return CLUSTER.nodes().stream().filter(node -> node.defaultName().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void whatStandsCloserToTheMachineComesLater() {
        MachineSettings worker = CLUSTER.settings(node("prod-k8s-worker-1"));
        assertThat(worker.labels()).isEqualTo(Map.of("level", "node", "all", "1"));
        assertThat(worker.patches()).containsExactly(patch("cluster"), patch("role"), patch("node"));

        MachineSettings gpu = CLUSTER.settings(node("prod-k8s-gpu-1"));
        assertThat(gpu.labels()).isEqualTo(Map.of("level", "pool", "all", "1"));
        assertThat(gpu.taints()).isEqualTo(Map.of("role", "NoSchedule"));
        assertThat(gpu.patches()).containsExactly(patch("cluster"), patch("role"), patch("pool"));

        assertThat(CLUSTER.settings(node("prod-k8s-cp-1")).patches()).containsExactly(patch("cluster"));
    }

    @Test
    void extensionsAreThoseOfTheClusterThenOfTheMachineEachOnce() {
        assertThat(CLUSTER.extensions(node("prod-k8s-worker-1")))
                .containsExactly("lldp", "qemu-guest-agent", "util-linux-tools", "iscsi-tools", "nfs-utils", "a", "b");
    }

    @Test
    void machinesOfAPoolCarryItsName() {
        assertThat(node("big").poolName()).contains("gpu");
        assertThat(node("big").index()).isEqualTo(1);
        assertThat(node("big").nameInfix()).isEqualTo("gpu");
        assertThat(node("big").specPath()).isEqualTo("worker_pools.gpu.nodes[1]");
        assertThat(node("prod-k8s-worker-1").nameInfix()).isEqualTo("worker");
        assertThat(node("prod-k8s-cp-1").poolName()).isEmpty();
    }

    @Test
    void aConfigurationRequestFindsTheSettingsOfItsMachine() {
        MachineConfigRequest.Builder request = MachineConfigRequest.builder()
                .cluster(CLUSTER)
                .osDiskWwn("0x5000000000000000")
                .installer("factory.talos.dev/nocloud-installer/x:v1.12.4")
                .endpoint("https://192.168.62.20:6443")
                .contract("v1.12")
                .bundle(Secret.of("x"));

        assertThat(request.nodeName("prod-k8s-gpu-1").role(NodeRole.WORKER).build().settings())
                .isEqualTo(CLUSTER.settings(node("prod-k8s-gpu-1")));
        assertThat(request.nodeName("renamed").build().settings().patches()).containsExactly(patch("cluster"), patch("role"));
    }

    @Test
    void tellsWhichNetworksUseDhcpAndWhichAreBonded() {
        NodeSpec node = NodeSpec.builder()
                .size("worker")
                .network("dmz", n -> n.address("10.0.0.1/24").bond(b -> b.addMembers("dmz2")))
                .network("dmz2", n -> {})
                .network("trunk", n -> n.vlan(40, v -> {}))
                .network("lan", n -> {})
                .network("reserved", n -> n.address("10.0.1.1/24").dhcp(true))
                .build();

        assertThat(node.networks().stream().filter(node::usesDhcp).map(Network::bridge)).isEqualTo(List.of("lan", "reserved"));
        assertThat(node.bondOf(node.networks().get(1)).map(Network::bridge)).contains("dmz");
        assertThat(node.bondOf(node.networks().get(0))).isEmpty();
    }
}
