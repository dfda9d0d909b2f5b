package io.talospve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.SpecException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundTripTest {
    private static final int SPECS = 300;

    @Test
    void randomSpecsLoadFromTheirYamlAsEqualSpecs() {
        for (long seed = 0; seed < SPECS; seed++) {
            TalosCluster cluster = new RandomSpecs(seed).next();

            String yaml = cluster.toYaml();
            TalosCluster again = TalosCluster.parse(yaml, "seed-" + seed + ".yaml");

            assertThat(again).as("seed %s%n%s", seed, yaml).isEqualTo(cluster);
            assertThat(again.toYaml()).isEqualTo(yaml);
            assertThat(List.copyOf(again.sizes().keySet())).containsExactly("small", "Big.1");
            assertThat(again.nodes()).isEqualTo(cluster.nodes());
        }
    }

    @Test
    void aSecretGivenAsValueIsNeverWritten() {
        TalosCluster cluster = TalosCluster.builder()
                .from(ExampleSpecTest.built())
                .registry("harbor.example.com", r -> r.username("robot").password(SecretValue.of(Secret.of("hunter2"))))
                .build();

        assertThat(cluster.toString()).doesNotContain("hunter2");
        assertThatThrownBy(cluster::toYaml)
                .isInstanceOf(SpecException.class)
                .hasMessage("cluster.registries.harbor.example.com.password: is a secret given as a value; YAML only holds references:"
                        + " give it as SecretReference");
    }
}
