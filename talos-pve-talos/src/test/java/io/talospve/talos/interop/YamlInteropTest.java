package io.talospve.talos.interop;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.talos.internal.yaml.NaturalOrder;
import io.talospve.talos.internal.yaml.YamlWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The YAML that is written here equals, byte for byte, what Talos' YAML library writes. */
@Tag("interop")
class YamlInteropTest {
    private static final String ALPHABET = "abNyxoe:-? #'\"\\\n\t\r{}[],&*!|>%@`~01289._+é\u00a0\u0007世";
    private static final String[] WORDS = {
        "true", "No", "0x", "0o7", "0b1", "1e", "1e400", "2026-01-02", "2026-13-02", "T10:20:30Z", " 10:20:30", "12:30", "1_0", ".5", "-.inf",
        ".nan", "~", "null", "<<", "---", "...", "- ", ": ", " #", "\n\n", "  ", "\n ", "https://h:1/p", "::/0", "é\n", "=", "0xffffffffffffffff",
        "0x1ffffffffffffffff", "18446744073709551616", "0777", "089"
    };

    @Test
    void textsAreQuotedAlike() {
        Random random = new Random(1);
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            Map<String, Object> map = new TreeMap<>(NaturalOrder.INSTANCE);
            map.put("k", text(random));
            map.put("l", List.of(text(random)));
            map.put("m" + text(random), text(random));
            values.add(map);
        }
        compare(values);
    }

    @Test
    void structuresAreIndentedAlike() {
        Random random = new Random(2);
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            values.add(Map.of("root", value(random, 5)));
        }
        compare(values);
    }

    private static void compare(List<Object> values) {
        int known = 0;
        try (TalosLibrary library = new TalosLibrary()) {
            for (Object value : values) {
                String theirs = library.require(Map.of("op", "encode", "value", value)).get("text").stringValue();
                String ours = YamlWriter.write(value);
                if (!ours.equals(theirs) && isKnownDifference(theirs)) {
                    known++;
                    continue;
                }
                assertThat(ours).isEqualTo(theirs);
            }
        }
        assertThat(known).as("known differences").isLessThan(values.size() / 20);
    }

    /**
     * Their block scalar claims four spaces of indentation where it has two, so that reading it gives another text; ours is
     * quoted instead. (Unicode's other line breaks are left out: they are written raw there, escaped here.)
     */
    private static boolean isKnownDifference(String theirs) {
        return theirs.contains("|4");
    }

    private static Object value(Random random, int depth) {
        int size = random.nextInt(4);
        return switch (random.nextInt(depth > 0 ? 7 : 4)) {
            case 0 -> text(random);
            case 1 -> random.nextBoolean();
            case 2 -> "line\nline " + random.nextInt() + (random.nextBoolean() ? "\n" : "");
            case 3 -> random.nextBoolean() ? (Object) random.nextInt() : (Object) (random.nextGaussian() * Math.pow(10, random.nextInt(20) - 8));
            case 4 -> {
                List<Object> list = new ArrayList<>();
                for (int i = 0; i < size; i++) {
                    list.add(value(random, depth - 1));
                }
                yield list;
            }
            default -> {
                Map<String, Object> map = new TreeMap<>(NaturalOrder.INSTANCE);
                for (int i = 0; i < size; i++) {
                    map.put(random.nextInt(20) == 0 ? "long".repeat(40) + i : "key" + i, value(random, depth - 1));
                }
                yield map;
            }
        };
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int length = random.nextInt(8); length > 0; length--) {
            if (random.nextInt(5) == 0) {
                text.append(WORDS[random.nextInt(WORDS.length)]);
            } else {
                text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
            }
        }
        return text.toString();
    }

    @Test
    void mapsOfUsersAreSortedAlike() {
        Random random = new Random(3);
        try (TalosLibrary library = new TalosLibrary()) {
            for (int i = 0; i < 2_000; i++) {
                Map<String, Object> map = new LinkedHashMap<>();
                for (int k = random.nextInt(12); k >= 0; k--) {
                    StringBuilder key = new StringBuilder();
                    for (int length = 1 + random.nextInt(6); length > 0; length--) {
                        key.append("ab019.-_/Z".charAt(random.nextInt(10)));
                    }
                    map.put(key.toString(), "v");
                }
                String theirs = library.require(Map.of("op", "encode", "value", map)).get("text").stringValue();
                assertThat(YamlWriter.write(NaturalOrder.sorted(map))).isEqualTo(theirs);
            }
        }
    }
}
