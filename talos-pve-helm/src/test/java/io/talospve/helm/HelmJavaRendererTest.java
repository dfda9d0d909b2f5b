package io.talospve.helm;

import static io.talospve.helm.TestCharts.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.gitops.ChartRenderer;
import io.talospve.gitops.Documents;
import io.talospve.gitops.ManifestDocument;
import io.talospve.gitops.PostProcessing;
import io.talospve.gitops.StableRenderer;
import io.talospve.gitops.chart.ChartFetcher;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** One child for all: starting it is what takes time. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HelmJavaRendererTest {
    private final ChartFetcher fetcher = ChartFetcher.builder().build();
    private ChartRenderer renderer;

    @TempDir
    Path work;

    @BeforeAll
    void start() {
        renderer = HelmJavaRenderer.builder().fetcher(fetcher).build();
    }

    @AfterAll
    void stop() {
        renderer.close();
        fetcher.close();
    }

    private List<ManifestDocument> render(Path chart, String values, String... apiVersions) {
        return renderer.render(request(chart, values, apiVersions));
    }

    @Test
    void theChartWithEveryTrapRenders() {
        List<ManifestDocument> documents = render(TestCharts.folder(work, "traps"), "password: hunter22\nlarge: 20000\n");
        assertThat(documents).extracting(document -> document.kind() + " " + document.name())
                .containsExactly(
                        "CustomResourceDefinition clusterthings.example.com",
                        "CustomResourceDefinition extras.example.com",
                        "CustomResourceDefinition others.example.com",
                        "CustomResourceDefinition packeds.example.com",
                        "CustomResourceDefinition things.example.com",
                        "Secret credentials",
                        "ConfigMap capabilities",
                        "ConfigMap demo-extra",
                        "ConfigMap demo-packed",
                        "ConfigMap files",
                        "ConfigMap large",
                        "ConfigMap listed",
                        "ConfigMap looked-up",
                        "ClusterRole demo-role",
                        "Deployment demo-web",
                        "ClusterThing all",
                        "Thing one");
        String text = Documents.join(documents).reveal();
        assertThat(text)
                .contains("with {{ braces }} that no template may touch")
                .contains("defaultMode: 0644")
                .contains("--kube=v1.35.2")
                .contains("    # not a separator\n    EOF\n    echo hello\n")
                .contains("secret: \"{}\"")
                .contains("  v1: \"{}\"")
                .contains("things: \"{}\"")
                .contains("deployments: \"{}\"")
                .contains("monitoring: no")
                .contains("apps: \"true\"");

        PostProcessing.Prepared prepared = PostProcessing.of("chart traps", "demo-system").apply(documents);
        assertThat(prepared.documents().get(0).kind()).isEqualTo("Namespace");
        assertThat(prepared.documents()).filteredOn(document -> document.namespace().isEmpty())
                .extracting(ManifestDocument::kind)
                .containsOnly("Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterThing");
        assertThat(prepared.notes()).singleElement().asString().contains("ConfigMap demo-system/large").contains("server-side");
    }

    @Test
    void archiveAndFolderGiveTheSame() {
        assertThat(render(TestCharts.archive(work, "traps"), "")).isEqualTo(render(TestCharts.folder(work, "traps"), ""));
    }

    @Test
    void definitionsOfASubchartComeAndGoWithIt() {
        Path chart = TestCharts.folder(work, "traps");
        assertThat(render(chart, "extra: {enabled: false}\npacked: {enabled: false}\nspare: {enabled: true}\n"))
                .extracting(ManifestDocument::name)
                .contains("spares.example.com", "demo-spare")
                .doesNotContain("extras.example.com", "packeds.example.com", "demo-extra", "demo-packed");
    }

    @Test
    void furtherApiVersionsAreToldWhereAskedByName() {
        Path chart = TestCharts.folder(work, "traps");
        String text = Documents.join(
                        render(chart, "", "monitoring.coreos.com/v1", "monitoring.coreos.com/v1/ServiceMonitor"))
                .reveal();
        assertThat(text).contains("monitoring: yes").contains("kind: exact").contains("nested: \"true\"");
        assertThat(Documents.join(render(chart, "", "monitoring.coreos.com/v1")).reveal())
                .contains("monitoring: yes")
                .doesNotContain("kind: exact");
        assertThatThrownBy(() -> render(TestCharts.folder(work, "api-range"), "", "a/v1"))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("templates/c.yaml asks for API versions in a way")
                .hasMessageContaining("HelmExecutable");
        assertThat(render(TestCharts.folder(work, "api-range"), "")).hasSize(1);
    }

    @Test
    void randomValuesAreRefused() {
        try (ChartRenderer stable = new StableRenderer(HelmJavaRenderer.builder().fetcher(fetcher).build())) {
            assertThatThrownBy(() -> stable.render(request(TestCharts.folder(work, "random"), "")))
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("Secret ca: data.ca\\.crt");
        }
    }


    @Test
    void errorsAreHelmsWithoutTheValues() {
        assertThatThrownBy(() -> render(TestCharts.folder(work, "required"), "other: hunter22"))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("rendering chart required 0.1.0 as release demo in namespace demo-system for Kubernetes v1.35.2")
                .hasMessageContaining("a token is required: set .Values.token")
                .hasMessageNotContaining(work.toString());
        assertThatThrownBy(() -> render(TestCharts.folder(work, "broken"), ""))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("broken/templates/broken.yaml:3");
        RefusedException version =
                catchThrowableOfType(RefusedException.class, () -> render(TestCharts.folder(work, "kube-version"), ""));
        assertThat(version).hasMessageContaining(">=1.99.0").hasMessageContaining("v1.35.2");
        assertThat(version.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("version of the chart"));
        RefusedException missing =
                catchThrowableOfType(RefusedException.class, () -> render(TestCharts.folder(work, "missing-dependency"), ""));
        assertThat(missing).hasMessageContaining("absent");
        assertThat(missing.hint()).hasValueSatisfying(hint -> assertThat(hint).contains("vendor"));
        assertThatThrownBy(() -> render(
                        TestCharts.folder(work, "schema"),
                        "token: hunter22-and-more\nkey: |\n  first-secret-line\n  second \"quoted\" line\n"))
                .hasMessageContaining("the token *** of line")
                .hasMessageNotContaining("hunter22")
                .hasMessageNotContaining("first-secret")
                .hasMessageNotContaining("quoted");
        assertThatThrownBy(() -> render(TestCharts.folder(work, "schema"), "port: hunter22\nmode: geheimnis\n"))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("port")
                .hasMessageNotContaining("hunter22")
                .hasMessageNotContaining("geheimnis");
        assertThatThrownBy(() -> render(TestCharts.folder(work, "plain"), "a: [hunter22\nb: geheimnis: x"))
                .isInstanceOf(RefusedException.class)
                .hasMessageNotContaining("hunter22")
                .hasMessageNotContaining("geheimnis");
        // and the child still works
        assertThat(render(TestCharts.folder(work, "plain"), "")).hasSize(1);
    }

    @Test
    void aRenderingThatTakesTooLongIsKilledAndTheNextOneWorks() {
        try (HelmJavaRenderer impatient = HelmJavaRenderer.builder()
                .fetcher(fetcher)
                .timeOut(Duration.ofSeconds(8))
                .build()) {
            RemoteException error = catchThrowableOfType(
                    RemoteException.class, () -> impatient.render(request(TestCharts.folder(work, "endless"), "")));
            assertThat(error.code()).isEqualTo(ErrorCode.TIMED_OUT);
            assertThat(error).hasMessageContaining("chart endless 0.1.0").hasMessageContaining("8 s");
            assertThat(children()).filteredOn(line -> line.contains("endless")).isEmpty();
            assertThat(impatient.render(request(TestCharts.folder(work, "plain"), ""))).hasSize(1);
        }
    }

    private static List<String> children() {
        return ProcessHandle.current()
                .children()
                .map(child -> child.info().commandLine().orElse(""))
                .toList();
    }

    @Test
    void nothingOfTheValuesIsInArgumentsEnvironmentOrFilesThatStay() throws Exception {
        try (HelmJavaRenderer own = HelmJavaRenderer.builder().fetcher(fetcher).build()) {
            own.render(request(TestCharts.folder(work, "traps"), "password: hunter22\n"));
            List<ProcessHandle> children = ProcessHandle.current()
                    .children()
                    .filter(child -> child.info().commandLine().orElse("").contains("HelmChild"))
                    .toList();
            assertThat(children).isNotEmpty();
            for (ProcessHandle child : children) {
                assertThat(child.info().commandLine()).hasValueSatisfying(line -> assertThat(line).doesNotContain("hunter22"));
                Path environment = Path.of("/proc/" + child.pid() + "/environ");
                if (Files.isReadable(environment)) {
                    String text = Files.readString(environment, java.nio.charset.StandardCharsets.ISO_8859_1);
                    assertThat(text).doesNotContain("hunter22").doesNotContain("PATH=").contains("KUBECONFIG=");
                }
                Path folder = Path.of(child.info().arguments().orElseThrow()[child.info().arguments().orElseThrow().length - 1])
                        .getParent();
                assertThat(java.nio.file.attribute.PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                        .isEqualTo("rwx------");
                try (Stream<Path> all = Files.walk(folder)) {
                    assertThat(all.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("request-"));
                }
            }
        }
        assertThatThrownBy(() -> {
                    HelmJavaRenderer closed = HelmJavaRenderer.builder().fetcher(fetcher).build();
                    closed.close();
                    closed.render(request(TestCharts.folder(work, "plain"), ""));
                })
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aJavaThatIsNotThereIsNamed() {
        try (HelmJavaRenderer none = HelmJavaRenderer.builder()
                .fetcher(fetcher)
                .java(Path.of("/nonexistent/java"))
                .build()) {
            assertThatThrownBy(() -> none.render(request(TestCharts.folder(work, "plain"), "")))
                    .isInstanceOf(RemoteException.class)
                    .hasMessageContaining("/nonexistent/java");
        }
    }
}
