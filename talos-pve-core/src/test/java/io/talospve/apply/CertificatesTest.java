package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.plan.Note;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.spec.Secret;
import io.talospve.spi.CertificateEnd;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Certificates that end, and secrets that others made. */
class CertificatesTest {
    private final Site site = new Site(1);

    private Instant in(int days) {
        return site.time.now().plus(Duration.ofDays(days));
    }

    @Test
    void credentialsThatEndWithinAMonthAreIssuedAnewAndDelivered() {
        site.apply();
        site.datacenter.clientEnd = in(31);
        assertThat(site.plan().hasChanges()).isFalse();
        site.datacenter.clientEnd = in(29);
        Plan plan = site.plan();
        assertThat(plan.steps()).extracting(Step::id).contains("credentials").doesNotContain("bootstrap");
        assertThat(plan.steps())
                .filteredOn(step -> step.id().equals("credentials"))
                .extracting(Step::reason)
                .containsExactly("kubeconfig: user admin ends at " + site.datacenter.clientEnd);
        assertThat(plan.steps()).filteredOn(step -> step.id().startsWith("deliver/")).hasSize(2);
        site.apply();
        assertThat(site.datacenter.clientEnd).as("issued anew, not copied").isAfter(in(300));
        assertThat(site.plan().hasChanges()).isFalse();
    }

    @Test
    void aCaThatEndsWithinHalfAYearIsAWarning() {
        site.apply();
        site.datacenter.caEnd = in(181);
        assertThat(site.plan().notes()).noneMatch(note -> note.subject().equals("secrets: os CA"));
        site.datacenter.caEnd = in(179);
        assertThat(site.plan().notes())
                .anyMatch(note -> note.kind() == Note.Kind.WARNING && note.subject().equals("secrets: os CA"));
        site.datacenter.clientEnd = in(40);
        assertThat(site.process().certificateEnds(site.cluster.name()))
                .containsExactly(
                        new CertificateEnd("kubeconfig: user admin", site.datacenter.clientEnd),
                        new CertificateEnd("secrets: os CA", site.datacenter.caEnd));
    }

    @Test
    void adoptedSecretsAreUsedAndNeverReplaced() {
        site.process().adopt(site.cluster.name(), Secret.of("made by talosctl"));
        site.process().adopt(site.cluster.name(), Secret.of("made by talosctl"));
        site.apply();
        assertThat(site.datacenter.bundles()).isZero();
        assertThat(site.entry().secrets().load()).contains(Secret.of("made by talosctl"));
        assertThatThrownBy(() -> site.process().adopt(site.cluster.name(), Secret.of("other secrets")))
                .isInstanceOfSatisfying(
                        RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STORE_MISMATCH))
                .hasMessageNotContaining("made by talosctl");
    }
}
