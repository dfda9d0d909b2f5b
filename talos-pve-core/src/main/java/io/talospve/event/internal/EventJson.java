package io.talospve.event.internal;

import io.talospve.event.ExecutionEvent;
import java.time.Instant;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** An event as one line of JSON. */
public final class EventJson {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private EventJson() {}

    /** The line, with its line break. */
    public static String line(ExecutionEvent event) {
        ObjectNode json = JSON.createObjectNode();
        json.put("time", event.time().toString());
        json.put("event", event.getClass().getSimpleName());
        if (event instanceof ExecutionEvent.PlanningRetry retry) {
            Instant next = retry.next();
            json.put("what", retry.what());
            json.put("attempt", retry.attempt());
            json.put("error", retry.error());
            json.put("next", next.toString());
        } else if (event instanceof ExecutionEvent.Started started) {
            json.put("cluster", started.cluster());
            json.put("steps", started.steps());
        } else if (event instanceof ExecutionEvent.StepStarted step) {
            json.put("step", step.step());
            json.put("title", step.title());
        } else if (event instanceof ExecutionEvent.StepWaiting waiting) {
            json.put("step", waiting.step());
            json.put("attempt", waiting.attempt());
            json.put("condition", waiting.condition());
            json.put("lastSeen", waiting.lastSeen());
            json.put("waitedMillis", waiting.waited().toMillis());
        } else if (event instanceof ExecutionEvent.StepRetrying retrying) {
            Instant next = retrying.next();
            json.put("step", retrying.step());
            json.put("attempt", retrying.attempt());
            json.put("error", retrying.error());
            json.put("next", next.toString());
        } else if (event instanceof ExecutionEvent.StepEnded step) {
            json.put("step", step.step());
            json.put("title", step.title());
            json.put("state", step.state().name());
            json.put("attempt", step.attempt());
            json.put("durationMillis", step.duration().toMillis());
            json.put("detail", step.detail());
        } else if (event instanceof ExecutionEvent.Ended ended) {
            json.put("cluster", ended.cluster());
            json.put("succeeded", ended.succeeded());
            json.put("durationMillis", ended.duration().toMillis());
        }
        return JSON.writeValueAsString(json) + "\n";
    }
}
