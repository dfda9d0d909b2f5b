package io.talospve.apply;

import io.talospve.apply.internal.OutcomeText;
import io.talospve.event.StepState;
import io.talospve.plan.HealthCondition;
import io.talospve.plan.Plan.Rendering;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What came of applying a plan. Immutable. */
public final class Outcome {
    private final String cluster;
    private final List<StepResult> steps;
    private final List<HealthCondition> notAwaited;
    private final Optional<IssuedCredentials> credentials;
    private final Duration duration;
    private final Optional<String> cancelled;

    /** Made by the executor. */
    Outcome(
            String cluster,
            List<StepResult> steps,
            List<HealthCondition> notAwaited,
            Optional<IssuedCredentials> credentials,
            Duration duration,
            Optional<String> cancelled) {
        this.cluster = Objects.requireNonNull(cluster, "cluster");
        this.steps = List.copyOf(steps);
        this.notAwaited = List.copyOf(notAwaited);
        this.credentials = Objects.requireNonNull(credentials, "credentials");
        this.duration = Objects.requireNonNull(duration, "duration");
        this.cancelled = Objects.requireNonNull(cancelled, "cancelled");
    }

    /** Name of the cluster. */
    public String cluster() {
        return cluster;
    }

    /** Whether every step is done. */
    public boolean succeeded() {
        return cancelled.isEmpty() && steps.stream().allMatch(step -> step.state() == StepState.DONE);
    }

    /** Whether it was cancelled before its end. */
    public boolean cancelled() {
        return cancelled.isPresent();
    }

    /** Why it was cancelled before its end; empty if it was not. */
    public Optional<String> cancellationReason() {
        return cancelled;
    }

    /** Every step of the plan, in its order. */
    public List<StepResult> steps() {
        return steps;
    }

    /** Steps that failed, the causes first; skipped ones are not among them. */
    public List<StepResult> failures() {
        return steps.stream().filter(step -> step.state() == StepState.FAILED).toList();
    }

    /** Conditions of a healthy cluster that were not waited for, each with the reason; they are not known to be met. */
    public List<HealthCondition> notAwaited() {
        return notAwaited;
    }

    /** The cluster's credentials; empty if they are not issued (yet), or after a destroy. */
    public Optional<IssuedCredentials> issuedCredentials() {
        return credentials;
    }

    /**
     * The cluster's credentials.
     *
     * @throws IllegalStateException if there are none, because the apply did not get so far
     */
    public IssuedCredentials credentials() {
        return credentials.orElseThrow(
                () -> new IllegalStateException("no credentials were issued for " + cluster + ": see steps()"));
    }

    /** How long it took. */
    public Duration duration() {
        return duration;
    }

    /** The outcome as a person reads it. */
    public Rendering render() {
        return new Rendering(OutcomeText.of(this));
    }

    /** Prints the outcome to standard output. */
    public void print() {
        print(System.out);
    }

    /** Prints the outcome. */
    public void print(PrintStream out) {
        out.print(render());
        out.flush();
    }

    /** One line. */
    @Override
    public String toString() {
        return "Outcome[" + cluster + ", " + (succeeded() ? "succeeded" : cancelled() ? "cancelled" : "failed") + ", "
                + steps.size() + " steps]";
    }
}
