package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.SpecException;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import org.junit.jupiter.api.Test;

/** Machines whose addresses come from a DHCP server. */
class DhcpTest {
    private static final String SPEC =
            """
            cluster:
              name: lab
              datastore: { id: nas, node: alpha }
              talos: { version: v1.12.4 }
              kubernetes_version: v1.35.0
              nameservers: [192.168.62.1]
              options: { disable_default_cni: true, disable_kube_proxy: true }
            host_pool:
              alpha: { datastore_id: local-lvm }
            control_plane_nodes:
              nodes:
                - size: small
                  networks:
                    dmz: {}
              host_pool: [alpha]
              vip: { enabled: true, address: 192.168.62.20 }
            worker_nodes:
              nodes:
                - size: small
                  networks:
                    dmz: { dhcp: true, address: 192.168.62.24/24, gateway: 192.168.62.1 }
              host_pool: [alpha]
            node_size_configuration:
              small: { cpu: 2, memory: 4096, os_disk: 20 }
            """;
    private static final TalosCluster CLUSTER = TalosCluster.parse(SPEC, "lab.yaml");

    private final Site site = new Site(1, CLUSTER);

    private String mac(String machine) {
        return site.plan().machine(machine).map(MachinePlan::primary).orElseThrow().mac();
    }

    @Test
    void thePlanShowsTheMacToReserveAnAddressFor() {
        assertThat(site.plan().render().text())
                .contains("      net0   dmz, DHCP, mac " + mac("lab-cp-1") + "\n")
                .contains("      net0   dmz, DHCP, reserved 192.168.62.24/24, mac " + mac("lab-worker-1") + "\n");
        assertThat(site.plan().toJson()).contains("\"dhcp\" : true");
    }

    @Test
    void addressesAreLearnedFromTheGuestAgentAndGoIntoTheCredentials() {
        site.datacenter.agents = true;
        site.datacenter.leases.put(mac("lab-cp-1"), "192.168.62.151");
        site.datacenter.leases.put(mac("lab-worker-1"), "192.168.62.24");
        site.apply();

        assertThat(site.datacenter.sink.get("lab-talosconfig"))
                .endsWith("for [192.168.62.151][192.168.62.151, 192.168.62.24]");
        Plan again = site.plan();
        assertThat(again.hasChanges()).as("%s", again.render()).isFalse();
    }

    @Test
    void aSilentAgentIsNamed() {
        site.datacenter.leases.put(mac("lab-cp-1"), "192.168.62.151");
        site.datacenter.leases.put(mac("lab-worker-1"), "192.168.62.24");
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(CLUSTER));
        assertThat(outcome.failures()).anySatisfy(failure -> assertThat(failure.toString())
                .contains("the guest agent of lab-cp-1 reports an address on NIC " + mac("lab-cp-1"))
                .contains("the agent does not answer"));
    }

    @Test
    void aMissingLeaseAndAMissingReservationAreNamed() {
        site.datacenter.agents = true;
        site.datacenter.leases.put(mac("lab-worker-1"), "192.168.62.177");
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(CLUSTER));
        assertThat(outcome.failures())
                .anySatisfy(failure -> assertThat(failure.toString())
                        .contains("is there a DHCP server on dmz with a lease for it?"))
                .anySatisfy(failure -> assertThat(failure.toString())
                        .contains("its guest agent says that NIC " + mac("lab-worker-1") + " has 192.168.62.177:"
                                + " reserve 192.168.62.24 for it at the DHCP server"));
    }

    @Test
    void whatNobodyWouldKnowIsRefusedInTheSpec() {
        assertThat(problem(SPEC.replace("  vip: { enabled: true, address: 192.168.62.20 }\n", "")))
                .contains("lab.yaml:1:1: cluster.endpoint: missing: the first control plane gets its address from a DHCP server");
        assertThat(problem(SPEC.replace("  nameservers: [192.168.62.1]\n", ""))).contains("cluster.nameservers: none given");
        assertThat(problem(SPEC.replace("version: v1.12.4", "version: v1.12.4, extensions: [iscsi-tools]")))
                .contains("control_plane_nodes.nodes[0].networks: its address comes from a DHCP server")
                .doesNotContain("worker_nodes");
        TalosCluster reserved = TalosCluster.parse(
                SPEC.replace("dmz: {}", "dmz: { dhcp: true, address: 192.168.62.21/24, gateway: 192.168.62.1 }")
                        .replace("  vip: { enabled: true, address: 192.168.62.20 }\n", ""),
                "lab.yaml");
        assertThat(reserved.apiHost()).isEqualTo("192.168.62.21");
    }

    private static String problem(String spec) {
        return catchThrowableOfType(SpecException.class, () -> TalosCluster.parse(spec, "lab.yaml")).getMessage();
    }
}
