package io.talospve.spec;

import io.talospve.spec.internal.SpecTexts;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * In what two specs differ, key by key. Entries of lists are matched by their name or address, else by their place, so that a
 * machine that was added in front of others is one change. Values that look like secrets are masked. Immutable.
 *
 * @param changes what differs, in the order of the later spec; what was removed comes last
 */
public record SpecDiff(List<Change> changes) {
    /** Copies the list. */
    public SpecDiff {
        changes = List.copyOf(changes);
    }

    /**
     * Compares two specs as text; they need not be valid for this version of the library.
     *
     * @param before the earlier spec, YAML
     * @param after the later spec, YAML
     * @throws io.talospve.error.SpecException if one is not YAML
     */
    public static SpecDiff between(String before, String after) {
        return new SpecDiff(SpecTexts.compare(before, after));
    }

    /** Whether both say the same. */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** A line per change. */
    @Override
    public String toString() {
        return isEmpty() ? "no difference" : changes.stream().map(Change::toString).collect(Collectors.joining("\n"));
    }

    /**
     * One key.
     *
     * @param path where, for example {@code cluster.talos.version}
     * @param before the earlier value; empty if it was added
     * @param after the later value; empty if it was removed
     */
    public record Change(String path, Optional<String> before, Optional<String> after) {
        /** {@code + path: value}, {@code - path: value} or {@code ~ path: before -> after}. */
        @Override
        public String toString() {
            if (before.isEmpty()) {
                return "+ " + path + ": " + after.orElse("");
            }
            return after.map(value -> "~ " + path + ": " + before.get() + " -> " + value)
                    .orElseGet(() -> "- " + path + ": " + before.get());
        }
    }
}
