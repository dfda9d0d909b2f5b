package io.talospve.apply.internal;

import io.talospve.plan.MachinePlan;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.plan.StepWork;
import io.talospve.spec.TalosCluster;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What somebody has agreed to: the steps of a plan by digest. Enough to tell whether a fresh plan does something else, and
 * small enough to be kept in a file. Immutable.
 *
 * @param kind what the plan is for
 * @param basis what it was made from
 * @param cluster the spec
 * @param hosts where new machines are created, by name
 * @param steps the steps, in the plan's order
 */
public record ReviewedPlan(
        Plan.Kind kind, Plan.Basis basis, TalosCluster cluster, Map<String, String> hosts, List<ReviewedStep> steps) {
    /** Copies map and list. */
    public ReviewedPlan {
        hosts = Map.copyOf(hosts);
        steps = List.copyOf(steps);
    }

    /**
     * A step that somebody has agreed to.
     *
     * @param id its id
     * @param title what it does
     * @param digest digest of its work; of a machine that is created, of the whole machine
     */
    public record ReviewedStep(String id, String title, String digest) {}

    /** What agreeing to this plan agrees to. */
    public static ReviewedPlan of(Plan plan) {
        List<ReviewedStep> steps = plan.steps().stream()
                .map(step -> new ReviewedStep(step.id(), step.title(), digest(plan, step)))
                .toList();
        Map<String, String> hosts = new TreeMap<>();
        plan.machines().forEach(machine -> hosts.put(machine.name(), machine.host()));
        return new ReviewedPlan(plan.kind(), plan.basis(), plan.cluster(), hosts, steps);
    }

    /** Titles of the steps of a fresh plan that nobody has agreed to. */
    public Set<String> missing(Plan fresh) {
        Map<String, String> digests =
                steps.stream().collect(Collectors.toMap(ReviewedStep::id, ReviewedStep::digest));
        Set<String> result = new TreeSet<>();
        for (Step step : fresh.steps()) {
            if (!Objects.equals(digests.get(step.id()), digest(fresh, step))) {
                result.add(step.title() + (digests.containsKey(step.id()) ? " (in another way)" : ""));
            }
        }
        return result;
    }

    /** Steps and machines are values whose text has all that is in them, in a fixed order, and no secret. */
    private static String digest(Plan plan, Step step) {
        String text = step.work().toString();
        if (step.work() instanceof StepWork.CreateMachine create) {
            text += plan.machine(create.node()).map(MachinePlan::toString).orElse("");
        }
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
