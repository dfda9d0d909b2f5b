package io.talospve.testkit.internal.kube.api;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A refusal in Kubernetes' words: what becomes a Status object of kind Failure. */
public final class ApiError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int code;
    private final String reason;
    private final transient Map<String, Object> details;

    private ApiError(int code, String reason, String message, Map<String, Object> details) {
        super(message, null, false, false);
        this.code = code;
        this.reason = reason;
        this.details = details;
    }

    /**
     * Something that is wrong in a field.
     *
     * @param reason {@code FieldValueInvalid}, {@code FieldValueRequired}, …
     * @param field path of the field
     * @param message the sentence without the field
     */
    public record Cause(String reason, String field, String message) {
        /** A value that may not be. */
        public static Cause invalid(String field, Object value, String why) {
            String shown = value instanceof String text ? '"' + text + '"' : String.valueOf(value);
            return new Cause("FieldValueInvalid", field, "Invalid value: " + shown + ": " + why);
        }

        /** A value that is missing. */
        public static Cause required(String field, String why) {
            return new Cause("FieldValueRequired", field, "Required value" + (why.isEmpty() ? "" : ": " + why));
        }

        /** A value that is not one of the supported ones. */
        public static Cause unsupported(String field, Object value, List<?> supported) {
            return new Cause(
                    "FieldValueNotSupported",
                    field,
                    "Unsupported value: \"" + value + "\": supported values: "
                            + supported.stream().map(s -> "\"" + s + "\"").collect(Collectors.joining(", ")));
        }
    }

    /** There is no such object. */
    public static ApiError notFound(ResourceType type, String name) {
        return new ApiError(
                404, "NotFound", type.qualified() + " \"" + name + "\" not found", details(type.group(), type.plural(), name));
    }

    /** There is no such path. */
    public static ApiError noResource() {
        return new ApiError(404, "NotFound", "the server could not find the requested resource", Map.of());
    }

    /** There is one of that name. */
    public static ApiError alreadyExists(ResourceType type, String name) {
        return new ApiError(
                409,
                "AlreadyExists",
                type.qualified() + " \"" + name + "\" already exists",
                details(type.group(), type.plural(), name));
    }

    /** Somebody else was faster. */
    public static ApiError conflict(ResourceType type, String name, String why) {
        return new ApiError(
                409,
                "Conflict",
                "Operation cannot be fulfilled on " + type.qualified() + " \"" + name + "\": " + why,
                details(type.group(), type.plural(), name));
    }

    /** Server-side apply meets fields of other managers. */
    public static ApiError applyConflict(String message, List<Cause> causes) {
        return new ApiError(409, "Conflict", message, Tree.map("causes", causes(causes)));
    }

    /** An object that breaks rules. */
    public static ApiError invalid(String group, String kind, String name, List<Cause> causes) {
        List<String> texts = causes.stream().map(c -> c.field() + ": " + c.message()).distinct().toList();
        Map<String, Object> details = details(group, kind, name);
        details.put("causes", causes(causes));
        return new ApiError(
                422,
                "Invalid",
                kind + (group.isEmpty() ? "" : "." + group) + " \"" + name + "\" is invalid: "
                        + (texts.size() == 1 ? texts.get(0) : "[" + String.join(", ", texts) + "]"),
                details);
    }

    /** A write that a rule of the cluster forbids. */
    public static ApiError forbidden(ResourceType type, String name, String why) {
        return new ApiError(
                403,
                "Forbidden",
                type.qualified() + (name.isEmpty() ? "" : " \"" + name + "\"") + " is forbidden: " + why,
                details(type.group(), type.plural(), name));
    }

    /** A path that the user may not ask for. */
    public static ApiError forbidden(String message) {
        return new ApiError(403, "Forbidden", message, Map.of());
    }

    /** Nobody known asks. */
    public static ApiError unauthorized() {
        return new ApiError(401, "Unauthorized", "Unauthorized", Map.of());
    }

    /** A request that makes no sense. */
    public static ApiError badRequest(String message) {
        return new ApiError(400, "BadRequest", message, Map.of());
    }

    /** A verb that the resource does not have. */
    public static ApiError methodNotAllowed() {
        return new ApiError(
                405, "MethodNotAllowed", "the server does not allow this method on the requested resource", Map.of());
    }

    /** A body in a format that is not read. */
    public static ApiError unsupportedMediaType(List<String> accepted) {
        return new ApiError(
                415,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                        + String.join(", ", accepted),
                Map.of());
    }

    /** A resource version that is no longer kept. */
    public static ApiError expired(String message) {
        return new ApiError(410, "Expired", message, Map.of());
    }

    /** A body that is too long. */
    public static ApiError tooLarge(int limit) {
        return new ApiError(
                413, "RequestEntityTooLarge", "Request entity too large: limit is " + limit, Map.of());
    }

    /** etcd does not answer. */
    public static ApiError timeout() {
        return new ApiError(
                504,
                "Timeout",
                "the server was unable to return a response in the time allotted, but may still be processing the request",
                Map.of());
    }

    private static Map<String, Object> details(String group, String kind, String name) {
        Map<String, Object> details = Tree.map();
        if (!name.isEmpty()) {
            details.put("name", name);
        }
        if (!group.isEmpty()) {
            details.put("group", group);
        }
        details.put("kind", kind);
        return details;
    }

    private static List<Object> causes(List<Cause> causes) {
        return causes.stream()
                .map(c -> (Object) Tree.map("reason", c.reason(), "message", c.message(), "field", c.field()))
                .toList();
    }

    /** HTTP status. */
    public int code() {
        return code;
    }

    /** One word for programs. */
    public String reason() {
        return reason;
    }

    /** The Status object. */
    public Map<String, Object> status() {
        Map<String, Object> out = Tree.map(
                "kind", "Status",
                "apiVersion", "v1",
                "metadata", Map.of(),
                "status", "Failure",
                "message", getMessage(),
                "reason", reason);
        if (!details.isEmpty()) {
            out.put("details", details);
        }
        out.put("code", code);
        return out;
    }
}
