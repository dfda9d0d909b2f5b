package io.talospve.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import io.talospve.testkit.junit.SimulatedDatacenterExtension;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How a team tests its own provisioning. */
@ExtendWith(SimulatedDatacenterExtension.class)
class ClusterTest {
    private static final String APPLICATION =
            "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: application }\ndata: { it: works }\n";

    @Test
    void ourClusterComesUp(TalosPve pve, SimulatedDatacenter datacenter) {
        datacenter.pushRepository(
                "https://github.com/your-org/applications.git", "main", Map.of("src/k8s/prod/app.yaml", APPLICATION));
        TalosCluster cluster = TalosCluster.load(Path.of("prod-k8s.yaml"));
        assertThat(pve.apply(pve.plan(cluster)).succeeded()).isTrue();
        assertThat(datacenter.bitwardenSecrets()).containsKeys("prod-k8s-kubeconfig", "prod-k8s-talosconfig");
        assertThat(pve.plan(cluster).hasChanges()).isFalse();
    }
}
