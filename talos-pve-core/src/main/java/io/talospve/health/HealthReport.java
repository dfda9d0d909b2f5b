package io.talospve.health;

import io.talospve.plan.HealthCondition;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How a cluster was at one moment, condition by condition, in Talos' order. Immutable.
 *
 * @param cluster name of the cluster
 * @param at when it was looked at
 * @param conditions every condition
 */
public record HealthReport(String cluster, Instant at, List<Condition> conditions) {
    /** Copies the list. */
    public HealthReport {
        Objects.requireNonNull(cluster, "cluster");
        Objects.requireNonNull(at, "at");
        conditions = List.copyOf(conditions);
    }

    /** Whether every condition that is expected of this cluster is met: the exit condition of a check. */
    public boolean healthy() {
        return unmet().isEmpty();
    }

    /** The conditions that are expected and not met, in Talos' order: the first is the one to look at. */
    public List<Condition> unmet() {
        return conditions.stream()
                .filter(condition -> condition.expected() && condition.state() != State.MET)
                .toList();
    }

    /** A condition by its name; empty if this version of the library does not look at it. */
    public Optional<Condition> condition(HealthCondition.Id id) {
        return conditions.stream().filter(condition -> condition.id() == id).findFirst();
    }

    /** The report as a person reads it, one line per condition. */
    public String text() {
        StringBuilder out = new StringBuilder();
        out.append(cluster).append(healthy() ? " is healthy\n" : " is not healthy\n");
        for (Condition condition : conditions) {
            out.append("  ").append(condition.state().mark()).append(' ').append(condition).append('\n');
        }
        return out.toString();
    }

    /** Prints the report to standard output. */
    public void print() {
        print(System.out);
    }

    /** Prints the report. */
    public void print(PrintStream out) {
        out.print(text());
        out.flush();
    }

    /** One line. */
    @Override
    public String toString() {
        return "HealthReport[" + cluster + ", " + (healthy() ? "healthy" : "not healthy: " + unmet().get(0)) + "]";
    }

    /** How a condition is. */
    public enum State {
        /** It is met. */
        MET("ok"),
        /** It is not. */
        UNMET("--"),
        /** It could not be asked, because one before it is not met. */
        UNKNOWN("??");

        private final String mark;

        State(String mark) {
            this.mark = mark;
        }

        private String mark() {
            return mark;
        }
    }

    /**
     * How one condition was.
     *
     * @param id which condition
     * @param state how it was
     * @param met of how many machines, nodes or pods it was true
     * @param of how many it is about; 1 if it is about the cluster as a whole
     * @param lastSeen what was seen, for a person; may be empty
     * @param notExpected why it is not expected of this cluster, for example {@code no CNI}; empty text if it is
     */
    public record Condition(
            HealthCondition.Id id, State state, int met, int of, String lastSeen, String notExpected) {
        /** Checks that nothing is missing. */
        public Condition {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(state, "state");
            Objects.requireNonNull(lastSeen, "lastSeen");
            Objects.requireNonNull(notExpected, "notExpected");
        }

        /** Whether it is expected of this cluster. */
        public boolean expected() {
            return notExpected.isEmpty();
        }

        /** {@code nodes Ready, 2 of 3: lab-cp-1 is not Ready …}. */
        @Override
        public String toString() {
            return id.title()
                    + (expected() ? "" : " (not expected: " + notExpected + ")")
                    + (of == 1 ? "" : ", " + met + " of " + of)
                    + (lastSeen.isEmpty() ? "" : ": " + lastSeen);
        }
    }
}
