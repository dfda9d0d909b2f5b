package io.talospve.helm;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.gitops.chart.ChartFetcher;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No child outlives the process that started it, however that ends. */
class OrphanTest {
    @TempDir
    Path work;

    /** A program that renders a chart, prints its children, and renders another one. */
    public static final class Parent {
        /** Renders. */
        public static void main(String[] charts) throws Exception {
            HelmJavaRenderer renderer = HelmJavaRenderer.builder()
                    .fetcher(ChartFetcher.builder().build())
                    .build();
            renderer.render(TestCharts.request(Path.of(charts[0]), ""));
            ProcessHandle.current().children().forEach(child -> System.out.println(child.pid()));
            System.out.println("rendered");
            if (charts[1].equals("idle")) {
                new java.util.concurrent.CountDownLatch(1).await();
            }
            renderer.render(TestCharts.request(Path.of(charts[1]), ""));
        }
    }

    @ParameterizedTest
    @CsvSource({"idle, false", "idle, true", "endless, false", "endless, true"})
    void theChildEndsWithItsParent(String then, boolean forcibly) throws Exception {
        Path plain = TestCharts.folder(work, "plain");
        String second = then.equals("idle") ? "idle" : TestCharts.folder(work, then).toString();
        Process parent = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + work,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Parent.class.getName(),
                        plain.toString(),
                        second)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
            ProcessHandle child = ProcessHandle.of(Long.parseLong(out.readLine())).orElseThrow();
            assertThat(out.readLine()).isEqualTo("rendered");
            assertThat(child.isAlive()).isTrue();
            if (forcibly) {
                parent.destroyForcibly();
            } else {
                parent.destroy();
            }
            child.onExit().get(30, TimeUnit.SECONDS);
            assertThat(parent.waitFor(30, TimeUnit.SECONDS)).isTrue();
            try (java.util.stream.Stream<Path> left = java.nio.file.Files.list(work)) {
                assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith("talos-pve-helm-"));
            }
        } finally {
            parent.destroyForcibly();
        }
    }
}
