package io.talospve.apply.internal;

import io.talospve.apply.Outcome;
import io.talospve.apply.StepResult;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** An outcome as the store keeps it: without credentials. */
public final class OutcomeJson {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private OutcomeJson() {}

    /** The whole document. */
    public static String of(Outcome outcome) {
        ObjectNode root = JSON.createObjectNode();
        root.put("cluster", outcome.cluster());
        root.put("succeeded", outcome.succeeded());
        root.put("cancelled", outcome.cancelled());
        root.put("milliseconds", outcome.duration().toMillis());
        ArrayNode steps = root.putArray("steps");
        for (StepResult step : outcome.steps()) {
            ObjectNode json = steps.addObject();
            json.put("id", step.id());
            json.put("state", step.state().name());
            json.put("milliseconds", step.duration().toMillis());
            json.put("detail", step.detail());
            if (step.error() != null) {
                json.put("code", step.error().code().name());
            }
        }
        return JSON.writeValueAsString(root) + "\n";
    }
}
