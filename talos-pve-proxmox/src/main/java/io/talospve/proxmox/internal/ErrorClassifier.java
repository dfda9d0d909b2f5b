package io.talospve.proxmox.internal;

import io.talospve.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Turns an error answer into an {@link ApiException}: the server's words, what they mean for a program, whether the call
 * may be made again.
 *
 * <p>The words are in the body's {@code message} since PVE 8.4; before that, and for a refused ticket or an unreachable
 * peer, they are in the HTTP reason phrase only, which java.net.http does not show. Then the status' usual meaning is
 * said; a mutating call is never sent again just to read its error.
 */
final class ErrorClassifier {
    private ErrorClassifier() {}

    static ApiException classify(Call call, String endpoint, int status, byte[] bytes) {
        String text = "";
        Map<String, String> errors = new TreeMap<>();
        JsonNode body = parse(bytes);
        if (body != null && body.isObject()) {
            text = Fields.text(body, "message").strip();
            JsonNode listed = body.path("errors");
            listed.propertyNames().forEach(name -> errors.put(name, Fields.text(listed, name).strip()));
        } else if (bytes.length > 0) {
            String raw = new String(bytes, StandardCharsets.UTF_8).strip();
            text = raw.length() > 300 ? raw.substring(0, 300) + "…" : raw;
        }
        String said = errors.isEmpty()
                ? text
                : text + (text.isEmpty() ? "" : " ")
                        + errors.entrySet().stream()
                                .map(e -> e.getKey() + ": " + e.getValue())
                                .collect(Collectors.joining("; "));
        ErrorCode code = code(status, said);
        String what = said.isEmpty() ? usualMeaning(status) : said;
        return new ApiException(
                code,
                "Proxmox VE at " + endpoint + " answered " + status + " to " + call + ": " + what,
                retryable(status, said),
                hint(status, said, call),
                status,
                said,
                errors,
                null);
    }

    private static @Nullable JsonNode parse(byte[] body) {
        try {
            return body.length == 0 ? null : Fields.parse(body);
        } catch (JacksonException e) {
            return null;
        }
    }

    private static ErrorCode code(int status, String text) {
        return switch (status) {
            case 401, 403 -> ErrorCode.DENIED;
            case 404 -> ErrorCode.NOT_FOUND;
            case 595, 596, 597, 598, 599, 502, 503, 504 -> ErrorCode.UNREACHABLE;
            default -> {
                if (ErrorTexts.missingVm(text) || ErrorTexts.missingTask(text)) {
                    yield ErrorCode.NOT_FOUND;
                }
                if (ErrorTexts.takenVmid(text)) {
                    yield ErrorCode.NAME_TAKEN;
                }
                yield status >= 500 && status != 501 && status != 505 && status != 506 ? ErrorCode.SERVER_FAILED : ErrorCode.REJECTED;
            }
        };
    }

    private static boolean retryable(int status, String text) {
        return switch (status) {
            case 408, 429, 502, 503, 504, 595, 596, 597, 598, 599 -> true;
            case 500 -> !ErrorTexts.missingVm(text) && (ErrorTexts.passing(text) || ErrorTexts.takenVmid(text));
            default -> false;
        };
    }

    private static String usualMeaning(int status) {
        return switch (status) {
            case 401 -> "(no text) the credentials are unknown, wrong or expired";
            case 403 -> "(no text) the account lacks a privilege";
            case 501 -> "(no text) this Proxmox VE does not know the path or method";
            case 595 -> "(no text) the node that has to answer cannot be reached";
            case 596, 597, 598, 599 -> "(no text) the node that has to answer did not answer in time";
            default -> "(no text)";
        };
    }

    private static @Nullable String hint(int status, String text, Call call) {
        if (status == 401) {
            return "check the API token (user@realm!id=secret) or user and password; a token also needs its user to be"
                    + " enabled and not expired";
        }
        if (status == 403) {
            return "grant the privilege named above on that path to the user AND, if it is privilege-separated, to the"
                    + " API token (pveum acl modify <path> --tokens 'user@realm!id' --roles <role>)";
        }
        if (status >= 595 && status <= 599) {
            return call.isRead()
                    ? "see whether the node is up and in the cluster (pvecm status)"
                    : "see whether the node is up (pvecm status); whether the call took effect is not known: look before"
                            + " making it again";
        }
        if (text.contains("no quorum")) {
            return "the Proxmox cluster has lost its quorum: bring nodes back (pvecm status) and apply again";
        }
        if (text.contains("VM is locked (")) {
            return "another task holds the VM; wait for it. A lock left by a crash: qm unlock <vmid>, after looking";
        }
        if (text.contains("protection mode enabled")) {
            return "the VM is protected against deletion; clear its protection option if it really shall go";
        }
        return null;
    }
}
