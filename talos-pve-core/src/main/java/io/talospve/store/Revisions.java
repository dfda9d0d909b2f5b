package io.talospve.store;

import java.util.List;
import java.util.Optional;

/** Every spec that was applied, with its plan and outcome. Holds no secret. Thread-safe. */
public interface Revisions {
    /**
     * Keeps what is about to be applied.
     *
     * @param specYaml the spec as YAML
     * @param planJson the plan as JSON
     * @return the revision's number, from 1
     */
    int begin(String specYaml, String planJson);

    /**
     * Keeps how it ended.
     *
     * @param revision number of the revision
     * @param outcomeJson the outcome as JSON
     */
    void end(int revision, String outcomeJson);

    /** Numbers of all revisions, ascending. */
    List<Integer> numbers();

    /**
     * A revision.
     *
     * @return empty if there is none of this number
     */
    Optional<Revision> load(int number);

    /**
     * What was applied.
     *
     * @param number the revision's number
     * @param specYaml the spec as YAML
     * @param planJson the plan as JSON
     * @param outcomeJson the outcome as JSON; empty if the apply did not get to its end
     */
    record Revision(int number, String specYaml, String planJson, Optional<String> outcomeJson) {}
}
