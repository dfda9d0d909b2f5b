package io.talospve.plan.internal;

import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The graph of a plan's steps in the languages of other tools. */
public final class PlanGraphs {
    private PlanGraphs() {}

    /** Mermaid flowchart. */
    public static String mermaid(Plan plan) {
        Map<String, String> names = names(plan.steps());
        StringBuilder out = new StringBuilder("flowchart TD\n");
        for (Step step : plan.steps()) {
            out.append("  ").append(names.get(step.id())).append("[\"")
                    .append(step.title().replace("\"", "#quot;"))
                    .append("\"]\n");
        }
        for (Step step : plan.steps()) {
            for (String need : step.needs()) {
                out.append("  ").append(names.get(need)).append(" --> ").append(names.get(step.id())).append('\n');
            }
        }
        return out.toString();
    }

    /** Graphviz. */
    public static String dot(Plan plan) {
        StringBuilder out = new StringBuilder("digraph plan {\n  rankdir=LR;\n  node [shape=box];\n");
        for (Step step : plan.steps()) {
            out.append("  ").append(quote(step.id())).append(" [label=").append(quote(step.title())).append("];\n");
        }
        for (Step step : plan.steps()) {
            for (String need : step.needs()) {
                out.append("  ").append(quote(need)).append(" -> ").append(quote(step.id())).append(";\n");
            }
        }
        return out.append("}\n").toString();
    }

    private static Map<String, String> names(List<Step> steps) {
        Map<String, String> names = new HashMap<>();
        for (Step step : steps) {
            names.put(step.id(), "s" + names.size());
        }
        return names;
    }

    private static String quote(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
