package io.talospve.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.event.StepState;
import io.talospve.plan.HealthCondition;
import io.talospve.plan.Note;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.spec.TalosCluster;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is installed at day 0, from the plan to the first synchronization. */
class DayZeroTest {
    private static StepResult step(Outcome outcome, String id) {
        return outcome.steps().stream().filter(step -> step.id().equals(id)).findFirst().orElseThrow();
    }

    private static Step step(Plan plan, String id) {
        return plan.steps().stream().filter(step -> step.id().equals(id)).findFirst().orElseThrow();
    }

    @Test
    void aPlanRendersBeforeTheFirstMachineAndWaitsForWhatItInstalls() {
        Site site = new Site(1);
        Plan plan = site.plan();

        assertThat(plan.render().text())
                .contains("+ render Cilium, Flux for the control planes' configurations\n"
                        + "      01-cilium: 1 object, 7 bytes, a chart (sha256 0123456789ab)\n")
                .contains("await that Cilium runs and the nodes are Ready\n      CNI up\n      nodes Ready\n      coredns\n"
                        + "      schedulable\n")
                .contains("await that Flux runs and follows https://github.com/your-org/applications.git\n"
                        + "      GitOps engine runs\n      GitOps engine has synchronized\n")
                .doesNotContain("not awaited: no CNI")
                .doesNotContain("not done");
        assertThat(step(plan, "vm/prod-k8s-worker-1").needs()).contains("manifests");
        assertThat(step(plan, "configure/prod-k8s-cp-1").needs()).contains("manifests");
        assertThat(step(plan, "configure/prod-k8s-worker-1").needs()).doesNotContain("manifests");
        assertThat(step(plan, "gitops").needs()).contains("cni", "healthy");
        assertThat(step(plan, "credentials").needs()).as("needed most when the network does not come up")
                .containsExactly("healthy");
        assertThat(plan.toJson()).contains("\"manifests\" : [ {").contains("\"name\" : \"01-cilium\"");
        assertThat(site.datacenter.rendered).as("a plan makes no secret").isEmpty();
    }

    @Test
    void anOfflinePlanSaysWhenTheManifestsAreKnown() {
        assertThat(Site.EXAMPLE.plan().render().text())
                .contains("+ render Cilium, Flux for the control planes' configurations\n"
                        + "      known after apply: charts are fetched and rendered when it is planned with a connection\n");
    }

    @Test
    void aProgramWithoutASourceOfManifestsRefusesBeforeAnythingIsChanged() {
        Site site = new Site(1);
        site.manifests = io.talospve.spi.ManifestSource.none();

        assertThatThrownBy(site::plan)
                .isInstanceOfSatisfying(RefusedException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.NOT_CONFIGURED))
                .hasMessageContaining("nothing renders them");
    }

    @Test
    void onlyControlPlanesGetTheManifests() {
        Site site = new Site(1);
        site.apply();

        assertThat(site.machine("prod-k8s-cp-3").configuration).contains("01-cilium: kind: DaemonSet");
        assertThat(site.machine("prod-k8s-worker-1").configuration).doesNotContain("01-cilium");
    }

    @Test
    void theEnginesOwnWordsAreInTheOutcomeAndTheCredentialsAreDelivered() {
        Site site = new Site(1);
        site.datacenter.unreadyObjects.put("things.example.com x/gitops_sync", "kustomization path not found: src/k8s/prod");
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(site.cluster));

        assertThat(step(outcome, "gitops").state()).isEqualTo(StepState.FAILED);
        assertThat(outcome.render().text())
                .contains("GitOps engine has synchronized")
                .contains("things.example.com x/gitops_sync is not ready: Reason: kustomization path not found: src/k8s/prod");
        assertThat(outcome.failures()).hasSize(1);
        assertThat(outcome.issuedCredentials()).isPresent();
        assertThat(site.datacenter.sink).containsKey("prod-k8s-kubeconfig");

        assertThat(site.plan().steps()).extracting(Step::id).as("what nobody has seen working is waited for again")
                .containsExactly("gitops");
        site.datacenter.unreadyObjects.clear();
        site.apply();
        assertThat(site.plan().hasChanges()).isFalse();
    }

    @Test
    void eachWaitCanBeTurnedOff() {
        TalosCluster cluster = TalosCluster.builder()
                .from(Site.EXAMPLE)
                .waits(w -> w.cni(false).gitopsSync(false).nodesReady(false))
                .build();
        Site site = new Site(1, cluster);
        site.datacenter.unreadyObjects.put("things.example.com x/gitops_sync", "never");
        site.datacenter.unreadyObjects.put("things.example.com x/cni", "never");
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(cluster));

        assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
        assertThat(outcome.notAwaited()).extracting(HealthCondition::toString).contains(
                "CNI up (not awaited: wait.cni is false)",
                "nodes Ready (not awaited: wait.nodes_ready is false)",
                "GitOps engine has synchronized (not awaited: wait.gitops_sync is false)");
    }

    @Test
    void changedManifestsOfARunningClusterAreADifferenceAndNoChange() {
        Site site = new Site(1);
        site.apply();
        TalosCluster changed = TalosCluster.builder()
                .from(Site.EXAMPLE)
                .gitops(g -> g.from(Site.EXAMPLE.gitops().orElseThrow()).chartVersion("2.19.0"))
                .build();
        int renderings = Collections.frequency(site.points.calls(), "render charts");
        Plan plan = site.process().plan(changed);

        assertThat(plan.hasChanges()).isFalse();
        assertThat(plan.notes()).filteredOn(note -> note.kind() == Note.Kind.DIFFERENCE)
                .extracting(Note::text)
                .singleElement()
                .asString()
                .startsWith("what the spec installs at day 0 (Cilium, Flux) is not what the cluster was made with");
        assertThat(Collections.frequency(site.points.calls(), "render charts")).as("no chart is fetched for it").isEqualTo(renderings);
        assertThat(site.plan().notes()).noneMatch(note -> note.kind() == Note.Kind.DIFFERENCE);
    }

    @Test
    void aConfigurationThatAMachineWouldRefuseIsRefusedBeforeTheFirstMachine() {
        Site site = new Site(1);
        site.datacenter.manifestText = "x".repeat(5 * 1024 * 1024);
        PlanExecutor process = site.process();
        Outcome outcome = process.apply(process.plan(site.cluster));

        assertThat(step(outcome, "manifests").detail()).contains("has 5243036 bytes; a machine in maintenance mode takes");
        assertThat(site.datacenter.machines).isEmpty();
    }

    @Test
    void aClusterMadeAnewIsWaitedForAnewWithTheSameSecrets() {
        Site site = new Site(1);
        site.apply();
        site.destroy();
        assertThat(site.plan().steps()).extracting(Step::id).contains("manifests", "cni", "gitops");
        site.apply();
        assertThat(List.copyOf(new java.util.TreeSet<>(site.datacenter.rendered))).containsExactly("day-zero number 1");
    }
}
