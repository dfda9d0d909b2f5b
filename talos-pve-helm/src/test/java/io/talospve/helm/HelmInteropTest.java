package io.talospve.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.RefusedException;
import io.talospve.gitops.ChartRenderer;
import io.talospve.gitops.ChartRequest;
import io.talospve.gitops.Documents;
import io.talospve.gitops.ManifestDocument;
import io.talospve.gitops.chart.ChartFetcher;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What our renderers give is what the helm command prints. Run by interop/helm/run. */
@Tag("interop")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HelmInteropTest {
    private final ChartFetcher fetcher = ChartFetcher.builder().build();
    private final ChartRenderer helmJava = HelmJavaRenderer.builder().fetcher(fetcher).build();
    private final Path helm3 = program("helm3");
    private final Path helm4 = program("helm4");
    private final ChartRenderer executable3 = HelmExecutable.at(helm3, fetcher);
    private final ChartRenderer executable4 = HelmExecutable.at(helm4, fetcher);

    @TempDir
    static Path work;

    private static Path program(String name) {
        return Path.of(Objects.requireNonNull(
                System.getProperty("talospve.interop." + name), "-Dtalospve.interop." + name + " names the program"));
    }

    @BeforeAll
    void versions() {
        assertThat(executable3.identity()).startsWith("helm v3.21");
        assertThat(executable4.identity()).startsWith("helm v4.");
    }

    @AfterAll
    void stop() {
        helmJava.close();
        fetcher.close();
    }

    static Stream<Arguments> renderings() {
        return Stream.of("folder", "archive").flatMap(form -> Stream.of(
                Arguments.of(form, "traps", "", List.of()),
                Arguments.of(form, "traps", "password: hunter22\nlarge: 20000\ngreeting: 'yes'\n", List.of("monitoring.coreos.com/v1")),
                Arguments.of(
                        form,
                        "traps",
                        "extra: {enabled: false}\nspare: {enabled: true, size: 0x10}\npacked: null\n",
                        List.of("monitoring.coreos.com/v1", "monitoring.coreos.com/v1/ServiceMonitor")),
                Arguments.of(form, "required", "token: 0644\n", List.of()),
                Arguments.of(form, "api-range", "", List.of()),
                Arguments.of(form, "plain", "a: b\n", List.of("x/v1"))));
    }

    @ParameterizedTest
    @MethodSource("renderings")
    void theDocumentsAreTheSame(String form, String name, String values, List<String> apiVersions) throws Exception {
        Path folder = Files.createTempDirectory(work, name);
        Path chart = form.equals("folder") ? TestCharts.folder(folder, name) : TestCharts.archive(folder, name);
        ChartRequest request = TestCharts.request(chart, values, apiVersions.toArray(String[]::new));
        Result plain = template(helm3, chart, values, apiVersions);
        assertThat(plain.errors).isEmpty();
        // api-range counts what Helm knows, which differs between its versions.
        List<ManifestDocument> ours = helmJava.render(request);
        assertThat(ours).isEqualTo(executable3.render(request));
        if (!name.equals("api-range")) {
            assertThat(executable4.render(request)).isEqualTo(ours);
        }
        assertThat(ours).isNotEmpty();
        // Read by a parser that is not ours.
        assertThat(objects(Documents.join(ours).reveal())).containsExactlyInAnyOrderElementsOf(objects(plain.output));
    }

    @ParameterizedTest
    @ValueSource(strings = {"required", "broken", "kube-version", "missing-dependency"})
    void whatHelmRefusesAllRefuse(String name) throws Exception {
        Path chart = TestCharts.folder(Files.createTempDirectory(work, name), name);
        Result plain = template(helm3, chart, "", List.of());
        assertThat(plain.output).isEmpty();
        for (ChartRenderer renderer : List.of(helmJava, executable3, executable4)) {
            assertThatThrownBy(() -> renderer.render(TestCharts.request(chart, "")))
                    .as(renderer.identity())
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("failed: ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "token: hunter22\nkey: geheimnis-x", "port: hunter22\nmode: geheimnis\n", "a: [hunter22\nb: geheimnis: x", "- hunter22"
    })
    void noValueIsInAnyError(String values) throws Exception {
        Path chart = TestCharts.folder(Files.createTempDirectory(work, "schema"), "schema");
        for (ChartRenderer renderer : List.of(helmJava, executable3, executable4)) {
            assertThatThrownBy(() -> renderer.render(TestCharts.request(chart, values)))
                    .as(renderer.identity())
                    .isInstanceOf(RefusedException.class)
                    .hasMessageNotContaining("hunter22")
                    .hasMessageNotContaining("geheimnis");
        }
    }

    private record Result(String output, String errors) {}

    private static Result template(Path helm, Path chart, String values, List<String> apiVersions) throws Exception {
        Path folder = Files.createTempDirectory(work, "plain");
        Path file = Files.writeString(folder.resolve("values.yaml"), values);
        List<String> command = new ArrayList<>(List.of(
                helm.toString(), "template", "demo", chart.toString(), "--namespace", "demo-system", "--no-hooks", "--include-crds",
                "--kube-version", "v1.35.2", "--values", file.toString()));
        apiVersions.forEach(each -> command.addAll(List.of("--api-versions", each)));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(folder.resolve("out").toFile())
                .redirectError(folder.resolve("err").toFile());
        builder.environment().put("KUBECONFIG", folder.resolve("none").toString());
        builder.environment().put("HOME", folder.toString());
        int status = builder.start().waitFor();
        String errors = status == 0 ? "" : Files.readString(folder.resolve("err"), StandardCharsets.UTF_8);
        return new Result(Files.readString(folder.resolve("out"), StandardCharsets.UTF_8), errors);
    }

    /** The objects of a text as maps, lists expanded. */
    private static List<Object> objects(String text) {
        Load load = new Load(LoadSettings.builder().setCodePointLimit(64 << 20).build());
        return StreamSupport.stream(load.loadAllFromString(text).spliterator(), false)
                .filter(Objects::nonNull)
                .flatMap(object -> object instanceof Map<?, ?> map && "List".equals(map.get("kind"))
                        ? ((List<?>) map.get("items")).stream()
                        : Stream.of(object))
                .map(Object.class::cast)
                .toList();
    }
}
