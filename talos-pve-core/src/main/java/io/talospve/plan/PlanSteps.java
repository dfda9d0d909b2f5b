package io.talospve.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The steps of a plan in the making, in order. Not thread-safe. */
final class PlanSteps {
    private final List<Step> steps = new ArrayList<>();
    private final Set<String> planned = new HashSet<>();

    /** Adds a step. */
    void add(String id, Action action, String title, String reason, List<String> needs, StepWork work) {
        steps.add(Step.of(id, action, title, reason, needs, work));
        planned.add(id);
    }

    /** The step of this id if it is in the plan: what is done already needs no waiting for. */
    List<String> previous(String id) {
        return planned.contains(id) ? List.of(id) : List.of();
    }

    /** What was added. */
    List<Step> all() {
        return List.copyOf(steps);
    }
}
