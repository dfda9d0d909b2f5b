package io.talospve.testkit.internal.bitwarden;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An answer.
 *
 * @param status HTTP status
 * @param body what becomes JSON, null for no body
 * @param headers more headers
 */
record BitwardenAnswer(int status, @Nullable Object body, Map<String, String> headers) {
    static BitwardenAnswer ok(Map<String, ?> body) {
        return new BitwardenAnswer(200, body, Map.of());
    }

    static BitwardenAnswer error(int status, String message) {
        return new BitwardenAnswer(status, errorBody(message, Map.of()), Map.of());
    }

    /** 404, which also stands for a missing permission. */
    static BitwardenAnswer notFound() {
        return error(404, "Resource not found.");
    }

    /** 400 with what is wrong, by field. */
    static BitwardenAnswer invalid(Map<String, List<String>> problems) {
        return new BitwardenAnswer(400, errorBody("The model state is invalid.", problems), Map.of());
    }

    static Map<String, @Nullable Object> errorBody(String message, Map<String, List<String>> problems) {
        Map<String, @Nullable Object> body = new TreeMap<>();
        body.put("message", message);
        body.put("validationErrors", problems.isEmpty() ? null : new TreeMap<>(problems));
        body.put("exceptionMessage", null);
        body.put("exceptionStackTrace", null);
        body.put("innerExceptionMessage", null);
        body.put("object", "error");
        return body;
    }

    /** A list as the API wraps it. */
    static BitwardenAnswer list(List<? extends Map<String, ?>> data) {
        Map<String, @Nullable Object> body = new HashMap<>();
        body.put("object", "list");
        body.put("data", data);
        body.put("continuationToken", null);
        return new BitwardenAnswer(200, body, Map.of());
    }
}
