package io.talospve.apply.internal;

import io.talospve.store.Journal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.UUID;

/**
 * The name of an apply, which its journal is filed under. Journals are read in the order of their names, and the last one to
 * allocate a machine is right: so a name is later than every earlier one, also when it comes within the same millisecond,
 * or from a computer whose clock is behind that of the one before.
 */
final class ApplyName {
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSSX").withZone(ZoneOffset.UTC);
    private static final int STAMP_LENGTH = "20260101T000000.000Z".length();

    private ApplyName() {}

    /**
     * The name of an apply that begins now.
     *
     * @param earlier the journal so far
     * @param random tells two applies apart that begin at once on two copies of a store
     */
    static String after(List<Journal.Entry> earlier, Instant now, UUID random) {
        Instant stamp = earlier.stream()
                .map(entry -> stamp(entry.apply()).plusMillis(1))
                .reduce(now, (a, b) -> a.isAfter(b) ? a : b);
        return STAMP.format(stamp) + "-" + random.toString().substring(0, 8);
    }

    private static Instant stamp(String name) {
        try {
            return STAMP.parse(name.substring(0, Math.min(STAMP_LENGTH, name.length())), Instant::from);
        } catch (DateTimeException notOurs) {
            return Instant.EPOCH;
        }
    }
}
