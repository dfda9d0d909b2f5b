package io.talospve.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.gitops.ChartReference;
import io.talospve.gitops.ChartRenderer;
import io.talospve.gitops.ChartRequest;
import io.talospve.gitops.Documents;
import io.talospve.gitops.PostProcessing;
import io.talospve.gitops.chart.ChartFetcher;
import io.talospve.spec.Secret;
import io.talospve.testkit.SimulatedDatacenter;
import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.kube.KubeCluster;
import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.Resources.Options;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.kube.control.Registration;
import io.talospve.testkit.internal.kube.outside.Outside;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The simulated datacenter's own charts, rendered by helm, bring a simulated cluster up; with a chart's defaults they do not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SimulatedChartsTest {
    private static final String TALOS = """
            ipam: {mode: kubernetes}
            kubeProxyReplacement: true
            k8sServiceHost: localhost
            k8sServicePort: 7445
            cgroup: {autoMount: {enabled: false}, hostRoot: /sys/fs/cgroup}
            securityContext: {capabilities: {ciliumAgent: [NET_ADMIN, SYS_ADMIN], cleanCiliumState: [NET_ADMIN]}}
            tls: {ca: {cert: YQ==, key: YQ==}}
            hubble: {tls: {auto: {enabled: false}, server: {cert: YQ==, key: YQ==}}}
            """;

    private final SimulatedDatacenter datacenter = SimulatedDatacenter.start();
    private final ChartFetcher fetcher =
            ChartFetcher.builder().caCertificates(datacenter.chartRepositoryCa()).build();
    private ChartRenderer renderer;

    @BeforeAll
    void start() {
        renderer = HelmJavaRenderer.builder().fetcher(fetcher).build();
    }

    @AfterAll
    void stop() {
        renderer.close();
        fetcher.close();
        datacenter.close();
    }

    private String render(URI repository, String chart, String version, String release, String namespace, String values) {
        return Documents.join(PostProcessing.of(chart, namespace)
                        .apply(renderer.render(new ChartRequest(
                                new ChartReference.Repository(repository, chart, version, Optional.empty(), Optional.empty()),
                                release,
                                namespace,
                                Secret.of(values),
                                "v1.35.0",
                                List.of())))
                        .documents())
                .reveal();
    }

    /** A cluster without kube-proxy, on which KubePrism answers. */
    private static final class Cluster {
        private final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T12:00:00Z"));
        private final Outside outside = new Outside();
        private final KubeCluster kube = new KubeCluster(clock, new Latency(1), outside, 1);

        Cluster() {
            kube.served(true);
            for (String node : List.of("cp-1", "worker-1", "worker-2")) {
                kube.register(
                        new Registration(
                                node, "m", "u", List.of("10.0.0.1"), node.startsWith("cp"), false, Map.of(), Map.of(),
                                "v1.35.0", "Talos (v1.12.4)", 4, 8192),
                        (host, port) -> host.equals("localhost") && port == 7445);
            }
        }

        void apply(String yaml) {
            for (Map<String, Object> object : io.talospve.testkit.internal.kube.api.Documents.objects(yaml)) {
                kube.resources()
                        .patch(
                                kube.resources().placeOf(object).orElseThrow(() -> new AssertionError(object.toString())),
                                Resources.Patch.APPLY,
                                object,
                                new Options("test", false, true, true));
                clock.advance(Duration.ofMillis(200));
            }
        }

        void pass(int seconds) {
            for (int i = 0; i < seconds; i++) {
                clock.advance(Duration.ofSeconds(1));
            }
        }

        Map<String, Object> one(String resource, String name) {
            return kube.objects(resource).stream()
                    .filter(o -> Tree.name(o).equals(name))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + resource + " " + name));
        }

        String pods() {
            StringBuilder out = new StringBuilder();
            kube.objects("pods").forEach(pod -> out.append(Tree.name(pod))
                    .append(Tree.list(pod, "status.containerStatuses"))
                    .append(Tree.list(pod, "status.initContainerStatuses"))
                    .append('\n'));
            return out.toString();
        }
    }

    @Test
    void ciliumRunsWithTheValuesOfTalosOnly() {
        Cluster good = new Cluster();
        good.apply(render(datacenter.chartRepository(), "cilium", "1.19.3", "cilium", "kube-system", TALOS));
        good.pass(20);
        assertThat(good.kube.ready("cp-1") && good.kube.ready("worker-2")).as(good.pods()).isTrue();
        assertThat(Tree.number(good.one("deployments.apps", "cilium-operator"), "status.availableReplicas", 0)).isEqualTo(2);

        Cluster loads = new Cluster();
        loads.apply(render(
                datacenter.chartRepository(),
                "cilium",
                "1.19.3",
                "cilium",
                "kube-system",
                TALOS.replaceFirst("securityContext: .*\n", "")));
        loads.pass(20);
        assertThat(loads.kube.ready("cp-1")).isFalse();
        assertThat(loads.pods()).contains("unable to apply caps");

        Cluster elsewhere = new Cluster();
        elsewhere.apply(render(
                datacenter.chartRepository(),
                "cilium",
                "1.19.3",
                "cilium",
                "kube-system",
                TALOS.replace("k8sServicePort: 7445", "k8sServicePort: 6443")));
        elsewhere.pass(20);
        assertThat(elsewhere.kube.ready("cp-1")).isFalse();
        assertThat(elsewhere.pods()).contains("CrashLoopBackOff").contains("localhost:6443: connect: connection refused");

        assertThatThrownBy(() -> render(
                        datacenter.chartRepository(),
                        "cilium",
                        "1.19.3",
                        "cilium",
                        "kube-system",
                        TALOS.replace(", server: {cert: YQ==, key: YQ==}", "")))
                .hasMessageContaining("missing hubble.tls.server.cert");
    }

    @Test
    void fluxAndArgoRunAndFollowTheirRepositories() {
        Cluster cluster = new Cluster();
        cluster.apply(render(datacenter.chartRegistry(), "cilium", "1.19.3", "cilium", "kube-system", TALOS));
        String flux = render(datacenter.chartRegistry(), "flux2", "2.18.2", "flux", "flux-system", "");
        assertThat(flux).doesNotContain("flux-check");
        cluster.apply(flux);
        cluster.pass(20);
        String url = "https://git.example.com/org/cluster";
        String config = "{apiVersion: v1, kind: ConfigMap, metadata: {name: applied}, data: {a: b}}";
        String commit = cluster.outside.git().push(url, "main", Map.of("clusters/prod/a.yaml", config));
        cluster.apply("""
                apiVersion: source.toolkit.fluxcd.io/v1
                kind: GitRepository
                metadata: {name: flux-system, namespace: flux-system}
                spec: {url: "%s", ref: {branch: main}, interval: 1m}
                ---
                apiVersion: kustomize.toolkit.fluxcd.io/v1
                kind: Kustomization
                metadata: {name: flux-system, namespace: flux-system}
                spec:
                  path: ./clusters/prod
                  prune: true
                  interval: 1m
                  targetNamespace: default
                  sourceRef: {kind: GitRepository, name: flux-system}
                """.formatted(url));
        cluster.pass(5);
        assertThat(Conditions.find(cluster.one("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system"), "Ready")
                        .map(c -> Tree.text(c, "message")))
                .contains("Applied revision: main@sha1:" + commit);

        String argo = render(
                datacenter.chartRepository(), "argo-cd", "9.4.10", "argocd", "argocd", "redisSecretInit: {enabled: false}");
        cluster.apply(argo);
        String application = """
                apiVersion: argoproj.io/v1alpha1
                kind: Application
                metadata: {name: bootstrap, namespace: argocd}
                spec:
                  project: default
                  source: {repoURL: "%s", targetRevision: %s, path: clusters/prod}
                  destination: {server: "https://kubernetes.default.svc", namespace: apps}
                  syncPolicy: {automated: {prune: true}, syncOptions: [CreateNamespace=true]}
                """;
        cluster.apply(application.formatted(url, "nowhere"));
        cluster.pass(20);
        assertThat(cluster.pods()).contains("secret \"argocd-redis\" not found");
        assertThat(cluster.one("applications.argoproj.io", "bootstrap").get("status")).isNull();
        cluster.apply("{apiVersion: v1, kind: Secret, metadata: {name: argocd-redis, namespace: argocd}, stringData: {auth: x}}");
        cluster.pass(20);
        Map<String, Object> bootstrap = cluster.one("applications.argoproj.io", "bootstrap");
        assertThat(Tree.text(bootstrap, "status.sync.status")).as(cluster.pods()).isEqualTo("Unknown");
        assertThat(Tree.text(Tree.list(bootstrap, "status.conditions").get(0), "message"))
                .endsWith("unable to resolve 'nowhere' to a commit SHA");
        cluster.apply(application.formatted(url, "main"));
        cluster.pass(5);
        bootstrap = cluster.one("applications.argoproj.io", "bootstrap");
        assertThat(Tree.text(bootstrap, "status.sync.status")).isEqualTo("Synced");
        assertThat(Tree.text(bootstrap, "status.health.status")).isEqualTo("Healthy");
        assertThat(Tree.text(bootstrap, "status.operationState.phase")).isEqualTo("Succeeded");
        assertThat(cluster.kube.objects("configmaps"))
                .anyMatch(c -> Tree.name(c).equals("applied") && Tree.namespace(c).equals("apps"));
    }
}
