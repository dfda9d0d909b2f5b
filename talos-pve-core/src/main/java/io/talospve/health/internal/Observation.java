package io.talospve.health.internal;

import java.util.List;
import java.util.Optional;

/**
 * What was seen of one condition.
 *
 * @param met of how many machines, nodes or pods it is true
 * @param of how many there are
 * @param lastSeen in a few words for a person; empty if there is nothing to say
 */
public record Observation(int met, int of, String lastSeen) {
    /** Of each thing that the condition is about: why it is not met, or empty. */
    static Observation of(List<Optional<String>> complaints) {
        List<String> unmet = complaints.stream().flatMap(Optional::stream).toList();
        String text = unmet.isEmpty()
                ? ""
                : unmet.get(0) + (unmet.size() == 1 ? "" : " (and " + (unmet.size() - 1) + " more)");
        return new Observation(complaints.size() - unmet.size(), complaints.size(), text);
    }

    /** Of a condition that is about one thing. */
    static Observation of(Optional<String> complaint) {
        return of(List.of(complaint));
    }

    /** Whether the condition is met. */
    public boolean holds() {
        return met == of;
    }

    /** {@code 2 of 3: cp-3 …}; without the numbers if it is about one thing. */
    @Override
    public String toString() {
        return of == 1 ? lastSeen : met + " of " + of + (lastSeen.isEmpty() ? "" : ": " + lastSeen);
    }
}
