package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.event.Progress;
import io.talospve.plan.Plan;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
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

    @Test
    void theExampleBecomesARunningCluster(TalosPve pve, SimulatedDatacenter datacenter) throws IOException {
        TalosCluster cluster = example();
        Plan plan = pve.plan(cluster);
        plan.print();
        Outcome outcome = pve.apply(plan, Progress.console());
        outcome.print();
        assertThat(outcome.succeeded()).isTrue();
        assertThat(datacenter.bootstraps()).isEqualTo(1);
        assertThat(datacenter.virtualMachines()).hasSize(6).allMatch(SimulatedDatacenter.VirtualMachine::running);
        assertThat(datacenter.bitwardenSecrets())
                .containsEntry("prod-k8s-kubeconfig", outcome.credentials().kubeconfig().reveal())
                .containsEntry("prod-k8s-talosconfig", outcome.credentials().talosconfig().reveal());
        Plan again = pve.plan(cluster);
        assertThat(again.hasChanges()).as("%s", again.render()).isFalse();
        assertThat(again.render().text()).endsWith("No changes.\n");

        Outcome destroyed = pve.apply(pve.planDestroy(cluster), Progress.console());
        assertThat(destroyed.succeeded()).as("%s", destroyed.render()).isTrue();
        assertThat(datacenter.virtualMachines()).isEmpty();
    }
}
