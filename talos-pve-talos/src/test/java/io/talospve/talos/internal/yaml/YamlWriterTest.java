package io.talospve.talos.internal.yaml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlWriterTest {
    @ParameterizedTest
    @ValueSource(strings = {
        "", "~", "null", "true", "False", "yes", "No", "on", "off", "y", "N", "1", "-1", "+7", "0x1F", "0o17", "0b1", "017", "08", "1_000",
        "1.5", ".5", "1e3", ".inf", "-.INF", ".nan", "<<", "12:30", "1:2:3.4", "2026-01-31", "2026-1-2T3:4:5Z", "2026-01-31 10:20:30"
    })
    void quotesWhatWouldNotBeReadAsText(String text) {
        assertThat(YamlWriter.write(Map.of("k", text))).isEqualTo("k: \"" + text + "\"\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "a", "192.168.62.20", "https://192.168.62.20:6443", "2026-02-30", "0x", "1e", "a:b", "a#b", "-a", "?a", ":a",
        "v1.12.4", "mac(link.permanent_addr) == \"bc:24:11:00:00:01\"", "disk.wwid == \"naa.5\" && !system_disk", "yEs", "1e400", "0x1ffffffffffffffff",
        "bc:24:11:62:00:21", "::/0", "fd00::1", "a,b", "a]b", "é"
    })
    void leavesPlainTextPlain(String text) {
        assertThat(YamlWriter.write(Map.of("k", text))).isEqualTo("k: " + text + "\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "a: b|'a: b'", "{}|'{}'", "a #b|'a #b'", "-|'-'", "- a|'- a'", "*x|'*x'", "a:|'a:'", "it's: x|'it''s: x'", "---|'---'", "@a|'@a'"
    })
    void quotesWhatWouldNotParse(String text, String quoted) {
        assertThat(YamlWriter.write(Map.of("k", text))).isEqualTo("k: " + quoted + "\n");
    }

    @Test
    void escapesWhatCannotBeSeen() {
        assertThat(YamlWriter.write(Map.of("k", "a\tb\u0007\u0085\u2028\"\\\ud83d\ude00")))
                .isEqualTo("k: \"a\\tb\\a\\N\\L\\\"\\\\\\U0001F600\"\n");
    }

    @Test
    void writesLinesAsLiteralBlock() {
        Map<String, Object> document =
                Map.of("l", List.of(new Mapping().with("p", "x").with("c", "a: 1\nb:\n  c: 2\n").build()));
        assertThat(YamlWriter.write(document)).isEqualTo("""
                l:
                    - p: x
                      c: |
                        a: 1
                        b:
                          c: 2
                """);
        assertThat(YamlWriter.write(Map.of("k", "a\nb"))).isEqualTo("k: |-\n    a\n    b\n");
        assertThat(YamlWriter.write(Map.of("k", "a\n\n"))).isEqualTo("k: |+\n    a\n\n");
        assertThat(YamlWriter.write(Map.of("k", "a \nb"))).isEqualTo("k: \"a \\nb\"\n");
        assertThat(YamlWriter.write(Map.of("k", " a\nb"))).isEqualTo("k: |4-\n     a\n    b\n");
    }

    @Test
    void nestsListsAndEmptyCollections() {
        Map<String, Object> document = new Mapping()
                .with("a", List.of(List.of("x", List.of()), Map.of()))
                .with("b", new Mapping())
                .with("c", Arrays.asList(null, 1, 2.5, 1e6, true))
                .build();
        assertThat(YamlWriter.write(document))
                .isEqualTo("a:\n    - - x\n      - []\n    - {}\nb: {}\nc:\n    - null\n    - 1\n    - 2.5\n    - 1e+06\n    - true\n");
    }

    @Test
    void refusesOtherTypes() {
        assertThatThrownBy(() -> YamlWriter.write(Map.of("k", new Object()))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void whatIsWrittenIsReadBack() {
        String alphabet = "ab:-? #'\"\\\n\t{}[],&*!|>%@`~019.xeE_+yYnN\u00e9\u00a0";
        Random random = new Random(20260101);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(9); length > 0; length--) {
                text.append(alphabet.charAt(random.nextInt(alphabet.length())));
            }
            Map<String, Object> document =
                    Map.of(text.toString(), List.of(text.toString(), Map.of("k", text.toString())));
            String yaml = YamlWriter.write(document);
            try {
                assertThat(YamlReader.read("test", yaml)).as(yaml).isEqualTo(document);
            } catch (YamlSyntaxException e) {
                throw new AssertionError(e.getMessage() + ":\n" + yaml, e);
            }
        }
    }

    @Test
    void naturalOrderTakesNumbersAsNumbers() {
        assertThat(NaturalOrder.sorted(Map.of("a10", 1, "a2", 2, "b", 3, "a", 4, "a-1", 5, "a.b", 6)).keySet())
                .containsExactly("a", "a-1", "a.b", "a2", "a10", "b");
    }
}
