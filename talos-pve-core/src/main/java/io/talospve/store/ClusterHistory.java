package io.talospve.store;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.SpecDiff;
import io.talospve.store.Revisions.Applied;
import io.talospve.store.Revisions.Revision;
import io.talospve.store.internal.RevisionJson;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What was applied to a cluster: which spec, by whom, when, and what came of it. Reads only. Thread-safe. */
public final class ClusterHistory {
    private final String cluster;
    private final Revisions revisions;

    /**
     * The history of a cluster.
     *
     * @param cluster name of the cluster
     * @param revisions its revisions in a store
     */
    public ClusterHistory(String cluster, Revisions revisions) {
        this.cluster = cluster;
        this.revisions = revisions;
    }

    /** Every apply that got as far as changing something, the oldest first. */
    public List<Entry> entries() {
        return revisions.numbers().stream()
                .flatMap(number -> revisions.load(number).stream())
                .map(RevisionJson::entry)
                .toList();
    }

    /**
     * In what the specs of two revisions differ.
     *
     * @param earlier number of a revision
     * @param later number of another
     * @throws RefusedException if there is no such revision
     */
    public SpecDiff diff(int earlier, int later) {
        return SpecDiff.between(revision(earlier).specYaml(), revision(later).specYaml());
    }

    /**
     * A revision with its spec, plan and outcome; the spec can be loaded and applied again.
     *
     * @param number its number
     * @throws RefusedException if there is none of this number
     */
    public Revision revision(int number) {
        return revisions.load(number)
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.NOT_FOUND,
                        "cluster " + cluster + " has no revision " + number + " in this store",
                        "There are: " + entries().stream().map(Entry::number).toList()));
    }

    /**
     * One apply.
     *
     * @param number the revision's number
     * @param applied by whom and when; empty if an earlier version of the library did not keep it
     * @param kind {@code APPLY} or {@code DESTROY}
     * @param steps how many steps the plan had
     * @param result what came of it
     * @param duration how long it took; empty if it did not get to its end
     */
    public record Entry(
            int number, Optional<Applied> applied, String kind, int steps, Result result, Optional<Duration> duration) {
        @Override
        public String toString() {
            return number + "  " + applied.map(who -> who.at() + "  " + who.by()).orElse("unknown") + "  " + kind + "  "
                    + steps + " steps  " + result
                    + duration.map(time -> " after " + time.toSeconds() + " s").orElse("");
        }
    }

    /** How an apply ended. */
    public enum Result {
        /** Every step was done. */
        SUCCEEDED,
        /** A step failed. */
        FAILED,
        /** Somebody stopped it. */
        CANCELLED,
        /** It runs, or its process died. */
        UNFINISHED
    }
}
