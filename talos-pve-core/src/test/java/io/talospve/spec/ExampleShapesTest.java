package io.talospve.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of real-life shapes are specs without a single warning. */
class ExampleShapesTest {
    private static final Path SPECS = Path.of("..", "examples", "specs");

    static List<Path> shapes() throws IOException {
        try (Stream<Path> files = Files.list(SPECS)) {
            return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void loadsWithoutAWarningAndRoundTrips(Path file) {
        TalosCluster cluster = TalosCluster.load(file);

        assertThat(cluster.problems()).isEmpty();
        assertThat(TalosCluster.parse(cluster.toYaml(), "again.yaml")).isEqualTo(cluster);
    }

    @Test
    void theDocumentationNamesEachOfThem() throws IOException {
        String documentation = Files.readString(Path.of("..", "docs", "spec.md"));

        assertThat(shapes()).hasSizeGreaterThanOrEqualTo(10).allSatisfy(file -> assertThat(documentation)
                .contains("(../examples/specs/" + file.getFileName() + ")"));
    }

    @Test
    void theSpecsInTheDocumentationAreValid() throws IOException {
        String text = Files.readString(Path.of("..", "docs", "spec.md"));
        int begin = text.indexOf("```yaml\ncluster:") + "```yaml\n".length();
        String smallest = text.substring(begin, text.indexOf("```", begin));

        assertThat(TalosCluster.parse(smallest, "spec.md").nodes()).extracting(ClusterNode::defaultName).containsExactly("lab-cp-1");
    }
}
