package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.NodeRef;
import io.talospve.talos.api.TalosResource;
import io.talospve.testkit.DhcpNetwork;
import io.talospve.testkit.SimulatedDatacenter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Specs whose machines get their addresses in other ways than a static one on a NIC, from the plan to a cluster that runs. */
@Timeout(120)
class NetworkSpecsTest {
    private static TalosCluster spec(String name) {
        return TalosCluster.load(Path.of("../examples/specs", name));
    }

    private static void apply(TalosPve pve, TalosCluster cluster) {
        Outcome outcome = pve.apply(pve.plan(cluster));
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(pve.plan(cluster).hasChanges()).as("%s", pve.plan(cluster).render()).isFalse();
    }

    private static Map<String, List<String>> addresses(TalosPve pve, NodeRef node) {
        return pve.resources(node, "network", "AddressStatuses.net.talos.dev").stream()
                .collect(java.util.stream.Collectors.groupingBy(
                        resource -> String.valueOf(resource.fields().get("linkName")),
                        java.util.stream.Collectors.mapping(
                                resource -> String.valueOf(resource.fields().get("address")),
                                java.util.stream.Collectors.toList())));
    }

    @Test
    void addressesThatADhcpServerHasReservedAreFoundByTheGuestAgent() {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder()
                        .dhcp(DhcpNetwork.on("vmbr0", "192.168.62.0/24")
                                .reserve("bc:24:11:00:00:21", "192.168.62.21")
                                .reserve("bc:24:11:00:00:24", "192.168.62.24"))
                        .dhcp(DhcpNetwork.on("vmbr1", "10.1.0.0/24"))
                        .start();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of("leased"))) {
            TalosCluster cluster = TalosCluster.define("leased", c -> c.from(spec("dhcp-reservations.yaml"))
                    .endpoint("192.168.62.21"));
            apply(pve, cluster);
            Map<String, List<String>> worker = addresses(pve, pve.node(cluster, "leased-worker-1"));
            assertThat(worker.get("eth0")).containsExactly("192.168.62.24/24");
            assertThat(worker.get("eth1")).singleElement().asString().startsWith("10.1.0.1").endsWith("/24");
        }
    }

    @Test
    void aBondCarriesAddressesVlansAndTheVip() {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder()
                        .bridges(List.of("uplink0", "uplink1"))
                        .start();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of("bonded"))) {
            TalosCluster cluster = spec("bond.yaml");
            apply(pve, cluster);
            NodeRef node = pve.node(cluster, "bonded-cp-1");
            Map<String, List<String>> addresses = addresses(pve, node);
            assertThat(addresses.get("bond0")).containsExactly("192.168.62.21/24");
            assertThat(addresses.get("bond0.40")).containsExactly("10.40.0.21/24");
            List<TalosResource> links = pve.resources(node, "network", "LinkStatuses.net.talos.dev");
            assertThat(links)
                    .filteredOn(link -> "bond".equals(link.fields().get("slaveKind")))
                    .extracting(TalosResource::id)
                    .containsExactly("eth0", "eth1");
        }
    }

    @Test
    void vlansRideOnANicAndOneOfThemAsksForItsAddress() {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.builder()
                        .dhcp(DhcpNetwork.on("trunk0", "10.50.0.0/24").tagged(50))
                        .start();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of("trunk"))) {
            TalosCluster cluster = spec("vlan-trunk.yaml");
            apply(pve, cluster);
            Map<String, List<String>> worker = addresses(pve, pve.node(cluster, "trunk-worker-1"));
            assertThat(worker.get("eth0")).containsExactly("192.168.62.24/24");
            assertThat(worker.get("net0.40")).containsExactly("10.40.0.24/24");
            assertThat(worker.get("net0.50")).singleElement().asString().startsWith("10.50.0.1");
        }
    }
}
