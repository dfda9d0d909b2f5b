package io.talospve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.talospve.error.SpecException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files made to exhaust a reader end quickly, with one clear problem. */
class SpecBombsTest {
    private static final int MIB = 1024 * 1024;

    static Stream<Arguments> bombs() {
        StringBuilder laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) {
            laughs.append("a").append(i).append(": &a").append(i).append(" [");
            laughs.append(("*a" + (i - 1) + ", ").repeat(8)).append("*a").append(i - 1).append("]\n");
        }
        StringBuilder tower = new StringBuilder("a0: &a0 x\n");
        for (int i = 1; i < 200; i++) {
            tower.append("a").append(i).append(": &a").append(i).append(" [*a").append(i - 1).append("]\n");
        }
        StringBuilder merges = new StringBuilder("a0: &a0 { k0: v }\n");
        for (int i = 1; i < 200; i++) {
            merges.append("a").append(i).append(": &a").append(i).append(" { <<: [*a").append(i - 1).append(", *a").append(i - 1)
                    .append("], k").append(i).append(": v }\n");
        }
        StringBuilder block = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            block.append(" ".repeat(i)).append("a:\n");
        }
        return Stream.of(
                Arguments.of("10 MB of [", "[".repeat(10 * MIB), "a spec has at most 4194304"),
                Arguments.of("4 MB of [", "[".repeat(4 * MIB), "nested deeper than 64 levels"),
                Arguments.of("4 MB of {a:", "{a: ".repeat(MIB), "nested deeper than 64 levels"),
                Arguments.of("4 MB of - ", "- ".repeat(2 * MIB), "nested deeper than 64 levels"),
                Arguments.of("4 MB of ? ", "? ".repeat(2 * MIB), "nested deeper than 64 levels"),
                Arguments.of("nested blocks", block.toString(), "nested deeper than 64 levels"),
                Arguments.of("aliases of aliases", laughs.toString(), "its aliases stand for more than 100000 values"),
                Arguments.of("a tower of aliases", tower.toString(), "its aliases nest deeper than 64 levels"),
                Arguments.of("merges of merges", merges.toString(), ""),
                Arguments.of("an alias in itself", "a: &a [*a]\n", "an alias stands inside what it stands for"),
                Arguments.of("an alias as key in itself", "&a { *a : x }\n", ""),
                Arguments.of("many values", "- x\n".repeat(300_000), "more than 100000 values"),
                Arguments.of("many aliases", "a: &a x\nb: [" + "*a,".repeat(20_000) + "]\n", "more than 10000 aliases"),
                Arguments.of("many keys", "a: 1\n".repeat(300_000), "more than 100000 values"),
                Arguments.of("many problems", "x: y\n".repeat(45_000), "duplicate key"),
                Arguments.of("a long line", "a".repeat(4 * MIB), "expected a mapping"),
                Arguments.of("open quotes", "\"".repeat(3 * MIB + 1), "not YAML"),
                Arguments.of("many tags", "!a ".repeat(MIB), "a tag is not allowed"),
                Arguments.of("a long number", "debug: " + "9".repeat(4_000_000) + "\n", "expected true or false"),
                Arguments.of("a long number in a tree", "cluster: { helm_values_override: { a: { b: " + "9".repeat(4_000_000) + " } } }\n",
                        "is too large a number"),
                Arguments.of("a huge exponent", "cluster: { helm_values_override: { a: { b: 1e999999999 } } }\n", "not a finite number"),
                Arguments.of("a tag", "debug: !!java.lang.Runtime x\n", "bomb.yaml:1:8: a tag is not allowed"),
                Arguments.of("many anchors", "&a ".repeat(MIB), "not YAML"),
                Arguments.of("control characters", "a: \u0000", "not YAML: a control character is not allowed"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bombs")
    void isRefusedQuickly(String name, String text, String expected) {
        SpecException e = Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(30), () -> catchThrowableOfType(SpecException.class, () -> TalosCluster.parse(text, "bomb.yaml")));

        assertThat(e).isNotNull();
        assertThat(e.getMessage()).startsWith("bomb.yaml:").contains(expected);
    }

    @Test
    void aFileIsNotReadWhenItIsTooLarge(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("large.yaml"), new byte[10 * MIB]);

        SpecException e = catchThrowableOfType(SpecException.class, () -> TalosCluster.load(file));

        assertThat(e).hasMessage("large.yaml:1:1: the file has 10485760 bytes; a spec has at most 4194304");
    }

    @Test
    void aFileThatIsNoTextOrNotThereIsNamed(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("latin1.yaml"), new byte[] {'a', ':', ' ', (byte) 0xE4});

        assertThat(catchThrowableOfType(SpecException.class, () -> TalosCluster.load(file)))
                .hasMessage("latin1.yaml:1:1: the file is not UTF-8");
        assertThat(catchThrowableOfType(SpecException.class, () -> TalosCluster.load(folder.resolve("absent.yaml"))))
                .hasMessageEndingWith("absent.yaml: no such file");
    }
}
