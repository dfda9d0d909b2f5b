package io.talospve.apply.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.talospve.store.Journal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ApplyNameTest {
    private static final Instant NOW = Instant.parse("2026-02-03T04:05:06.789Z");

    private static Journal.Entry entry(String apply) {
        return new Journal.Entry(apply, NOW, Journal.Type.APPLY_STARTED, "", Map.of());
    }

    @Test
    void tellsWhenItBegan() {
        assertThat(ApplyName.after(List.of(), NOW, new UUID(0x12345678L << 32, 0)))
                .isEqualTo("20260203T040506.789Z-12345678");
    }

    @Test
    void isLaterThanAllBeforeWhateverTheClocksSay() {
        Random random = new Random(1);
        List<Journal.Entry> earlier = new ArrayList<>();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            Instant clock = NOW.plusMillis(random.nextInt(3) - 1L).plusSeconds(random.nextInt(5) == 0 ? random.nextInt() : 0);
            String name = ApplyName.after(earlier, clock, new UUID(random.nextLong(), 0));
            names.add(name);
            earlier.add(entry(name));
        }
        assertThat(names).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void doesNotFailOverNamesThatOthersGave() {
        assertThat(ApplyName.after(List.of(entry("by hand"), entry("")), NOW, new UUID(0, 0))).startsWith("20260203T040506.789Z-");
    }
}
