package io.talospve.talos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.spec.Cidr;
import io.talospve.spec.Network;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.talos.internal.yaml.YamlReader;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TalosMachineConfigsTest {
    private final TalosMachineConfigs configs = new TalosMachineConfigs();

    private static TalosCluster cluster(Consumer<TalosCluster.Builder> change) {
        TalosCluster.Builder builder = TalosCluster.builder();
        builder.from(Requests.production());
        change.accept(builder);
        return builder.build();
    }

    private static TalosCluster cluster() {
        return cluster(unchanged -> {});
    }

    private static MachineConfigRequest.Builder request(TalosCluster cluster, NodeRole role) {
        MachineConfigRequest.Builder request = Requests.of(
                cluster, cluster.nodes().stream().filter(node -> node.role() == role).findFirst().orElseThrow(), "v1.12");
        return request.addCertSans("api.prod-k8s.example.com")
                .osDiskWwn("0x5ABCDEF012345678")
                .nics(List.of(
                        nic("dmz", "192.168.62.21/24", "BC:24:11:62:00:21", "192.168.62.1"),
                        nic("vmbr1", "192.168.192.21/24", "bc:24:11:c0:00:21", null)));
    }

    private static ResolvedNic nic(String bridge, String address, String mac, String gateway) {
        Network.Builder network = Network.builder().bridge(bridge).address(address);
        if (gateway != null) {
            network.gateway(gateway);
        }
        return new ResolvedNic(network.build(), mac);
    }

    private List<Map<String, Object>> render(MachineConfigRequest request) {
        return YamlReader.readAll("rendered", configs.render(request).reveal());
    }

    private static Object at(Map<String, Object> document, String path) {
        Object value = document;
        for (String key : path.split("/")) {
            value = value instanceof List<?> list ? list.get(Integer.parseInt(key)) : ((Map<?, ?>) value).get(key);
        }
        return value;
    }

    @Test
    void controlPlaneOfTheProductionCluster() {
        List<Map<String, Object>> documents = render(request(cluster(), NodeRole.CONTROL_PLANE).build());
        Map<String, Object> main = documents.get(0);
        assertThat(at(main, "machine/certSANs")).isEqualTo(List.of("192.168.62.20", "api.prod-k8s.example.com"));
        assertThat(at(main, "cluster/apiServer/certSANs")).isEqualTo(List.of("192.168.62.20", "api.prod-k8s.example.com"));
        assertThat(at(main, "machine/network")).isEqualTo(Map.of());
        assertThat(at(main, "machine/install"))
                .isEqualTo(Map.of(
                        "diskSelector", Map.of("wwid", "naa.5abcdef012345678"),
                        "image", Requests.INSTALLER,
                        "wipe", false,
                        "grubUseUKICmdline", true));
        assertThat(at(main, "machine/kubelet/nodeIP/validSubnets")).isEqualTo(List.of("192.168.62.0/24"));
        assertThat(at(main, "cluster/etcd/advertisedSubnets")).isEqualTo(List.of("192.168.62.0/24"));
        assertThat(at(main, "cluster/network/cni")).isEqualTo(Map.of("name", "none"));
        assertThat(at(main, "cluster/proxy/disabled")).isEqualTo(true);
        assertThat(at(main, "cluster/allowSchedulingOnControlPlanes")).isNull();
        assertThat(configs.render(request(cluster(), NodeRole.CONTROL_PLANE).build()).reveal())
                .endsWith("""
                        ---
                        apiVersion: v1alpha1
                        kind: RegistryMirrorConfig
                        name: registry.k8s.io
                        endpoints:
                            - url: https://harbor.example.com/v2/k8s
                              overridePath: true
                        ---
                        apiVersion: v1alpha1
                        kind: HostnameConfig
                        auto: "off"
                        hostname: prod-k8s-cp-1
                        ---
                        apiVersion: v1alpha1
                        kind: LinkAliasConfig
                        name: net0
                        selector:
                            match: mac(link.permanent_addr) == "bc:24:11:62:00:21"
                        ---
                        apiVersion: v1alpha1
                        kind: LinkAliasConfig
                        name: net1
                        selector:
                            match: mac(link.permanent_addr) == "bc:24:11:c0:00:21"
                        ---
                        apiVersion: v1alpha1
                        kind: LinkConfig
                        name: net0
                        up: true
                        addresses:
                            - address: 192.168.62.21/24
                        routes:
                            - gateway: 192.168.62.1
                        ---
                        apiVersion: v1alpha1
                        kind: LinkConfig
                        name: net1
                        up: true
                        addresses:
                            - address: 192.168.192.21/24
                        ---
                        apiVersion: v1alpha1
                        kind: Layer2VIPConfig
                        name: 192.168.62.20
                        link: net0
                        ---
                        apiVersion: v1alpha1
                        kind: ResolverConfig
                        nameservers:
                            - address: 192.168.62.1
                        """);
    }

    @Test
    void workerHasNoCaKeyNoVipAndADataVolume() {
        String text = configs.render(request(cluster(), NodeRole.WORKER).dataDiskWwn("0x5000000000000001").build()).reveal();
        List<Map<String, Object>> documents = YamlReader.readAll("worker", text);
        assertThat(at(documents.get(0), "machine/ca/key")).isEqualTo("");
        assertThat(at(documents.get(0), "cluster/ca/key")).isEqualTo("");
        assertThat(List.<Object>copyOf(((Map<?, ?>) documents.get(0).get("cluster")).keySet()))
                .doesNotContainAnyElementsOf(List.of("etcd", "apiServer", "proxy", "aggregatorCA", "serviceAccount"));
        assertThat(text).doesNotContain("Layer2VIPConfig").endsWith("""
                ---
                apiVersion: v1alpha1
                kind: UserVolumeConfig
                name: data
                provisioning:
                    diskSelector:
                        match: disk.wwid == "naa.5000000000000001" && !system_disk
                    grow: true
                    minSize: 1GiB
                filesystem:
                    type: xfs
                """);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1.9", "v1.10", "v1.11"})
    void olderContractsSayTheSameInTheMainDocument(String contract) {
        TalosCluster cluster = cluster(c -> c.time(t -> t.addServers("192.168.62.1")));
        List<Map<String, Object>> documents =
                render(request(cluster, NodeRole.CONTROL_PLANE).contract(contract).dataDiskWwn("0x5000000000000001").build());
        Map<String, Object> main = documents.get(0);
        assertThat(at(main, "machine/network")).isEqualTo(YamlReader.read("expected", """
                hostname: prod-k8s-cp-1
                interfaces:
                    - deviceSelector: {hardwareAddr: "bc:24:11:62:00:21"}
                      addresses: [192.168.62.21/24]
                      routes: [{network: 0.0.0.0/0, gateway: 192.168.62.1}]
                      vip: {ip: 192.168.62.20}
                    - deviceSelector: {hardwareAddr: "bc:24:11:c0:00:21"}
                      addresses: [192.168.192.21/24]
                nameservers: [192.168.62.1]
                """));
        assertThat(at(main, "machine/time/servers")).isEqualTo(List.of("192.168.62.1"));
        assertThat(at(main, "machine/registries/mirrors/ghcr.io"))
                .isEqualTo(Map.of("endpoints", List.of("https://harbor.example.com/v2/gh"), "overridePath", true));
        assertThat(at(main, "machine/features/stableHostname")).isEqualTo(true);
        assertThat(at(main, "cluster/apiServer/certSANs")).isEqualTo(List.of("192.168.62.20", "api.prod-k8s.example.com"));
        if (contract.equals("v1.9")) {
            assertThat(documents).hasSize(1);
            assertThat(at(main, "machine/disks/0/device")).isEqualTo("/dev/disk/by-id/wwn-0x5000000000000001");
            assertThat(at(main, "machine/disks/0/partitions/0/mountpoint")).isEqualTo("/var/mnt/data");
        } else {
            assertThat(documents).hasSize(2).last().satisfies(volume -> assertThat(volume).containsEntry("kind", "UserVolumeConfig"));
        }
    }

    @Test
    void dhcpIsAskedForOnEveryNicWithoutAddress() {
        MachineConfigRequest request = withNics(
                new ResolvedNic(Network.builder().bridge("lan").build(), "bc:24:11:00:00:01"),
                new ResolvedNic(Network.builder().bridge("stor").address(Cidr.parse("10.0.0.5/24")).build(), "bc:24:11:00:00:02"));
        assertThat(render(request))
                .contains(
                        Map.of("apiVersion", "v1alpha1", "kind", "DHCPv4Config", "name", "net0"),
                        Map.of("apiVersion", "v1alpha1", "kind", "LinkConfig", "name", "net0", "up", true),
                        Map.of("apiVersion", "v1alpha1", "kind", "Layer2VIPConfig", "name", "192.168.62.20", "link", "net0"))
                .noneMatch(document -> "net1".equals(document.get("name")) && "DHCPv4Config".equals(document.get("kind")));
        assertThat(at(render(change(request, r -> r.contract("v1.11"))).get(0), "machine/network/interfaces/0/dhcp"))
                .isEqualTo(true);
    }

    private static MachineConfigRequest withNics(ResolvedNic... nics) {
        return request(cluster(), NodeRole.CONTROL_PLANE).nics(List.of(nics)).build();
    }

    private static MachineConfigRequest change(MachineConfigRequest request, UnaryOperator<MachineConfigRequest.Builder> change) {
        MachineConfigRequest.Builder builder = MachineConfigRequest.builder();
        builder.from(request);
        return change.apply(builder).build();
    }

    @Test
    void vipOutsideEverySubnetIsRefused() {
        MachineConfigRequest request = withNics(new ResolvedNic(
                Network.builder().bridge("lan").address(Cidr.parse("10.0.0.5/24")).build(), "bc:24:11:00:00:01"));
        assertThatThrownBy(() -> configs.render(request)).isInstanceOf(RefusedException.class).hasMessageContaining("192.168.62.20");
    }

    @Test
    void nodeNetworkReplacesThePrimarySubnet() {
        TalosCluster cluster = cluster(c -> c.nodeNetwork(Cidr.parse("192.168.192.0/24")));
        Map<String, Object> main = render(request(cluster, NodeRole.CONTROL_PLANE).build()).get(0);
        assertThat(at(main, "machine/kubelet/nodeIP/validSubnets")).isEqualTo(List.of("192.168.192.0/24"));
        assertThat(at(main, "cluster/etcd/advertisedSubnets")).isEqualTo(List.of("192.168.192.0/24"));
    }

    @Test
    void timeComesFromServersOrTheHost() {
        TalosCluster servers = cluster(c -> c.time(t -> t.addServers("ntp.example.com")));
        assertThat(render(request(servers, NodeRole.WORKER).build()))
                .contains(Map.of("apiVersion", "v1alpha1", "kind", "TimeSyncConfig", "ntp", Map.of("servers", List.of("ntp.example.com"))));
        TalosCluster host = cluster(c -> c.time(t -> t.hostClock(true)));
        assertThat(render(request(host, NodeRole.WORKER).build()))
                .contains(Map.of("apiVersion", "v1alpha1", "kind", "TimeSyncConfig", "ptp", Map.of("devices", List.of("/dev/ptp_kvm"))));
    }

    @ParameterizedTest
    @CsvSource({"v1.12.4,v1.12", "v1.9.0,v1.9", "v1.10.7,v1.10", "v1.11.0-beta.1,v1.11", "v1.13.2,v1.12", "v1.12,v1.12"})
    void newestContractThatTheVersionUnderstands(String version, String contract) {
        assertThat(configs.contractFor(version)).isEqualTo(contract);
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1.8.4", "latest", "v2.0.0", ""})
    void otherVersionsAreRefused(String version) {
        assertThatThrownBy(() -> configs.contractFor(version)).isInstanceOf(RefusedException.class);
    }

    @Test
    void sameRequestSameBytes() {
        MachineConfigRequest request = request(cluster(), NodeRole.CONTROL_PLANE).build();
        assertThat(configs.render(request)).isEqualTo(new TalosMachineConfigs().render(request));
    }
}
