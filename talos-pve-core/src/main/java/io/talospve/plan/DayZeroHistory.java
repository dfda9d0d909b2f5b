package io.talospve.plan;

import io.talospve.store.Journal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the journal says of what was installed at day 0, since the cluster was made. Immutable.
 *
 * @param given fingerprint of the manifests that each machine was given, empty text for none
 * @param awaited steps that waited for it and have ended well
 */
record DayZeroHistory(Map<String, String> given, Set<String> awaited) {
    /** Reads the journal: a cluster that was removed begins anew. */
    static DayZeroHistory of(List<Journal.Entry> entries) {
        Map<String, String> given = new TreeMap<>();
        Set<String> awaited = new TreeSet<>();
        for (Journal.Entry entry : entries) {
            if (entry.type() != Journal.Type.STEP_DONE) {
                continue;
            }
            if (entry.step().equals(DestroyPlanning.RECORD)) {
                given.clear();
                awaited.clear();
            } else if (entry.data().containsKey("configuration")) {
                given.put(entry.data().getOrDefault("node", ""), entry.data().getOrDefault("manifests", ""));
            } else if (DayZeroPlanning.WAITS.contains(entry.step())) {
                awaited.add(entry.step());
            }
        }
        return new DayZeroHistory(given, awaited);
    }
}
