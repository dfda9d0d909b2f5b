package io.talospve.helm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

class ValueScrubberTest {
    @Test
    void valuesGoInEveryFormAndKeysStay() {
        ValueScrubber scrubber = ValueScrubber.of(
                "password: hunter22\nlist: [{deep: geheim}, 12345, yes, abc]\nkey: |\n  line one\n  line \"two\"\nenabled: true\nmode: demo\n",
                Set.of("demo"));
        assertThat(scrubber.scrub("password hunter22 aHVudGVyMjI= deep geheim 12345 yes abc; line one; line \\\"two\\\" true demo"))
                .isEqualTo("password *** *** deep *** *** yes abc; ***; *** true demo");
        assertThat(scrubber.scrub("x".repeat(5000))).hasSizeLessThan(2100);
    }

    @Test
    void aLongerValueIsHiddenWhole() {
        assertThat(ValueScrubber.of("a: secret\nb: secret-and-more\n", Set.of()).scrub("secret-and-more secret")).isEqualTo("*** ***");
    }

    @Test
    void whatIsNotYamlIsHiddenWordByWord() {
        assertThat(ValueScrubber.of("a: [hunter22\nb: 'geheim: x", Set.of()).scrub("error: hunter22, geheim"))
                .isEqualTo("error: ***, ***");
    }
}
