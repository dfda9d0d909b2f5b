package io.talospve.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.spec.TalosCluster;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class KubernetesEndpointTest {
    @Test
    void anIpv6AddressStandsInBrackets() {
        TalosCluster cluster = TalosCluster.load(Path.of("../examples/specs/ipv6-only.yaml"));
        assertThat(KubernetesEndpoint.of(cluster)).isEqualTo("https://[fd00:62::20]:6443");
    }

    @Test
    void anIpv4AddressStandsAsItIs() {
        TalosCluster cluster = TalosCluster.load(Path.of("../examples/prod-k8s.yaml"));
        assertThat(KubernetesEndpoint.of(cluster)).isEqualTo("https://192.168.62.20:6443");
    }
}
