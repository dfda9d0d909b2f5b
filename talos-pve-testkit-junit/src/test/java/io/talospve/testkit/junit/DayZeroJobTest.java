package io.talospve.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.TalosPve;
import io.talospve.apply.Outcome;
import io.talospve.apply.StepResult;
import io.talospve.event.StepState;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.testkit.SimulatedDatacenter;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What is installed at day 0, over real sockets and with a real Helm, in virtual time. */
class DayZeroJobTest {
    private static final Map<String, String> APPLICATIONS = Map.of(
            "clusters/lab/settings.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n  namespace: apps\ndata:\n  stage: lab\n");

    private static TalosCluster lab(String more) {
        return TalosCluster.parse(
                """
                cluster:
                  name: lab
                  datastore: { id: nas, node: alpha }
                  talos: { version: v1.12.4 }
                  kubernetes_version: v1.35.0
                  nameservers: [192.168.62.1]
                  options: { disable_default_cni: true, disable_kube_proxy: true }
                  cilium: {}
                %s
                host_pool:
                  alpha: { datastore_id: local-lvm }
                control_plane_nodes:
                  nodes:
                    - { size: small, networks: { dmz: { address: 192.168.62.21/24, gateway: 192.168.62.1 } } }
                  host_pool: [alpha]
                node_size_configuration:
                  small: { cpu: 2, memory: 4096, os_disk: 20 }
                """
                        .formatted(more),
                "lab.yaml");
    }

    private static StepResult step(Outcome outcome, String id) {
        return outcome.steps().stream().filter(step -> step.id().equals(id)).findFirst().orElseThrow();
    }

    @Test
    void aWrongPathEndsInTheEnginesOwnWordsAndTheNextApplyWaitsForItAgain() throws IOException {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of("lab"))) {
            datacenter.pushRepository(
                    "https://github.com/your-org/applications.git", "main", Map.of("elsewhere/x.yaml", "kind: List\n"));
            TalosCluster cluster = MainJobTest.example();
            Plan plan = pve.plan(cluster);
            assertThat(plan.render().text())
                    .contains("      01-cilium: ")
                    .contains("chart cilium 1.19.3 from https://helm.cilium.io")
                    .contains("chart flux2 2.18.2 from https://fluxcd-community.github.io/helm-charts");
            Outcome outcome = pve.apply(plan);
            assertThat(outcome.failures()).extracting(StepResult::id).containsExactly("gitops");
            assertThat(step(outcome, "cni").state()).isEqualTo(StepState.DONE);
            assertThat(outcome.render().text())
                    .contains("GitOps engine has synchronized")
                    .contains("kustomizations.kustomize.toolkit.fluxcd.io flux-system/flux-system is not ready")
                    .contains("src/k8s/prod");
            assertThat(outcome.issuedCredentials()).isPresent();

            MainJobTest.pushApplications(datacenter);
            Plan again = pve.plan(cluster);
            assertThat(again.steps()).extracting(Step::id).containsExactly("gitops");
            Outcome second = pve.apply(again);
            assertThat(second.succeeded()).as("%s", second.render()).isTrue();
            assertThat(pve.plan(cluster).hasChanges()).isFalse();
        }
    }

    @Test
    void argoCdFollowsAPrivateRepositoryWithATokenFromASecretStore() {
        String url = "https://git.example.com/infra/apps.git";
        Secret<String> token = Secret.of("s3cr3t-Token-of-the-repository");
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                TalosPve pve = DatacenterConnection.open(
                        datacenter,
                        StoredSecrets.of("lab"),
                        c -> c.secretSource("vault", key -> Optional.of(token).filter(it -> key.equals("git/token")), "git/"))) {
            datacenter.pushRepository(url, "main", APPLICATIONS);
            datacenter.protectRepository(url, token);
            TalosCluster cluster = lab(
                    """
                      gitops:
                        provider: argocd
                        namespace: argocd
                        bootstrap:
                          repo_url: %s
                          revision: main
                          path: clusters/lab
                          destination_namespace: apps
                          credentials: { username: bot, token: { secret: "vault:git/token" } }
                    """
                            .formatted(url));
            Outcome outcome = pve.apply(pve.plan(cluster));
            assertThat(outcome.succeeded()).as("%s", outcome.render()).isTrue();
            assertThat(step(outcome, "gitops").state()).isEqualTo(StepState.DONE);
            assertThat(pve.plan(cluster).hasChanges()).isFalse();
        }
    }

    @Test
    void aCniWhoseImagesCannotBePulledSaysSoAndTheCredentialsAreThereToLook() {
        try (SimulatedDatacenter datacenter = SimulatedDatacenter.start();
                TalosPve pve = DatacenterConnection.open(datacenter, StoredSecrets.of("lab"))) {
            datacenter.breakImages("quay.io/cilium/");
            TalosCluster cluster = lab("  wait: { minutes: 5 }\n");
            Outcome outcome = pve.apply(pve.plan(cluster));

            assertThat(outcome.failures()).extracting(StepResult::id).containsExactly("cni");
            assertThat(outcome.render().text()).contains("CNI up").containsIgnoringCase("pull");
            assertThat(outcome.issuedCredentials()).isPresent();
            datacenter.healImages("quay.io/cilium/");
            Outcome second = pve.apply(pve.plan(cluster));
            assertThat(second.succeeded()).as("%s", second.render()).isTrue();
        }
    }
}
