package io.talospve.testkit.internal.kube;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.WallClock;
import io.talospve.testkit.internal.kube.control.Registration;
import io.talospve.testkit.internal.kube.outside.Outside;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.tls.NodePki;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kubernetes' own Go client and kubectl drive the simulated API; run by {@code interop/kubernetes/run}. */
@Tag("interop")
class GoKubernetesTest {
    private final WallClock clock = new WallClock();
    private final IoThreads io = new IoThreads();
    private final KubeCluster cluster = new KubeCluster(clock, new Latency(0.1), new Outside(), 1);

    @TempDir
    private Path folder;

    private KubeApiServer server;
    private Path kubeconfig;

    /** What a process left: its exit code and what it printed. */
    private record Run(int code, String text) {}

    @BeforeEach
    void start() throws Exception {
        NodePki authority = KubeTestPki.authority();
        server = new KubeApiServer(
                io, clock, new Latency(0), authority, List.of("127.0.0.1", "localhost"), cluster, "v1.35.0", () -> true);
        kubeconfig = Files.writeString(
                folder.resolve("kubeconfig"),
                KubeTestPki.kubeconfig(authority, server.address().getPort(), "admin", "system:masters"));
        for (String node : List.of("cp-1", "worker-1", "worker-2")) {
            cluster.register(
                    new Registration(
                            node, "m", "u", List.of("10.0.0.1"), node.startsWith("cp"), false, Map.of(), Map.of(), "v1.35.0",
                            "Talos (v1.12.4)", 4, 8192),
                    (host, port) -> true);
        }
    }

    @AfterEach
    void stop() {
        server.close();
        clock.close();
        io.close();
    }

    private Run run(String input, String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Objects.requireNonNull(
                System.getProperty("talospve.interop.kubernetes"), "-Dtalospve.interop.kubernetes names the program"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("KUBECONFIG", kubeconfig.toString());
        builder.environment().put("HOME", folder.toString());
        builder.environment().remove("HTTPS_PROXY");
        Process process = builder.start();
        try (var in = process.outputWriter(StandardCharsets.UTF_8)) {
            in.write(input);
        }
        String text;
        try (InputStream out = process.getInputStream()) {
            text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        }
        assertThat(process.waitFor(3, TimeUnit.MINUTES)).isTrue();
        System.out.println("$ " + String.join(" ", arguments) + "\n" + text);
        return new Run(process.exitValue(), text);
    }

    private String kubectl(String input, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("kubectl"));
        all.addAll(List.of(arguments));
        Run run = run(input, all.toArray(String[]::new));
        assertThat(run.code()).as(run.text()).isZero();
        return run.text();
    }

    @Test
    void clientGoFindsARealApi() throws Exception {
        Run run = run("", "client");
        assertThat(run.code()).as(run.text()).isZero();
        assertThat(run.text()).endsWith("all as on a real cluster\n");
    }

    @Test
    void kubectlWorksAsUsual() throws Exception {
        assertThat(kubectl("", "version")).contains("Server Version: v1.35.0");
        assertThat(kubectl("", "get", "nodes")).contains("worker-2").contains("NotReady").contains("control-plane");
        String network = Files.readString(Path.of("src/test/resources/kube/network.yaml"));
        assertThat(kubectl(network, "apply", "--server-side", "-f", "-")).contains("daemonset.apps/flannel serverside-applied");
        assertThat(kubectl("", "wait", "--for=condition=Ready", "node", "--all", "--timeout=30s")).contains("node/cp-1 condition met");
        String web = Files.readString(Path.of("src/test/resources/kube/web.yaml"));
        assertThat(kubectl(web, "apply", "-f", "-")).contains("deployment.apps/web created");
        assertThat(kubectl("", "rollout", "status", "deployment/web", "-n", "shop", "--timeout=30s"))
                .contains("successfully rolled out");
        assertThat(kubectl(web.replace("image: nginx:1", "image: nginx:2"), "apply", "-f", "-"))
                .contains("deployment.apps/web configured")
                .contains("namespace/shop unchanged");
        assertThat(kubectl("", "rollout", "status", "deployment/web", "-n", "shop", "--timeout=30s"))
                .contains("successfully rolled out");
        assertThat(kubectl("", "get", "pods", "-n", "shop", "-o", "jsonpath={.items[*].spec.containers[0].image}"))
                .isEqualTo("nginx:2 nginx:2");
        kubectl("", "scale", "deployment/web", "-n", "shop", "--replicas=3");
        assertThat(kubectl("", "rollout", "status", "deployment/web", "-n", "shop", "--timeout=30s"))
                .contains("successfully rolled out");
        kubectl("", "label", "node", "worker-1", "disk=fast");
        kubectl("", "cordon", "worker-1");
        assertThat(kubectl("", "get", "nodes", "-l", "disk=fast")).contains("SchedulingDisabled");
        assertThat(kubectl("", "drain", "worker-1", "--ignore-daemonsets", "--timeout=30s")).contains("worker-1 drained");
        assertThat(kubectl("", "get", "all", "-A")).contains("deployment.apps/web").contains("daemonset.apps/flannel");
        assertThat(kubectl("", "api-resources")).contains("customresourcedefinitions").contains("deploy");
        assertThat(kubectl("", "describe", "deployment", "web", "-n", "shop")).contains("MinimumReplicasAvailable");
        kubectl("", "delete", "namespace", "shop", "--timeout=30s");
        assertThat(run("", "kubectl", "get", "deployment", "web").text())
                .contains("Error from server (NotFound): deployments.apps \"web\" not found");
        assertThat(run("{apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: nowhere}}", "kubectl", "create", "-f", "-")
                        .text())
                .contains("namespaces \"nowhere\" not found");
    }

    @Test
    void othersThanTheClustersAdministratorsMayOnlyLookAround() throws Exception {
        NodePki authority = KubeTestPki.authority();
        Files.writeString(
                kubeconfig, KubeTestPki.kubeconfig(authority, server.address().getPort(), "guest", "guests"));
        assertThat(run("", "kubectl", "get", "pods", "-n", "kube-system").text())
                .contains("pods is forbidden: User \"guest\" cannot list resource \"pods\" in API group \"\" in the"
                        + " namespace \"kube-system\"");
        Files.writeString(
                kubeconfig,
                KubeTestPki.kubeconfig(KubeTestPki.another(), server.address().getPort(), "admin", "system:masters")
                        .replaceFirst("certificate-authority-data: .*", "certificate-authority-data: " + KubeTestPki.ca(authority)));
        assertThat(run("", "kubectl", "get", "pods").text()).contains("You must be logged in to the server");
    }
}
