package io.talospve.testkit.internal.kube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.VirtualClock;
import io.talospve.testkit.internal.kube.api.ApiError;
import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.Documents;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.Resources.Options;
import io.talospve.testkit.internal.kube.api.Resources.Patch;
import io.talospve.testkit.internal.kube.api.Resources.Place;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.kube.control.Registration;
import io.talospve.testkit.internal.kube.outside.Outside;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClusterTest {
    private static final String FLANNEL = """
            apiVersion: v1
            kind: ServiceAccount
            metadata: {name: flannel, namespace: kube-system}
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: flannel, namespace: kube-system}
            spec:
              selector: {matchLabels: {app: flannel}}
              template:
                metadata: {labels: {app: flannel}}
                spec:
                  hostNetwork: true
                  serviceAccountName: flannel
                  tolerations: [{operator: Exists}]
                  containers:
                    - name: flannel
                      image: ghcr.io/x/flannel:v1
                      env: [{name: KUBERNETES_SERVICE_HOST, value: localhost}, {name: KUBERNETES_SERVICE_PORT, value: "7445"}]
                  volumes: [{name: cni, hostPath: {path: /etc/cni/net.d}}]
            """;

    private final VirtualClock clock = new VirtualClock(Instant.parse("2026-11-22T12:00:00Z"));
    private final Outside outside = new Outside();
    private final KubeCluster cluster = new KubeCluster(clock, new Latency(1), outside, 1);

    ClusterTest() {
        cluster.served(true);
    }

    private void node(String name, boolean controlPlane) {
        cluster.register(
                new Registration(
                        name, "m", "u", List.of("10.0.0." + (name.hashCode() & 0xFF)), controlPlane, false, Map.of(), Map.of(),
                        "v1.35.0", "Talos (v1.12.4)", 4, 8192),
                (host, port) -> host.equals("localhost") && port == 7445);
    }

    private void apply(String yaml) {
        for (Map<String, Object> object : Documents.objects(yaml)) {
            Place place = cluster.resources().placeOf(object).orElseThrow(() -> new AssertionError("no kind " + object));
            cluster.resources().patch(place, Patch.APPLY, object, new Options("test", false, true, false));
        }
    }

    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(Duration.ofSeconds(1));
        }
    }

    private Map<String, Object> one(String resource, String name) {
        return cluster.objects(resource).stream()
                .filter(o -> Tree.name(o).equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + resource + " " + name));
    }

    private String waiting(String prefix) {
        return cluster.objects("pods").stream()
                .filter(p -> Tree.name(p).startsWith(prefix))
                .findFirst()
                .flatMap(p -> Tree.list(p, "status.containerStatuses").stream()
                        .map(c -> Tree.text(c, "state.waiting.reason") + ": " + Tree.text(c, "state.waiting.message")
                                + Tree.text(c, "lastState.terminated.message"))
                        .findFirst())
                .orElse("");
    }

    private String ready(String resource, String name) {
        return Conditions.find(one(resource, name), "Ready")
                .map(c -> Tree.text(c, "status") + " " + Tree.text(c, "reason") + ": " + Tree.text(c, "message"))
                .orElse("none");
    }

    @Test
    void nodesBecomeReadyByTheirNetworkPluginAndWorkloadsAfterThat() {
        node("cp-1", true);
        node("worker-1", false);
        apply("""
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: default}
                spec:
                  replicas: 3
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec: {containers: [{name: web, image: nginx}]}
                """);
        pass(5);
        assertThat(ready("nodes", "cp-1")).startsWith("False KubeletNotReady").endsWith("cni plugin not initialized");
        assertThat(Conditions.isTrue(one("deployments.apps", "web"), "Available")).isFalse();
        assertThat(cluster.objects("pods")).hasSize(3).allSatisfy(pod -> assertThat(
                        Conditions.find(pod, "PodScheduled").map(c -> Tree.text(c, "message")).orElse(""))
                .startsWith("0/2 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }"));
        apply(FLANNEL);
        pass(10);
        assertThat(cluster.ready("cp-1") && cluster.ready("worker-1")).isTrue();
        Map<String, Object> web = one("deployments.apps", "web");
        assertThat(Tree.number(web, "status.availableReplicas", 0)).isEqualTo(3);
        assertThat(Tree.number(web, "status.observedGeneration", 0)).isEqualTo(1);
        assertThat(Conditions.isTrue(web, "Available")).isTrue();
        assertThat(cluster.objects("pods").stream()
                        .filter(p -> Tree.name(p).startsWith("web"))
                        .map(p -> Tree.text(p, "spec.nodeName")))
                .containsOnly("worker-1");
        assertThat(Tree.number(one("daemonsets.apps", "flannel"), "status.numberReady", 0)).isEqualTo(2);
        cluster.lost("worker-1");
        pass(2);
        assertThat(ready("nodes", "worker-1")).startsWith("Unknown NodeStatusUnknown");
        assertThat(Tree.number(one("deployments.apps", "web"), "status.availableReplicas", 0)).isZero();
        node("worker-1", false);
        pass(5);
        assertThat(Tree.number(one("deployments.apps", "web"), "status.availableReplicas", 0)).isEqualTo(3);
    }

    @Test
    void whatAPodNeedsAndTalosDoesNotGiveIsSaid() {
        node("worker-1", false);
        apply(FLANNEL);
        pass(5);
        String pod = """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: default}
                spec: {serviceAccountName: %s, containers: [{name: c, image: %s, env: %s, securityContext: %s}]}
                """;
        String key = "[{name: A, valueFrom: {secretKeyRef: {name: s, key: auth}}}]";
        outside.breakImages("ghcr.io/gone");
        apply("{apiVersion: v1, kind: ServiceAccount, metadata: {name: api, namespace: default}}");
        apply(pod.formatted("a", "default", "x", key, "{}"));
        apply(pod.formatted("b", "default", "ghcr.io/gone/x", "[]", "{}"));
        apply(pod.formatted("c", "default", "x", "[]", "{capabilities: {add: [SYS_MODULE]}}"));
        apply(pod.formatted("d", "api", "x", "[]", "{}"));
        pass(3);
        assertThat(waiting("a")).isEqualTo("CreateContainerConfigError: secret \"s\" not found");
        assertThat(waiting("b")).startsWith("ImagePullBackOff");
        assertThat(waiting("c")).startsWith("RunContainerError").contains("unable to apply caps");
        assertThat(waiting("d")).startsWith("CrashLoopBackOff").contains("10.96.0.1:443: i/o timeout");
        apply("{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: default}, stringData: {other: x}}");
        pass(3);
        assertThat(waiting("a")).isEqualTo("CreateContainerConfigError: couldn't find key auth in Secret default/s");
        apply("{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: default}, stringData: {auth: x}}");
        outside.healImages("ghcr.io/gone");
        pass(13);
        assertThat(ready("pods", "a")).startsWith("True");
        assertThat(ready("pods", "b")).startsWith("True");
        assertThatThrownBy(() -> apply(pod.formatted("e", "nobody", "x", "[]", "{}")))
                .hasMessageContaining("serviceaccount \"nobody\" not found");
        cluster.podSecurity("baseline", Set.of("kube-system"));
        assertThatThrownBy(() -> apply(pod.formatted("f", "default", "x", "[]", "{privileged: true}")))
                .hasMessage("pods \"f\" is forbidden: violates PodSecurity \"baseline:latest\": privileged (container \"c\""
                        + " must not set securityContext.privileged=true)");
    }

    @Test
    void fluxTellsWhatItFindsAndAppliesIt() {
        node("worker-1", false);
        apply(FLANNEL);
        pass(5);
        fluxRuns();
        String url = "https://git.example.com/org/cluster";
        apply(source(url, "main", ""));
        apply(kustomization("./clusters/prod", ""));
        pass(10);
        assertThat(ready("gitrepositories.source.toolkit.fluxcd.io", "flux-system"))
                .isEqualTo("False GitOperationFailed: failed to checkout and determine revision: unable to clone '" + url
                        + "': repository not found");
        assertThat(ready("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system"))
                .isEqualTo("False ArtifactFailed: Source artifact not found, retrying in 30s");
        outside.git().push(url, "dev", Map.of("clusters/prod/a.yaml", configMap("")));
        outside.git().protect(url, "s3cret");
        pass(62);
        assertThat(ready("gitrepositories.source.toolkit.fluxcd.io", "flux-system")).contains("authentication required");
        apply(source(url, "main", "{name: auth}"));
        pass(3);
        assertThat(ready("gitrepositories.source.toolkit.fluxcd.io", "flux-system")).contains("secrets \"auth\" not found");
        apply("{apiVersion: v1, kind: Secret, metadata: {name: auth, namespace: flux-system},"
                + " stringData: {username: git, password: s3cret}}");
        pass(31);
        assertThat(ready("gitrepositories.source.toolkit.fluxcd.io", "flux-system"))
                .contains("couldn't find remote ref \"refs/heads/main\"");
        String commit = outside.git().push(url, "main", Map.of("clusters/prod/a.yaml", configMap("")));
        pass(62);
        assertThat(ready("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system"))
                .isEqualTo("False ReconciliationFailed: ConfigMap/a namespace not specified: the server could not find the"
                        + " requested resource");
        apply(kustomization("./nowhere", "apps"));
        pass(3);
        assertThat(ready("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system"))
                .contains("kustomization path not found: stat /tmp/kustomization-").endsWith("/nowhere: no such file or directory");
        apply(kustomization("clusters/prod", "apps"));
        pass(3);
        assertThat(ready("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system"))
                .isEqualTo("False ReconciliationFailed: ConfigMap/apps/a not found: namespaces \"apps\" not found");
        apply("{apiVersion: v1, kind: Namespace, metadata: {name: apps}}");
        pass(62);
        assertThat(ready("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system"))
                .isEqualTo("True ReconciliationSucceeded: Applied revision: main@sha1:" + commit);
        Map<String, Object> done = one("kustomizations.kustomize.toolkit.fluxcd.io", "flux-system");
        assertThat(Tree.number(done, "status.observedGeneration", 0))
                .isEqualTo(Tree.number(done, "metadata.generation", -1))
                .isEqualTo(3);
        assertThat(Tree.namespace(one("configmaps", "a"))).isEqualTo("apps");
        outside.git().push(url, "main", Map.of("clusters/prod/b.yaml", configMap("").replace("name: a", "name: b")));
        pass(70);
        assertThat(one("configmaps", "b")).isNotNull();
        assertThat(cluster.objects("configmaps")).noneMatch(c -> Tree.name(c).equals("a"));
    }

    @Test
    void nothingGoesOnWhileNoApiServerRuns() {
        node("worker-1", false);
        cluster.served(false);
        apply(FLANNEL);
        pass(30);
        assertThat(cluster.ready("worker-1")).isFalse();
        cluster.served(true);
        pass(5);
        assertThat(cluster.ready("worker-1")).isTrue();
    }

    @Test
    void deletedThingsTakeTheirOwnWithThem() {
        node("worker-1", false);
        apply(FLANNEL);
        apply("{apiVersion: v1, kind: Namespace, metadata: {name: gone}}");
        pass(1);
        apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: gone}}");
        Resources resources = cluster.resources();
        resources.delete(place("v1", "Namespace", "gone"), Map.of(), false);
        assertThatThrownBy(() -> apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: y, namespace: gone}}"))
                .isInstanceOfSatisfying(ApiError.class, e -> assertThat(e.code()).isEqualTo(403))
                .hasMessageContaining("because it is being terminated");
        pass(2);
        assertThat(cluster.objects("configmaps")).noneMatch(c -> Tree.namespace(c).equals("gone"));
        assertThat(cluster.objects("namespaces")).noneMatch(c -> Tree.name(c).equals("gone"));
        assertThatThrownBy(() -> resources.delete(place("v1", "Namespace", "kube-system"), Map.of(), false))
                .hasMessageContaining("this namespace may not be deleted");
        pass(5);
        assertThat(cluster.objects("pods")).isNotEmpty();
        Place set = resources
                .placeOf(Map.of(
                        "apiVersion", "apps/v1", "kind", "DaemonSet",
                        "metadata", Map.of("name", "flannel", "namespace", "kube-system")))
                .orElseThrow();
        resources.delete(set, Map.of(), false);
        pass(2);
        assertThat(cluster.objects("pods")).isEmpty();
    }

    private Place place(String version, String kind, String name) {
        return cluster.resources()
                .placeOf(Map.of("apiVersion", version, "kind", kind, "metadata", Map.of("name", name)))
                .orElseThrow();
    }

    private static String configMap(String namespace) {
        return "{apiVersion: v1, kind: ConfigMap, metadata: {name: a" + namespace + "}, data: {x: y}}";
    }

    private static String source(String url, String branch, String secret) {
        return """
                apiVersion: source.toolkit.fluxcd.io/v1
                kind: GitRepository
                metadata: {name: flux-system, namespace: flux-system}
                spec: {url: "%s", ref: {branch: %s}, interval: 1m%s}
                """.formatted(url, branch, secret.isEmpty() ? "" : ", secretRef: " + secret);
    }

    private static String kustomization(String path, String target) {
        return """
                apiVersion: kustomize.toolkit.fluxcd.io/v1
                kind: Kustomization
                metadata: {name: flux-system, namespace: flux-system}
                spec: {path: "%s", prune: true, interval: 1m, sourceRef: {kind: GitRepository, name: flux-system}%s}
                """.formatted(path, target.isEmpty() ? "" : ", targetNamespace: " + target);
    }

    private void fluxRuns() {
        String schema = "{type: object, x-kubernetes-preserve-unknown-fields: true}";
        String definition = """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: %s.%s}
                spec:
                  group: %s
                  names: {kind: %s, plural: %s}
                  scope: Namespaced
                  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, properties: {spec: %s, status: %s}}}, subresources: {status: {}}}]
                """;
        apply("{apiVersion: v1, kind: Namespace, metadata: {name: flux-system}}");
        for (String[] kind : new String[][] {
            {"gitrepositories", "source.toolkit.fluxcd.io", "GitRepository"},
            {"kustomizations", "kustomize.toolkit.fluxcd.io", "Kustomization"}
        }) {
            apply(definition.formatted(kind[0], kind[1], kind[1], kind[2], kind[0], schema, schema));
        }
        pass(1);
        for (String name : List.of("source-controller", "kustomize-controller")) {
            apply("""
                    apiVersion: apps/v1
                    kind: Deployment
                    metadata: {name: %s, namespace: flux-system}
                    spec:
                      selector: {matchLabels: {app: %s}}
                      template:
                        metadata: {labels: {app: %s}}
                        spec: {containers: [{name: manager, image: x}]}
                    """.formatted(name, name, name));
        }
        pass(5);
        assertThat(Optional.of(one("deployments.apps", "source-controller")))
                .hasValueSatisfying(d -> assertThat(Conditions.isTrue(d, "Available")).isTrue());
    }
}
