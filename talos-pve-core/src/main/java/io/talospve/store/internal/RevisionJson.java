package io.talospve.store.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.store.ClusterHistory.Entry;
import io.talospve.store.ClusterHistory.Result;
import io.talospve.store.Revisions.Revision;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Reads of a revision what a history shows. */
public final class RevisionJson {
    private RevisionJson() {}

    /** The line of the history. */
    public static Entry entry(Revision revision) {
        JsonNode plan = parse(revision, "plan.json", revision.planJson());
        Optional<JsonNode> outcome = revision.outcomeJson().map(text -> parse(revision, "outcome.json", text));
        return new Entry(
                revision.number(),
                revision.applied(),
                plan.path("kind").asString(""),
                plan.path("steps").size(),
                outcome.map(RevisionJson::result).orElse(Result.UNFINISHED),
                outcome.map(json -> Duration.ofMillis(json.path("milliseconds").asLong(0))));
    }

    private static Result result(JsonNode outcome) {
        if (outcome.path("succeeded").asBoolean(false)) {
            return Result.SUCCEEDED;
        }
        return outcome.path("cancelled").asBoolean(false) ? Result.CANCELLED : Result.FAILED;
    }

    private static JsonNode parse(Revision revision, String file, String text) {
        try {
            return StoreJson.mapper().readTree(text);
        } catch (JacksonException e) {
            throw new StoreException(
                    ErrorCode.STORE_FAILED,
                    file + " of revision " + revision.number() + " is not what this library wrote",
                    "It was edited or damaged: restore it from a backup.",
                    null);
        }
    }
}
