package io.talospve.plan;

import io.talospve.plan.internal.PlanGraphs;
import io.talospve.plan.internal.PlanJson;
import io.talospve.plan.internal.PlanText;
import io.talospve.spec.TalosCluster;
import java.io.PrintStream;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What will be done, for a person to review: an immutable graph of steps, in an order in which they could be done one by
 * one. Holds no secret. The same spec and the same world give the same bytes in every rendering. Thread-safe.
 */
public final class Plan {
    private final Kind kind;
    private final Basis basis;
    private final TalosCluster cluster;
    private final String world;
    private final List<MachinePlan> machines;
    private final List<Step> steps;
    private final List<Note> notes;

    Plan(
            Kind kind,
            Basis basis,
            TalosCluster cluster,
            String world,
            List<MachinePlan> machines,
            List<Step> steps,
            List<Note> notes) {
        this.kind = Objects.requireNonNull(kind, "kind");
        this.basis = Objects.requireNonNull(basis, "basis");
        this.cluster = Objects.requireNonNull(cluster, "cluster");
        this.world = Objects.requireNonNull(world, "world");
        this.machines = List.copyOf(machines);
        this.steps = List.copyOf(steps);
        this.notes = List.copyOf(notes);
    }

    /** What a plan is for. */
    public enum Kind {
        /** Bring the world to the spec. */
        APPLY,
        /** Remove the cluster. */
        DESTROY
    }

    /** What a plan was made from. */
    public enum Basis {
        /** Nothing was asked: it is what would be done if nothing existed. */
        EMPTY_WORLD,
        /** The world was observed. */
        OBSERVED
    }

    /** What this plan is for. */
    public Kind kind() {
        return kind;
    }

    /** What this plan was made from. */
    public Basis basis() {
        return basis;
    }

    /** The spec it was made from. */
    public TalosCluster cluster() {
        return cluster;
    }

    /** The Proxmox cluster it is for, in words. */
    public String world() {
        return world;
    }

    /** The machines as they will be; of a plan to destroy, none. */
    public List<MachinePlan> machines() {
        return machines;
    }

    /** The machine of a name. */
    public Optional<MachinePlan> machine(String name) {
        return machines.stream().filter(machine -> machine.name().equals(name)).findFirst();
    }

    /** The steps; every step comes after those it needs. */
    public List<Step> steps() {
        return steps;
    }

    /** What a reviewer should know besides. */
    public List<Note> notes() {
        return notes;
    }

    /** Whether there is anything to do. */
    public boolean hasChanges() {
        return !steps.isEmpty();
    }

    /** The plan as a reviewer reads it. */
    public Rendering render() {
        return new Rendering(PlanText.of(this));
    }

    /** Prints the plan to standard output. */
    public void print() {
        print(System.out);
    }

    /** Prints the plan. */
    public void print(PrintStream out) {
        out.print(render());
        out.flush();
    }

    /** The plan as JSON. */
    public String toJson() {
        return PlanJson.of(this);
    }

    /** The graph of steps in the language of Mermaid. */
    public String toMermaid() {
        return PlanGraphs.mermaid(this);
    }

    /** The graph of steps in the DOT language of Graphviz. */
    public String toDot() {
        return PlanGraphs.dot(this);
    }

    /** One line; {@link #render()} gives the whole. */
    @Override
    public String toString() {
        return "Plan[" + kind + " " + cluster.name() + ", " + steps.size() + " steps, " + basis + "]";
    }

    /**
     * A rendered text; an object of its own so that a shell shows line breaks as such.
     *
     * @param text the text
     */
    public record Rendering(String text) {
        @Override
        public String toString() {
            return text;
        }
    }
}
