package io.talospve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.Problem;
import io.talospve.error.SpecException;
import io.talospve.spec.GitOpsBootstrap.RevisionKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a spec says about Cilium, GitOps engines and add-ons. */
class DayZeroSpecTest {
    private static final String CILIUM = "  options: { disable_default_cni: true, disable_kube_proxy: true }\n  cilium: {}\n";

    /** The smallest spec with something more below {@code cluster}. */
    static String spec(String more) {
        return """
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
                    - size: small
                      networks:
                        dmz: { address: 192.168.62.21/24, gateway: 192.168.62.1 }
                  host_pool: [alpha]
                node_size_configuration:
                  small: { cpu: 2, memory: 4096, os_disk: 20 }
                """
                .formatted(more);
    }

    private static TalosCluster parse(String more) {
        return TalosCluster.parse(spec(more), "lab.yaml");
    }

    private static List<String> problems(String more) {
        SpecException refused = catchThrowableOfType(SpecException.class, () -> parse(more));
        assertThat(refused).as(more).isNotNull();
        return refused.problems().stream().map(Problem::toString).toList();
    }

    private static String bootstrap(String keys) {
        return CILIUM + "  gitops: { provider: flux, namespace: flux-system, bootstrap: { path: ., " + keys + " } }\n";
    }

    @Test
    void theExampleGetsCilium() {
        TalosCluster example = TalosCluster.parse(ExampleSpecTest.example(), "prod-k8s.yaml");

        assertThat(example.installsCilium()).isTrue();
        assertThat(example.hasDayZero()).isTrue();
        assertThat(parse("").hasDayZero()).isFalse();
        assertThat(parse("  options: { disable_default_cni: true }\n").installsCilium()).isFalse();
    }

    @Test
    void inconsistentPairsOfCniAndServiceProxyAreErrorsAtTheirLines() {
        assertThat(problems("  cilium: {}"))
                .containsExactly("lab.yaml:7:3: cluster.cilium: Cilium would stand beside Talos' default CNI: set"
                        + " options.disable_default_cni to true");
        assertThat(problems("  options: { disable_kube_proxy: true }"))
                .singleElement()
                .asString()
                .startsWith("lab.yaml:7:34: cluster.options.disable_kube_proxy: nothing would do its work");
        assertThat(problems("  options: { disable_default_cni: true, disable_kube_proxy: true }\n"
                        + "  helm_values_override:\n    cilium: { kubeProxyReplacement: false }"))
                .singleElement()
                .asString()
                .startsWith("lab.yaml:9:37: cluster.helm_values_override.cilium.kubeProxyReplacement: is false, and");
        assertThat(problems("  options: { disable_default_cni: true }\n"
                        + "  helm_values_override:\n    cilium: { kubeProxyReplacement: true }"))
                .singleElement()
                .asString()
                .contains("is true, and kube-proxy runs too");
        assertThat(problems("  options: { disable_default_cni: true }\n  gitops: { provider: flux, namespace: flux-system }"))
                .singleElement()
                .asString()
                .startsWith("lab.yaml:8:3: cluster.gitops: nothing installs a CNI");
    }

    @Test
    void valuesOfWhatIsNotInstalledAreErrors() {
        assertThat(problems("  helm_values_override: { flux: { a: 1 }, cillium: {} }"))
                .hasSize(2)
                .allSatisfy(text -> assertThat(text).contains("is installed; values are for cilium"));
        assertThat(problems(CILIUM + "  helm_values_override: { cillium: {} }"))
                .singleElement()
                .asString()
                .contains("installed are cilium (did you mean \"cilium\"?)");
        assertThat(problems("  options: { disable_default_cni: true }\n  cilium: { enabled: false }\n"
                        + "  helm_values_override: { cilium: {} }"))
                .singleElement()
                .asString()
                .contains("cluster.cilium.enabled is false");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    main                                              | BRANCH
                    feature/x                                         | BRANCH
                    refs/heads/main                                   | BRANCH
                    refs/tags/v1.2.3                                  | TAG
                    0123456789abcdef0123456789abcdef01234567          | COMMIT
                    0123456789ABCDEF0123456789ABCDEF01234567          | BRANCH
                    """)
    void theFormOfARevisionTellsItsKind(String revision, RevisionKind kind) {
        TalosCluster cluster = parse(bootstrap("repo_url: \"https://example.com/x/y\", revision: \"" + revision + "\""));

        assertThat(cluster.gitops().orElseThrow().bootstrap().orElseThrow().kind()).isEqualTo(kind);
    }

    @Test
    void anOciArtifactHasTagsAndDigests() {
        assertThat(parse(bootstrap("repo_url: \"oci://ghcr.io/x/y\", revision: latest"))
                        .gitops().orElseThrow().bootstrap().orElseThrow().kind())
                .isEqualTo(RevisionKind.TAG);
        assertThat(problems(bootstrap("repo_url: \"oci://ghcr.io/x/y\", revision: main, revision_kind: branch")))
                .singleElement()
                .asString()
                .contains("revision_kind: of an OCI artifact is tag, digest or semver");
        assertThat(problems(bootstrap("repo_url: \"https://x.example.com/x/y\", revision: \"sha256:00\", revision_kind: digest")))
                .singleElement()
                .asString()
                .contains("in Git is branch, tag, commit or semver");
        assertThat(problems(bootstrap("repo_url: \"oci://ghcr.io/x/y\", revision: \"sha256:00\"")))
                .singleElement()
                .asString()
                .contains("is not a digest");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ftp://example.com/x                | ''                                                   | is not a URL of a repository
                    https://example.com/x              | interval: 5 minutes                                  | is not a duration
                    https://example.com/x              | interval: 0s                                         | is not a duration
                    https://example.com/x              | destination_namespace: Home_Lab                      | is not a name of a Kubernetes namespace
                    https://example.com/x              | project: x                                           | is for argocd only
                    https://example.com/x              | sync_policy: manual                                  | is for argocd only
                    https://example.com/x              | revision_kind: commit                                | is not a commit
                    https://example.com/x              | revision_kind: semver                                | is not a range
                    https://example.com/x              | credentials: { username: a }                         | stands beside a token
                    http://example.com/x               | credentials: { token: { secret: "v:t" } }            | in clear text
                    https://example.com/x              | credentials: { ssh_key: { secret: "v:t" }, known_hosts: x } | is for ssh
                    ssh://git@example.com/x            | credentials: { ssh_key: { secret: "v:t" } }          | no known_hosts
                    ssh://git@example.com/x            | ''                                                   | ssh needs a key
                    ssh://git@example.com/x            | credentials: { token: { secret: "v:t" } }            | ssh takes ssh_key
                    https://example.com/x              | credentials: { token: hunter2hunter2 }               | looks like a secret
                    https://me:hunter2@example.com/x   | ''                                                   | looks like a secret
                    https://example.com/x              | credentials: { token: { secret: "v:t" }, github_app: { id: 1, installation_id: 2, private_key: { secret: "v:k" } } } | more than one of
                    https://example.com/x              | path: ../x                                           | path inside the repository
                    """)
    void wrongRepositoriesAreErrors(String url, String more, String message) {
        String keys = "repo_url: \"" + url + "\", revision: main" + (more.isEmpty() ? "" : ", " + more);
        String text = bootstrap(keys);
        if (more.startsWith("path")) {
            text = text.replace("path: ., ", "");
        }
        assertThat(problems(text)).anySatisfy(problem -> assertThat(problem)
                .startsWith("lab.yaml:9:")
                .contains(message)
                .doesNotContain("hunter2"));
    }

    @Test
    void addonsAreChartsOrManifestsAndNeverBoth() {
        assertThat(problems(
                        """
                          helm_mirror: harbor.example.com/charts
                          helm_credentials: { "https://x": { username: a, password: { secret: "v:k" } } }
                          addons:
                            - { name: Bad_Name, chart: x, repository: "ftp://x.example.com/", version: latest }
                            - { name: a, chart: x, version: 1.0.0, manifest: "{apiVersion: v1, kind: X}" }
                            - { name: a, manifest: "{apiVersion: v1, kind: X}", values: { a: 1 } }
                            - { name: c }
                            - { name: d, manifest: "a: b" }
                            - { name: e, chart: x, repository: "oci://x.example.com/y" }
                            - { name: f, chart: x, repository: "oci://x.example.com/y", version: 1.0.0, chart_sha256: abc }
                        """))
                .extracting(text -> text.replaceFirst("lab.yaml:(\\d+):\\d+: cluster\\.", "$1 "))
                .containsExactly(
                        "7 helm_mirror: needs a scheme: write it as https://harbor.example.com/charts",
                        "8 helm_credentials.https://x: \"https://x\" is not a host, with a port if it needs one, without scheme",
                        "10 addons[0].name: \"Bad_Name\" is not a name: lower-case letters, digits and hyphens",
                        "10 addons[0].repository: the scheme must be https or http",
                        "10 addons[0].version: \"latest\" is not an exact chart version, such as 3.13.0",
                        "11 addons[1]: gives more than one of chart, manifest, file",
                        "12 addons[2].name: \"a\" is there twice",
                        "12 addons[2].values: is for charts, and this add-on is given as manifests",
                        "13 addons[3]: says nothing: give chart, manifest or file",
                        "14 addons[4].manifest: is not a Kubernetes object: it needs apiVersion and kind",
                        "15 addons[5]: has no version: a chart without one would be another one tomorrow",
                        "16 addons[6].chart_sha256: is not a SHA-256: 64 hexadecimal digits in lower case");
    }

    @Test
    void aSpecReadsManifestsBelowItsFolderAndNothingElse(@TempDir Path folder) throws IOException {
        Path inside = Files.createDirectories(folder.resolve("cluster/manifests"));
        Files.writeString(folder.resolve("outside.yaml"), "apiVersion: v1\nkind: Namespace\nmetadata: { name: no }\n");
        Files.writeString(inside.resolve("ci.yaml"), "apiVersion: v1\nkind: Namespace\nmetadata: { name: ci }\n");
        Files.createSymbolicLink(inside.resolve("link.yaml"), folder.resolve("outside.yaml"));
        Path file = folder.resolve("cluster/lab.yaml");
        String addon = "  addons:\n    - { name: ci, file: %s }\n";

        Files.writeString(file, spec(addon.formatted("manifests/ci.yaml")));
        TalosCluster cluster = TalosCluster.load(file);
        assertThat(cluster.addons().get(0).manifest()).contains("apiVersion: v1\nkind: Namespace\nmetadata: { name: ci }\n");
        assertThat(TalosCluster.parse(cluster.toYaml(), "again.yaml")).isEqualTo(cluster);

        for (String outside : List.of("../outside.yaml", "manifests/link.yaml", folder.resolve("outside.yaml").toString())) {
            Files.writeString(file, spec(addon.formatted(outside)));
            SpecException refused = catchThrowableOfType(SpecException.class, () -> TalosCluster.load(file));
            assertThat(refused.problems()).singleElement().asString()
                    .startsWith("lab.yaml:8:25: cluster.addons[0].file: ")
                    .endsWith("is not below the spec's folder");
        }
        Files.writeString(file, spec(addon.formatted("manifests/none.yaml")));
        assertThat(catchThrowableOfType(SpecException.class, () -> TalosCluster.load(file)).getMessage())
                .contains("there is no file manifests/none.yaml");
        assertThat(problems(addon.formatted("manifests/ci.yaml"))).singleElement().asString().contains("load it from its file");
    }

    @Test
    void valuesOfChartsHoldReferencesToSecretsAndOtherTreesDoNot() {
        TalosCluster cluster = parse(
                """
                  addons:
                    - name: csi
                      chart: proxmox-csi-plugin
                      repository: oci://ghcr.io/sergelogvinov/charts
                      version: 0.5.0
                      values:
                        config: { clusters: [{ token_secret: { secret: "vault:csi" } }] }
                        removed: null
                """);

        Map<String, Object> values = cluster.addons().get(0).values().orElseThrow();
        assertThat(values).containsEntry("removed", null);
        assertThat(values.get("config"))
                .isEqualTo(Map.of("clusters", List.of(Map.of(
                        "token_secret", SecretValue.of(new SecretReference("vault", "csi"))))));
        assertThat(TalosCluster.parse(cluster.toYaml(), "again.yaml")).isEqualTo(cluster);
        assertThat(problems("  kubernetes: { audit_policy: { x: { secret: \"vault:hunter2\" } } }"))
                .anyMatch(text -> text.contains("a secret reference is not resolved here"))
                .noneMatch(text -> text.contains("hunter2"));
    }
}
