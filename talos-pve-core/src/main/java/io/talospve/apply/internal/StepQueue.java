package io.talospve.apply.internal;

import io.talospve.event.StepState;
import io.talospve.plan.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The steps of a plan by where they stand: which may run a call now, in the order in which they came to that, and which are
 * over. Looks at each only when it changes, so that thousands of steps cost no more than they do. Only the scheduler's
 * thread touches it.
 */
final class StepQueue {
    private final Map<String, StepRun> runs = new LinkedHashMap<>();
    private final Map<String, List<StepRun>> dependents = new HashMap<>();
    /** Steps whose needs are done, and those that wait, by when they may run (again). */
    private final NavigableSet<StepRun> due =
            new TreeSet<>(Comparator.comparing(StepRun::due).thenComparingInt(run -> run.number));
    private int left;

    StepQueue(Collection<StepRun> steps, Instant now) {
        steps.forEach(run -> runs.put(run.step.id(), run));
        left = runs.size();
        for (StepRun run : runs.values()) {
            for (String need : run.step.needs()) {
                dependents.computeIfAbsent(need, id -> new ArrayList<>()).add(run);
            }
            run.openNeeds = run.step.needs().size();
            ready(run, now);
        }
    }

    Collection<StepRun> all() {
        return runs.values();
    }

    boolean ended() {
        return left == 0;
    }

    /** Those that may run a call now, the longest due first. A copy: what is done with one may change another. */
    List<StepRun> due(Instant now) {
        List<StepRun> result = new ArrayList<>();
        for (StepRun run : due) {
            if (run.due().isAfter(now)) {
                break;
            }
            result.add(run);
        }
        return result;
    }

    /** When the next one is due that is not due now: those that are wait for a slot, and are told when one is free. */
    Optional<Instant> nextAfter(Instant now) {
        for (StepRun run : due) {
            if (run.due().isAfter(now)) {
                return Optional.of(run.due());
            }
        }
        return Optional.empty();
    }

    void running(StepRun run) {
        due.remove(run);
        run.phase = StepRun.Phase.RUNNING;
    }

    void again(StepRun run, Instant when) {
        due.remove(run);
        run.phase = StepRun.Phase.WAITING;
        run.nextRun = when;
        due.add(run);
    }

    /** Takes a step that is over out, and lets those begin that have waited for it alone. */
    void ended(StepRun run, Instant now) {
        due.remove(run);
        left--;
        if (run.end != StepState.DONE) {
            return;
        }
        for (StepRun dependent : dependents(run.step)) {
            dependent.openNeeds--;
            ready(dependent, now);
        }
    }

    List<StepRun> dependents(Step step) {
        return dependents.getOrDefault(step.id(), List.of());
    }

    private void ready(StepRun run, Instant now) {
        if (run.openNeeds == 0 && run.phase == StepRun.Phase.PENDING) {
            run.nextRun = now;
            due.add(run);
        }
    }
}
