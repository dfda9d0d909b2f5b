package io.talospve.talos.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.SpecException;
import io.talospve.error.TalosPveException;
import io.talospve.spec.MachineSettings;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.MachineConfigRequest;
import io.talospve.talos.internal.yaml.YamlReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PatchedConfigsTest {
    private final TalosMachineConfigs configs = new TalosMachineConfigs();

    private String render(NodeRole role, String... patches) {
        TalosCluster cluster = Requests.production();
        MachineSettings.Builder settings = MachineSettings.builder();
        for (String patch : patches) {
            settings.addPatches(YamlReader.read("patch", patch));
        }
        MachineConfigRequest request = Requests.of(
                        cluster, cluster.nodes().stream().filter(node -> node.role() == role).findFirst().orElseThrow(), "v1.12")
                .settings(settings.build())
                .build();
        return configs.render(request).reveal();
    }

    @Test
    void mergesLikeTalos() {
        String text = render(
                NodeRole.CONTROL_PLANE,
                "machine: {sysctls: {b: '2', a10: '1', a2: '1'}, kubelet: {extraArgs: {v: '2'}, nodeIP: {$patch: delete}}}",
                "cluster: {network: {podSubnets: [10.1.0.0/16]}, apiServer: {admissionControl: [{name: PodSecurity, $patch: delete}]}}",
                "{apiVersion: v1alpha1, kind: RegistryMirrorConfig, name: quay.io, $patch: delete}",
                "{apiVersion: v1alpha1, kind: ResolverConfig, nameservers: [{address: 9.9.9.9}]}",
                "{apiVersion: v1alpha1, kind: WatchdogTimerConfig, device: /dev/watchdog0, timeout: 5m0s}");
        assertThat(text)
                .contains("    sysctls:\n        a2: \"1\"\n        a10: \"1\"\n        b: \"2\"\n")
                .contains("        extraArgs:\n            v: \"2\"\n        defaultRuntimeSeccompProfileEnabled: true\n        disableManifestsDirectory")
                .contains("        podSubnets:\n            - 10.1.0.0/16\n        serviceSubnets")
                .doesNotContain("admissionControl", "quay.io")
                .contains("    - address: 192.168.62.1\n    - address: 9.9.9.9\n")
                .endsWith("kind: WatchdogTimerConfig\ndevice: /dev/watchdog0\ntimeout: 5m0s\n");
    }

    @Test
    void unknownKindsPassThrough() {
        String kind = "{apiVersion: v1alpha1, kind: FutureConfig, name: x, deep: {list: [1, {a: b}]}}";
        assertThat(render(NodeRole.WORKER, kind, "{apiVersion: v1alpha1, kind: FutureConfig, name: x, deep: {list: [2]}}"))
                .endsWith("kind: FutureConfig\nname: x\ndeep:\n    list:\n        - 1\n        - a: b\n        - 2\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{machine: {kubelett: {}}}|patch 1: for prod-k8s-cp-1: v1alpha1.machine.kubelett: Talos knows no such key",
        "{machine: {kubelet: [1]}}|a list where a map belongs",
        "{machine: {network: {hostname: {$patch: delete}}, sysctls: {x: {$patch: delete}}}}|machine.sysctls",
        "{foo: 1}|foo: a document without kind",
        "{kind: LinkConfig, name: net0}|apiVersion is missing",
        "{$patch: delete, machine: {}}|the main document cannot be deleted",
        "{apiVersion: v1alpha1, kind: LinkConfig, name: net9, $patch: delete}|no document LinkConfig \"net9\"",
        "{apiVersion: v1alpha1, kind: LinkAliasConfig, name: net0}|has to repeat its selector",
        "{apiVersion: v1alpha1, kind: UserVolumeConfig, name: x, provisioning: {diskSelector: {match: a}}}|neither minSize nor",
        "{apiVersion: v1alpha1, kind: Layer2VIPConfig, name: 10.0.0.9, link: net7}|link net7, which does not exist",
        "{apiVersion: v1alpha1, kind: VLANConfig, name: net0, vlanID: 5, parent: net1}|two links are called net0",
        "{apiVersion: v1alpha1, kind: HostnameConfig, hostname: Bad_Host}|\"Bad_Host\" is not a host name",
        "{machine: {network: {interfaces: [{interface: net0, mtu: 1400}]}}}|both configure the link net0",
        "{machine: {registries: {mirrors: {x.io: {endpoints: ['https://y']}}}}}|both configure mirrors",
        "{machine: {nodeLabels: {node-role.kubernetes.io/worker: ''}}}|the label node-role.kubernetes.io/worker",
        "{cluster: {controlPlane: {endpoint: 'https://192.168.62.20'}}}|has no port",
        "{cluster: {inlineManifests: [{name: x, contents: 'a: [b'}]}}|inline manifest x: line 1",
    })
    void whatTalosWouldChokeOnIsRefusedBefore(String patch, String reason) {
        assertThatThrownBy(() -> render(NodeRole.CONTROL_PLANE, patch))
                .isInstanceOf(TalosPveException.class)
                .hasMessageContaining("prod-k8s-cp-1")
                .hasMessageContaining(reason);
    }

    @Test
    void aPatchIsRefusedAtItsLineInTheSpec() {
        TalosCluster cluster = TalosCluster.parse(
                """
                cluster:
                  name: lab
                  datastore: { id: nas, node: alpha }
                  talos: { version: v1.12.4 }
                  kubernetes_version: v1.35.0
                  nameservers: [192.168.62.1]
                  machine:
                    patches:
                      - machine: { sysctls: { a.b: "1" } }
                host_pool:
                  alpha: { datastore_id: local-lvm }
                control_plane_nodes:
                  nodes:
                    - size: small
                      networks:
                        dmz: { address: 192.168.62.21/24, gateway: 192.168.62.1 }
                  host_pool: [alpha]
                worker_pools:
                  gpu:
                    nodes:
                      - size: small
                        networks:
                          dmz: { address: 192.168.62.31/24, gateway: 192.168.62.1 }
                    host_pool: [alpha]
                    machine:
                      patches:
                        - machine: { kubelet: { extraArgs: { v: "2" } } }
                        - { apiVersion: v1alpha1, kind: LinkConfig, name: net9, $patch: delete }
                node_size_configuration:
                  small: { cpu: 2, memory: 4096, os_disk: 20 }
                """,
                "lab.yaml");
        assertThat(configs.render(Requests.of(cluster, cluster.nodes().get(0), "v1.12").build()).reveal()).contains("a.b");
        assertThatThrownBy(() -> configs.render(Requests.of(cluster, cluster.nodes().get(1), "v1.12").build()))
                .isInstanceOf(SpecException.class)
                .hasMessage("lab.yaml:28:11: worker_pools.gpu.machine.patches[1]: for lab-gpu-1:"
                        + " there is no document LinkConfig \"net9\" to delete from");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{apiVersion: v1alpha1, kind: Layer2VIPConfig, name: 10.0.0.9, link: net0}|is on a worker",
        "{cluster: {inlineManifests: [{name: x, contents: 'a: b'}]}}|a worker, which applies none",
    })
    void workersHaveNoVipAndNoManifests(String patch, String reason) {
        assertThatThrownBy(() -> render(NodeRole.WORKER, patch)).hasMessageContaining(reason);
    }
}
