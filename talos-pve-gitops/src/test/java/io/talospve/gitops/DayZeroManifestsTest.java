package io.talospve.gitops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.InlineManifest;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.ManifestPreview;
import io.talospve.spi.ManifestSource.Condition;
import io.talospve.spi.ManifestSource.Request;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class DayZeroManifestsTest {
    private static final String PEM = "-----BEGIN CERTIFICATE-----\nQUFB%d\n-----END CERTIFICATE-----\n"
            + "-----BEGIN EC PRIVATE KEY-----\nS0tL%d\n-----END EC PRIVATE KEY-----\n";
    private static final String CNI = "  options: { disable_default_cni: true, disable_kube_proxy: true }\n  cilium: {}\n";

    private final PreRendered charts = new PreRendered();
    private final DayZeroManifests source = DayZeroManifests.builder().renderer(charts).build();

    private static TalosCluster example() {
        try (InputStream in = DayZeroManifestsTest.class.getResourceAsStream("/prod-k8s.yaml")) {
            return TalosCluster.parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), "prod-k8s.yaml");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static TalosCluster spec(String more) {
        return TalosCluster.parse(
                """
                cluster:
                  name: lab
                  datastore: { id: nas, node: alpha }
                  talos: { version: v1.12.4 }
                  kubernetes_version: v1.35.0
                  nameservers: [192.168.62.1]
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

    private static TalosCluster gitops(String provider, String bootstrap) {
        return spec(CNI + "  gitops: { provider: " + provider + ", namespace: gitops, bootstrap: { " + bootstrap + " } }\n");
    }

    /** Every secret of a spec has its own name, in capitals, as its value. */
    private Request request(TalosCluster cluster) {
        Map<String, Secret<String>> kept = new HashMap<>();
        for (KeptSecret secret : source.keptSecrets(cluster)) {
            kept.put(secret.name(), Secret.of(
                    secret instanceof KeptSecret.Certificates
                            ? PEM.formatted(1, 1) + PEM.formatted(2, 2) + PEM.formatted(3, 3)
                            : "REDISPASSWORD"));
        }
        Map<SecretReference, Secret<String>> secrets = cluster.secretReferences().values().stream()
                .distinct()
                .collect(Collectors.toMap(reference -> reference, reference -> Secret.of("VALUE-OF-" + reference.key())));
        return new Request(cluster, 1, secrets, kept);
    }

    private Map<String, String> render(TalosCluster cluster) {
        return source.render(request(cluster)).stream()
                .collect(Collectors.toMap(InlineManifest::name, manifest -> manifest.contents().reveal()));
    }

    private static String base64(String text) {
        return java.util.Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void theExampleGetsNamespacesCiliumFluxAndWhatItFollowsInTalosOrder() {
        List<InlineManifest> manifests = source.render(request(example()));

        assertThat(manifests)
                .extracting(InlineManifest::name)
                .containsExactly("00-namespaces", "01-cilium", "50-flux", "90-flux-sync")
                .isSorted();
        assertThat(manifests.get(0).contents().reveal())
                .contains("name: flux-system")
                .contains("name: homelab")
                .endsWith("\n");
        assertThat(manifests.get(2).contents().reveal())
                .as("flux2 names no namespace")
                .contains("namespace: flux-system");
        assertThat(manifests.get(3).contents().reveal())
                .isEqualTo(
                        """
                        apiVersion: source.toolkit.fluxcd.io/v1
                        kind: GitRepository
                        metadata:
                          name: flux-system
                          namespace: flux-system
                        spec:
                          interval: 5m
                          ref:
                            branch: main
                          url: https://github.com/your-org/applications.git
                        ---
                        apiVersion: kustomize.toolkit.fluxcd.io/v1
                        kind: Kustomization
                        metadata:
                          name: flux-system
                          namespace: flux-system
                        spec:
                          interval: 5m
                          path: ./src/k8s/prod
                          prune: true
                          retryInterval: 1m
                          sourceRef:
                            kind: GitRepository
                            name: flux-system
                          targetNamespace: homelab
                        """);
        assertThat(charts.requests).extracting(request -> request.chart().title())
                .containsExactly(
                        "chart cilium 1.19.3 from https://helm.cilium.io",
                        "chart flux2 2.18.2 from https://fluxcd-community.github.io/helm-charts");
        assertThat(source.render(request(example()))).isEqualTo(manifests);
    }

    @Test
    void aSpecWithoutAnythingOfItAsksForNoChart() {
        assertThat(source.render(request(spec("")))).isEmpty();
        assertThat(source.preview(request(spec(""))).parts()).isEmpty();
        assertThat(source.fingerprint(spec(""), 1)).isEmpty();
        assertThat(source.keptSecrets(spec(""))).isEmpty();
        assertThat(charts.requests).isEmpty();
    }

    @Test
    void ciliumHasTheValuesThatTalosNeedsWithTheUsersOverThem() {
        render(spec(
                """
                  options: { disable_default_cni: true, disable_kube_proxy: true }
                  helm_values_override:
                    cilium:
                      operator: { replicas: 1 }
                      cluster: { name: prod.eu }
                      cgroup: { hostRoot: null }
                      hubble: { relay: { enabled: true } }
                """));

        assertThat(charts.values("cilium"))
                .contains("\"ipam\":{\"mode\":\"kubernetes\"}")
                .contains("\"kubeProxyReplacement\":true")
                .contains("\"k8sServiceHost\":\"localhost\",\"k8sServicePort\":7445")
                .contains("\"cgroup\":{\"autoMount\":{\"enabled\":false},\"hostRoot\":null}")
                .contains("\"operator\":{\"replicas\":1}")
                .doesNotContain("SYS_MODULE")
                .contains("\"auto\":{\"enabled\":false}")
                .contains("\"ca\":{\"cert\":\"" + base64(PEM.formatted(1, 1).split("(?<=-----\n)(?=-----BEGIN)")[0]))
                .contains("\"client\":{\"cert\":\"" + base64(PEM.formatted(3, 3).split("(?<=-----\n)(?=-----BEGIN)")[0]));
        assertThat(source.keptSecrets(spec(CNI)))
                .containsExactly(new KeptSecret.Certificates(
                        "hubble-default", "*.default.hubble-grpc.cilium.io", "*.hubble-relay.cilium.io"));
        assertThat(source.keptSecrets(spec(
                        "  options: { disable_default_cni: true }\n  helm_values_override: { cilium: { cluster: { name: prod.eu } } }")))
                .containsExactly(new KeptSecret.Certificates(
                        "hubble-prod-eu", "*.prod-eu.hubble-grpc.cilium.io", "*.hubble-relay.cilium.io"));
        assertThat(source.keptSecrets(spec(
                        "  options: { disable_default_cni: true }\n  helm_values_override: { cilium: { hubble: { enabled: false } } }")))
                .isEmpty();
        render(spec("  options: { disable_default_cni: true }\n  cilium: {}"));
        assertThat(charts.values("cilium")).contains("\"kubeProxyReplacement\":false");
    }

    @Test
    void chartVersionsFitTheKubernetesVersion() {
        TalosCluster old = TalosCluster.builder()
                .from(spec(CNI))
                .talos(t -> t.version("v1.11.0"))
                .kubernetesVersion("v1.31.0")
                .build();
        render(old);
        assertThat(charts.requests).singleElement().satisfies(request -> {
            assertThat(request.chart().title()).startsWith("chart cilium 1.18.");
            assertThat(request.kubernetesVersion()).isEqualTo("v1.31.0");
        });
        assertThatThrownBy(() -> source.render(new Request(spec(CNI), 2, Map.of(), request(spec(CNI)).kept())))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("epoch 2");
    }

    @Test
    void fluxOpensPrivateRepositoriesInEachWay() {
        assertThat(render(gitops(
                                "flux",
                                "repo_url: \"https://git.example.com/x/y\", revision: refs/tags/v1, path: ., interval: 1m, prune: false,"
                                        + " decryption_key: { secret: \"v:age\" }, credentials: { username: bot, token: { secret: \"v:token\" } }"))
                        .get("90-flux-sync"))
                .contains("username: " + base64("bot"))
                .contains("password: " + base64("VALUE-OF-token"))
                .contains("age.agekey: " + base64("VALUE-OF-age"))
                .contains("secretRef:\n    name: flux-system\n")
                .contains("decryption:\n    provider: sops\n    secretRef:\n      name: sops-age\n")
                .contains("tag: v1\n")
                .contains("interval: 1m\n  path: ./\n  prune: false\n")
                .doesNotContain("VALUE-OF");
        assertThat(render(gitops(
                                "flux",
                                "repo_url: \"git@git.example.com:x/y.git\", revision: main, path: a/b,"
                                        + " credentials: { ssh_key: { secret: \"v:key\" }, known_hosts: \"git.example.com ssh-ed25519 AAAA\" }"))
                        .get("90-flux-sync"))
                .contains("url: ssh://git@git.example.com/x/y.git\n")
                .contains("identity: " + base64("VALUE-OF-key"))
                .contains("known_hosts: " + base64("git.example.com ssh-ed25519 AAAA"));
        assertThat(render(gitops(
                                "flux",
                                "repo_url: \"https://github.com/x/y\", revision: \">=1.0.0\", revision_kind: semver, path: a,"
                                        + " credentials: { github_app: { id: 7, installation_id: 8, private_key: { secret: \"v:app\" } } }"))
                        .get("90-flux-sync"))
                .contains("provider: github\n")
                .contains("semver: '>=1.0.0'")
                .contains("githubAppPrivateKey: " + base64("VALUE-OF-app"));
        assertThat(render(gitops(
                                "flux",
                                "repo_url: \"oci://ghcr.io/x/y\", revision: latest, path: a, credentials: { token: { secret: \"v:t\" } }"))
                        .get("90-flux-sync"))
                .contains("kind: OCIRepository\n")
                .contains("type: kubernetes.io/dockerconfigjson\n")
                .contains("ref:\n    tag: latest\n")
                .contains("sourceRef:\n    kind: OCIRepository\n");
    }

    @Test
    void argoCdGetsItsRedisSecretItsRepositoryAndItsProject() {
        Map<String, String> manifests = render(gitops(
                "argocd",
                "repo_url: \"https://git.example.com/x/y\", revision: refs/tags/v1, path: a, destination_namespace: apps,"
                        + " project: platform, credentials: { token: { secret: \"v:token\" } }"));

        assertThat(manifests).containsOnlyKeys("00-namespaces", "01-cilium", "50-argocd", "90-argocd-sync");
        assertThat(manifests.get("50-argocd"))
                .contains("name: argocd-redis\n  namespace: gitops\n")
                .contains("auth: " + base64("REDISPASSWORD"));
        assertThat(charts.values("argo-cd")).contains("\"redisSecretInit\":{\"enabled\":false}");
        assertThat(manifests.get("90-argocd-sync"))
                .contains("argocd.argoproj.io/secret-type: repository")
                .contains("password: " + base64("VALUE-OF-token"))
                .contains("kind: AppProject\n")
                .contains("project: platform\n")
                .contains("targetRevision: v1\n")
                .contains("namespace: apps\n")
                .contains("automated:\n      prune: true\n      selfHeal: true\n")
                .contains("- CreateNamespace=true\n");
        assertThat(render(gitops("argocd", "repo_url: \"https://x.example.com/y\", revision: main, path: a, sync_policy: manual"))
                        .get("90-argocd-sync"))
                .doesNotContain("automated")
                .doesNotContain("kind: AppProject");
    }

    @Test
    void addonsComeInTheirOrderFromTheMirrorWithTheirNamespaces() {
        Map<String, String> manifests = render(spec(
                """
                  helm_mirror: oci://harbor.example.com:5000/charts
                  helm_credentials: { "harbor.example.com:5000": { username: robot, password: { secret: "v:harbor" } } }
                  addons:
                    - name: csi
                      chart: proxmox-csi-plugin
                      repository: oci://ghcr.io/sergelogvinov/charts
                      version: 0.5.0
                      chart_sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
                      namespace: csi-proxmox
                      namespace_labels: { pod-security.kubernetes.io/enforce: privileged }
                      values: { token: { secret: "v:csi" }, gone: null }
                    - name: raw
                      namespace: ci
                      manifest: "{apiVersion: v1, kind: ConfigMap, metadata: {name: x}}"
                """));

        assertThat(manifests).containsOnlyKeys("00-namespaces", "10-csi", "11-raw");
        assertThat(manifests.get("00-namespaces"))
                .contains("name: ci\n")
                .contains("labels:\n    pod-security.kubernetes.io/enforce: privileged\n  name: csi-proxmox\n");
        assertThat(manifests.get("11-raw")).contains("namespace: \"ci\"");
        ChartReference.Repository chart = (ChartReference.Repository) charts.requests.get(0).chart();
        assertThat(chart.repository()).hasToString("oci://harbor.example.com:5000/charts");
        assertThat(chart.sha256()).isPresent();
        assertThat(chart.credentials().orElseThrow().password()).isEqualTo(Secret.of("VALUE-OF-harbor"));
        assertThat(charts.values("proxmox-csi-plugin")).isEqualTo("{\"gone\":null,\"token\":\"VALUE-OF-csi\"}\n");
    }

    @Test
    void aPreviewTellsEverythingButSecrets() {
        TalosCluster cluster = gitops(
                "argocd", "repo_url: \"https://x.example.com/y\", revision: main, path: a, credentials: { token: { secret: \"v:t\" } }");
        ManifestPreview preview = source.preview(request(cluster));

        assertThat(preview.parts()).extracting(ManifestPreview.Part::name)
                .containsExactly("00-namespaces", "01-cilium", "50-argocd", "90-argocd-sync");
        assertThat(preview.parts().get(1).kinds()).isEqualTo(Map.of("DaemonSet", 1, "Namespace", 1));
        assertThat(preview.parts().get(1).toString())
                .matches("01-cilium: 2 objects, \\d+ bytes, chart cilium 1.19.3 from https://helm.cilium.io \\(sha256 [0-9a-f]{12}\\)");
        Request other = new Request(
                cluster, 1, Map.of(new SecretReference("v", "t"), Secret.of("ANOTHER")), Map.of());
        assertThat(source.preview(other)).isEqualTo(preview);
        assertThat(source.fingerprint(cluster, 1)).isEqualTo(source.fingerprint(cluster, 1)).hasSize(64);
    }

    @Test
    void aFingerprintChangesWithTheSpecAndNotWithDefaults() {
        String before = source.fingerprint(example(), 1);
        TalosCluster otherPath = TalosCluster.builder()
                .from(example())
                .gitops(g -> g.from(example().gitops().orElseThrow())
                        .bootstrap(b -> b.from(example().gitops().orElseThrow().bootstrap().orElseThrow()).path("other")))
                .build();
        assertThat(source.fingerprint(otherPath, 1)).isNotEqualTo(before);
        TalosCluster newer = TalosCluster.builder().from(example()).kubernetesVersion("v1.31.0").build();
        assertThat(source.fingerprint(newer, 1)).as("only the default chart version differs").isEqualTo(before);
        assertThat(source.fingerprint(TalosCluster.builder().from(example()).cilium(c -> c.chartVersion("1.19.4")).build(), 1))
                .isNotEqualTo(before);
        assertThat(charts.requests).isEmpty();
    }

    @Test
    void largeManifestsAreSplitInOrderAndDescriptionsGoBeforeAnythingIsRefused() {
        charts.charts.put("flux2", crds(4, 100_000, 0));
        List<InlineManifest> split = source.render(request(example()));
        assertThat(split).extracting(InlineManifest::name).isSorted().contains("50-flux-01", "50-flux-02");
        assertThat(split).allSatisfy(manifest ->
                assertThat(manifest.contents().reveal().length()).isLessThan(300 * 1024));

        charts.charts.put("flux2", crds(4, 50_000, 1_000_000));
        ManifestPreview small = source.preview(request(example()));
        assertThat(small.notes()).anyMatch(note -> note.contains("descriptions in CustomResourceDefinitions are left out"));
        assertThat(small.parts().stream().mapToInt(ManifestPreview.Part::bytes).sum()).isBetween(200_000, 500_000);

        charts.charts.put("flux2", crds(4, 1_000_000, 1_000));
        assertThatThrownBy(() -> source.preview(request(example())))
                .isInstanceOf(RefusedException.class)
                .hasMessageMatching("(?s).*would take 4\\d{6} bytes.*a machine takes 4194304.*50-flux 4\\d{6}.*");
    }

    private static String crds(int count, int payload, int description) {
        StringBuilder text = new StringBuilder();
        for (int i = 10; i < 10 + count; i++) {
            text.append("---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: k")
                    .append(i)
                    .append(".example.com\n  annotations:\n    x: |\n")
                    .append(lines(payload, "      "))
                    .append("spec:\n  group: example.com\n  scope: Namespaced\n  names: { kind: K")
                    .append(i)
                    .append(" }\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        type: object\n");
            if (description > 0) {
                text.append("        description: |\n").append(lines(description, "          "));
            }
        }
        return text.toString();
    }

    private static String lines(int bytes, String indent) {
        return (indent + "x".repeat(80) + "\n").repeat(bytes / 81);
    }

    @Test
    void aNameThatTheSpecHasTakenIsRefused() {
        TalosCluster cluster = spec(CNI
                + "  kubernetes: { inline_manifests: { 01-cilium: \"{apiVersion: v1, kind: Namespace, metadata: {name: x}}\" } }\n");
        assertThatThrownBy(() -> source.preview(request(cluster)))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("inline_manifests has 01-cilium");
    }

    @Test
    void conditionsNameTheObjectsThatTheyAreAbout() {
        assertThat(source.checks(example(), Condition.CNI)).extracting(check -> check.object().toString())
                .containsExactly("deployments.apps kube-system/cilium-operator", "daemonsets.apps kube-system/cilium");
        assertThat(source.checks(example(), Condition.GITOPS_SYNC)).extracting(check -> check.object().toString())
                .containsExactly(
                        "gitrepositories.source.toolkit.fluxcd.io flux-system/flux-system",
                        "kustomizations.kustomize.toolkit.fluxcd.io flux-system/flux-system");
        assertThat(source.checks(spec(""), Condition.CNI)).isEmpty();
        assertThat(source.checks(
                        gitops("argocd", "repo_url: \"https://x.example.com/y\", revision: main, path: a, sync_policy: manual"),
                        Condition.GITOPS_SYNC))
                .isEmpty();
    }

    @Test
    void nothingThatAPersonSeesHoldsASecret() {
        TalosCluster cluster = gitops(
                "flux", "repo_url: \"https://x.example.com/y\", revision: main, path: a, credentials: { token: { secret: \"v:t\" } }");
        Request request = request(cluster);
        assertThat(List.of(request.toString(), source.render(request).toString(), source.preview(request).toString()))
                .noneMatch(text -> text.contains("VALUE-OF") || text.contains(base64("VALUE-OF-t")));
        assertThat(Set.of(request.kept().keySet())).isNotEmpty();
    }
}
