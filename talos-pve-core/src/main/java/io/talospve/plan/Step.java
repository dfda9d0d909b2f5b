package io.talospve.plan;

import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.Collection;
import java.util.Collections;

/**
 * One step of a plan. Immutable.
 *
 * @param id unique in the plan and the same from run to run, for example {@code vm/prod-k8s-cp-1}
 * @param action what it does to the world
 * @param title what it does, in a few words
 * @param reason why it is in the plan
 * @param needs ids of the steps that must be done before
 * @param work what it does, as data
 */
public record Step(String id, Action action, String title, String reason, SortedSet<String> needs, StepWork work) {
    /** Copies the set. */
    public Step {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(action, "action");
        Objects.requireNonNull(title, "title");
        Objects.requireNonNull(reason, "reason");
        Objects.requireNonNull(work, "work");
        needs = Collections.unmodifiableSortedSet(new TreeSet<>(needs));
    }

    static Step of(String id, Action action, String title, String reason, Collection<String> needs, StepWork work) {
        return new Step(id, action, title, reason, new TreeSet<>(needs), work);
    }
}
