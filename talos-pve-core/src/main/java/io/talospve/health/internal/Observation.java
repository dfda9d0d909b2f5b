package io.talospve.health.internal;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What was seen of one condition.
 *
 * @param met of how many machines, nodes or pods it is true
 * @param of how many there are
 * @param lastSeen in a few words for a person; empty if there is nothing to say
 * @param machine the first machine of which it is not true; empty if that is none, or not known
 */
public record Observation(int met, int of, String lastSeen, Optional<String> machine) {
    /** What was seen, of no machine in particular. */
    public Observation(int met, int of, String lastSeen) {
        this(met, of, lastSeen, Optional.empty());
    }

    /** Of things that each are of one machine: why it is not met, or empty. */
    static <T> Observation ofMachines(
            Collection<T> things, Function<T, String> name, Function<T, Optional<String>> complaint) {
        Map<String, Optional<String>> complaints = new LinkedHashMap<>();
        things.forEach(thing -> complaints.put(name.apply(thing), complaint.apply(thing)));
        Observation all = of(List.copyOf(complaints.values()));
        return new Observation(
                all.met,
                all.of,
                all.lastSeen,
                complaints.keySet().stream()
                        .filter(machine -> complaints.get(machine).isPresent())
                        .findFirst());
    }

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
