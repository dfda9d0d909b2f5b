package io.talospve.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.spec.SpecDiff;
import io.talospve.store.ClusterHistory.Entry;
import io.talospve.store.ClusterHistory.Result;
import io.talospve.store.Revisions.Applied;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** History and differences of what was applied. */
class ClusterHistoryTest {
    private static final Applied ANNA = new Applied(Instant.parse("2026-03-04T05:06:07Z"), "anna");
    private static final String PLAN = "{\"kind\":\"APPLY\",\"steps\":[{},{}]}";

    private final Revisions revisions = ClusterStore.inMemory().open("prod").revisions();
    private final ClusterHistory history = new ClusterHistory("prod", revisions);

    @Test
    void tellsWhoAppliedWhatAndHowItEnded() {
        assertThat(history.entries()).isEmpty();
        revisions.end(revisions.begin(ANNA, "a: 1\n", PLAN), "{\"succeeded\":true,\"cancelled\":false,\"milliseconds\":65000}");
        revisions.end(
                revisions.begin(ANNA, "a: 1\n", PLAN.replace("APPLY", "DESTROY")),
                "{\"succeeded\":false,\"cancelled\":false,\"milliseconds\":1}");
        revisions.end(revisions.begin(ANNA, "a: 1\n", PLAN), "{\"succeeded\":false,\"cancelled\":true}");
        revisions.begin(ANNA, "a: 2\n", PLAN);
        assertThat(history.entries()).extracting(Entry::result)
                .containsExactly(Result.SUCCEEDED, Result.FAILED, Result.CANCELLED, Result.UNFINISHED);
        Entry first = history.entries().get(0);
        assertThat(first).isEqualTo(new Entry(
                1, Optional.of(ANNA), "APPLY", 2, Result.SUCCEEDED, Optional.of(Duration.ofSeconds(65))));
        assertThat(first).hasToString("1  2026-03-04T05:06:07Z  anna  APPLY  2 steps  SUCCEEDED after 65 s");
        assertThat(history.entries().get(1).kind()).isEqualTo("DESTROY");
        assertThat(history.revision(4).specYaml()).isEqualTo("a: 2\n");
    }

    @Test
    void comparesSpecsByWhatTheirEntriesAre() {
        revisions.begin(ANNA, """
                cluster:
                  name: prod
                  talos: { version: v1.12.3, extensions: [lldp] }
                worker_nodes:
                  nodes:
                    - { size: w, networks: { dmz: { address: 10.0.0.1/24 } } }
                    - { size: w, networks: { dmz: { address: 10.0.0.2/24 } } }
                """, PLAN);
        revisions.begin(ANNA, """
                cluster:
                  name: prod
                  talos: { version: v1.12.4, extensions: [lldp, qemu-guest-agent] }
                worker_nodes:
                  nodes:
                    - { size: big, networks: { dmz: { address: 10.0.0.9/24 } } }
                    - { size: w, networks: { dmz: { address: 10.0.0.1/24 } } }
                """, PLAN);
        SpecDiff diff = history.diff(1, 2);
        assertThat(diff).hasToString("""
                ~ cluster.talos.version: v1.12.3 -> v1.12.4
                ~ cluster.talos.extensions: [lldp] -> [lldp, qemu-guest-agent]
                + worker_nodes.nodes[10.0.0.9/24].size: big
                + worker_nodes.nodes[10.0.0.9/24].networks.dmz.address: 10.0.0.9/24
                - worker_nodes.nodes[10.0.0.2/24].size: w
                - worker_nodes.nodes[10.0.0.2/24].networks.dmz.address: 10.0.0.2/24""");
        assertThat(history.diff(2, 2).isEmpty()).isTrue();
    }

    @Test
    void masksWhatLooksLikeASecret() {
        revisions.begin(ANNA, "patch: { registry: { password: first-of-them } }\n", PLAN);
        revisions.begin(ANNA, "patch: { registry: { password: second-of-them } }\n", PLAN);
        assertThat(history.diff(1, 2)).hasToString("~ patch.registry.password: *** -> ***");
    }

    @Test
    void namesTheRevisionsThatThereAre() {
        revisions.begin(ANNA, "a: 1\n", PLAN);
        assertThatThrownBy(() -> history.diff(1, 7))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("no revision 7")
                .satisfies(e -> assertThat(((RefusedException) e).hint()).contains("There are: [1]"));
    }
}
