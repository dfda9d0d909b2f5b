package io.talospve.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.talospve.error.SpecException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Whatever a file holds, it is either a spec or refused with places; nothing else is ever thrown. */
class DamagedSpecTest {
    private static final List<String> TOKENS = List.of(
            ":", "- ", "[", "]", "{", "}", "\"", "'", "|", ">", "&a ", "*a", "!!int ", "!x ", "null", "~", "true", "-1", "0", "1e9", ".nan",
            "2147483648", "0x10", "# ", "\n", "  ", "\t", "<<: ", "? ", "%YAML 1.2\n", "--- ", "...", "\u0000", "\uD83D", "\u2028", "::1/0",
            "0.0.0.0/0", "255.255.255.255/32", "fe80::1%eth0/64", "$patch: delete", "{ secret: \"a:b\" }", "{ secret: x }");

    /** Files to damage: the example, and one that uses nearly every key. */
    private static final int FILES = 2;

    private static final int EDITS_PER_FILE = 200;

    @Test
    void damageIsReportedWithItsPlace() {
        List<String> files = new ArrayList<>(List.of(ExampleSpecTest.example()));
        for (long seed = 0; files.size() < FILES; seed++) {
            String yaml = new RandomSpecs(seed).next().toYaml();
            if (yaml.contains("patches:") && yaml.contains("bond:") && yaml.contains("kubernetes:")) {
                files.add(yaml);
            }
        }
        int refused = 0;
        for (int file = 0; file < files.size(); file++) {
            SplittableRandom random = new SplittableRandom(file);
            for (int i = 0; i < EDITS_PER_FILE; i++) {
                String text = damaged(files.get(file), random);
                try {
                    assertThat(TalosCluster.parse(text, "damaged.yaml").nodes()).isNotEmpty();
                } catch (SpecException e) {
                    refused++;
                    assertThat(e.problems()).isNotEmpty().allSatisfy(problem -> assertThat(problem.where()).isPresent());
                } catch (RuntimeException | StackOverflowError e) {
                    fail("file " + file + ", edit " + i + ":\n" + text, e);
                }
            }
        }
        assertThat(refused).isGreaterThan(EDITS_PER_FILE);
    }

    private static String damaged(String text, SplittableRandom random) {
        StringBuilder out = new StringBuilder(text);
        for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
            int at = random.nextInt(out.length());
            switch (random.nextInt(5)) {
                case 0 -> out.deleteCharAt(at);
                case 1 -> out.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
                case 2 -> replaceWord(out, at, TOKENS.get(random.nextInt(TOKENS.size())));
                case 3 -> {
                    int end = out.indexOf("\n", at);
                    int begin = out.lastIndexOf("\n", at) + 1;
                    if (end > begin) {
                        out.delete(begin, end + 1);
                    }
                }
                default -> {
                    int other = random.nextInt(out.length());
                    String word = word(out, other);
                    replaceWord(out, at, word);
                }
            }
        }
        return out.toString();
    }

    private static String word(CharSequence text, int at) {
        int begin = at;
        int end = at;
        while (begin > 0 && !Character.isWhitespace(text.charAt(begin - 1))) {
            begin--;
        }
        while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return text.subSequence(begin, end).toString();
    }

    private static void replaceWord(StringBuilder text, int at, String replacement) {
        String word = word(text, at);
        int begin = text.lastIndexOf(word, at);
        if (!word.isEmpty() && begin >= 0) {
            text.replace(begin, begin + word.length(), replacement);
        }
    }
}
