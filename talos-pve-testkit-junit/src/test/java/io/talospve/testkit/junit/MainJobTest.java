package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.plan.HealthCondition;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The main job over real sockets, in virtual time. */
@ExtendWith(SimulatedDatacenterExtension.class)
class MainJobTest {
    static TalosCluster example() throws IOException {
        try (InputStream in = MainJobTest.class.getResourceAsStream("/prod-k8s.yaml")) {
            return TalosCluster.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "prod-k8s.yaml");
        }
    }

    /** The repository that the example follows. */
    static void pushApplications(SimulatedDatacenter datacenter) {
        datacenter.pushRepository(
                "https://github.com/your-org/applications.git",
                "main",
                Map.of(
                        "src/k8s/prod/settings.yaml",
                        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  stage: prod\n"));
    }

    @Test
    void theExampleBecomesARunningCluster(TalosPve pve, SimulatedDatacenter datacenter) throws IOException {
        pushApplications(datacenter);
        TalosCluster cluster = example();
        Plan plan = pve.plan(cluster);
        Outcome outcome = pve.apply(plan);
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(outcome.notAwaited()).extracting(HealthCondition::id).containsExactly(HealthCondition.Id.KUBE_PROXY);
        assertThat(datacenter.bootstraps()).isEqualTo(1);
        assertThat(datacenter.virtualMachines()).hasSize(6).allMatch(SimulatedDatacenter.VirtualMachine::running);
        assertThat(datacenter.bitwardenSecrets())
                .containsEntry("prod-k8s-kubeconfig", outcome.credentials().kubeconfig().reveal())
                .containsEntry("prod-k8s-talosconfig", outcome.credentials().talosconfig().reveal());
        Plan again = pve.plan(cluster);
        assertThat(again.hasChanges()).as("%s", again.render()).isFalse();
        assertThat(again.render().text()).endsWith("No changes.\n");

        Outcome destroyed = pve.apply(pve.planDestroy(cluster));
        assertThat(destroyed.succeeded()).as("%s", destroyed.render()).isTrue();
        assertThat(datacenter.virtualMachines()).isEmpty();
    }

    /** What a new user changes first: one control plane, no VIP, the default CNI, credentials as files. */
    @Test
    void aSmallClusterWithTheDefaultCniBecomesReady(TalosPve pve, SimulatedDatacenter datacenter) {
        TalosCluster cluster = SmallCluster.LAB;
        pve.adopt(cluster, StoredSecrets.bundle());
        Outcome outcome = pve.apply(pve.plan(cluster));
        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(outcome.notAwaited()).isEmpty();
        assertThat(pve.plan(cluster).hasChanges()).isFalse();
        assertThat(datacenter.etcdClusters()).containsExactly(Set.of("lab-cp-1"));

        TalosCluster larger = TalosCluster.define("lab", c -> c.from(cluster)
                .workers(p -> p.from(cluster.workerNodes())
                        .node(n -> n.size("small").network("dmz", "192.168.62.35/24", "192.168.62.1"))));
        Plan growth = pve.plan(larger);
        assertThat(growth.steps()).filteredOn(step -> step.id().startsWith("vm/"))
                .extracting(step -> step.id())
                .containsExactly("vm/lab-worker-2");
        assertThat(pve.apply(growth).succeeded()).isTrue();
        assertThat(pve.plan(larger).hasChanges()).isFalse();
        assertThat(datacenter.virtualMachines()).hasSize(3);
        assertThat(datacenter.bootstraps()).isEqualTo(1);
    }
}
