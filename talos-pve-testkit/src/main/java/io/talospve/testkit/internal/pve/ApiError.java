package io.talospve.testkit.internal.pve;

import java.util.Map;
import java.util.TreeMap;

/** An answer that is not 200. */
final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int status;
    private final transient Map<String, String> errors;
    private final boolean emptyBody;

    private ApiError(int status, String message, Map<String, String> errors, boolean emptyBody) {
        super(message, null, false, false);
        this.status = status;
        this.errors = errors;
        this.emptyBody = emptyBody;
    }

    /** What a {@code die} in a handler becomes. */
    static ApiError die(String message) {
        return new ApiError(500, message, Map.of(), false);
    }

    static ApiError of(int status, String message) {
        return new ApiError(status, message, Map.of(), false);
    }

    /** One refused parameter. */
    static ApiError parameter(String name, String text) {
        return parameters(Map.of(name, text));
    }

    /** Refused parameters. */
    static ApiError parameters(Map<String, String> errors) {
        return new ApiError(400, "Parameter verification failed.", new TreeMap<>(errors), false);
    }

    /** A missing privilege. */
    static ApiError forbidden(String detail) {
        return of(403, detail.isEmpty() ? "Permission check failed" : "Permission check failed (" + detail + ")");
    }

    /** An answer of the transport: only the status line says what happened. */
    static ApiError bare(int status, String reason) {
        return new ApiError(status, reason, Map.of(), true);
    }

    int status() {
        return status;
    }

    Map<String, String> errors() {
        return errors;
    }

    boolean emptyBody() {
        return emptyBody;
    }

    /** Message; Throwable says it may be missing, here it never is. */
    String text() {
        return String.valueOf(getMessage());
    }
}
