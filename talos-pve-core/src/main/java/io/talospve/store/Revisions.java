package io.talospve.store;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Every spec that was applied, with its plan and outcome. Holds no secret. Thread-safe. */
public interface Revisions {
    /**
     * Keeps what is about to be applied.
     *
     * @param applied by whom and when
     * @param specYaml the spec as YAML
     * @param planJson the plan as JSON
     * @return the revision's number, from 1
     */
    int begin(Applied applied, String specYaml, String planJson);

    /**
     * Keeps how it ended.
     *
     * @param revision number of the revision
     * @param outcomeJson the outcome as JSON
     */
    void end(int revision, String outcomeJson);

    /** Numbers of all revisions, ascending; of the last a crash may have left less than {@link #load} needs. */
    List<Integer> numbers();

    /**
     * A revision.
     *
     * @return empty if there is none of this number
     */
    Optional<Revision> load(int number);

    /**
     * Who applied, and when.
     *
     * @param at when it began
     * @param by who, for people
     */
    record Applied(Instant at, String by) {
        /** Checks that nothing is missing. */
        public Applied {
            Objects.requireNonNull(at, "at");
            Objects.requireNonNull(by, "by");
        }
    }

    /**
     * What was applied.
     *
     * @param number the revision's number
     * @param applied by whom and when; empty if an earlier version of the library did not keep it
     * @param specYaml the spec as YAML
     * @param planJson the plan as JSON
     * @param outcomeJson the outcome as JSON; empty if the apply did not get to its end
     */
    record Revision(
            int number, Optional<Applied> applied, String specYaml, String planJson, Optional<String> outcomeJson) {}
}
