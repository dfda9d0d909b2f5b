package io.talospve.apply.internal;

import io.talospve.apply.Outcome;
import io.talospve.apply.StepResult;
import io.talospve.error.TalosPveException;
import io.talospve.event.StepState;
import io.talospve.plan.HealthCondition;
import java.util.Locale;

/** An outcome as a person reads it. */
public final class OutcomeText {
    private OutcomeText() {}

    /** The whole text. */
    public static String of(Outcome outcome) {
        StringBuilder out = new StringBuilder();
        out.append("Cluster ").append(outcome.cluster()).append(": ");
        long done = count(outcome, StepState.DONE);
        out.append(outcome.succeeded() ? "succeeded" : outcome.cancelled() ? "cancelled" : "failed");
        out.append(", ").append(done).append(" of ").append(outcome.steps().size()).append(" steps done in ");
        out.append(String.format(Locale.ROOT, "%.1f s", outcome.duration().toMillis() / 1000.0)).append('\n');
        for (StepResult step : outcome.failures()) {
            out.append("! failed: ").append(step.title()).append(": ").append(step.detail()).append('\n');
            TalosPveException error = step.error();
            if (error != null) {
                out.append("    code ").append(error.code()).append('\n');
                error.hint().ifPresent(hint -> out.append("    ").append(hint).append('\n'));
            }
        }
        outcome.cancellationReason().ifPresent(reason -> out.append("  cancelled: ").append(reason).append('\n'));
        for (StepResult step : outcome.steps()) {
            if (step.state() == StepState.CANCELLED && !step.duration().isZero()) {
                out.append("  not finished: ").append(step.title())
                        .append(step.detail() == null ? "" : ": " + step.detail()).append('\n');
            }
        }
        long skipped = count(outcome, StepState.SKIPPED) + count(outcome, StepState.CANCELLED);
        if (skipped > 0) {
            out.append("  ").append(skipped).append(" steps were not done; plan and apply again to go on\n");
        }
        for (HealthCondition condition : outcome.notAwaited()) {
            out.append("  ").append(condition.id().title()).append(": not awaited: ")
                    .append(condition.reason()).append('\n');
        }
        outcome.issuedCredentials().ifPresent(credentials ->
                credentials.files().forEach(file -> out.append("  written to ").append(file).append('\n')));
        return out.toString();
    }

    private static long count(Outcome outcome, StepState state) {
        return outcome.steps().stream().filter(step -> step.state() == state).count();
    }
}
