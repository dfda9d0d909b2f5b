package io.talospve.http;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * An answer, whatever its status.
 *
 * @param status HTTP status
 * @param headers its headers
 * @param body its whole body, empty if there is none
 */
public record HttpAnswer(int status, HttpHeaders headers, byte[] body) {
    /** Whether the status is one of success. */
    public boolean isSuccess() {
        return status / 100 == 2;
    }

    /** The body as UTF-8 text. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The body as text for a message: one line, bounded. */
    public String words() {
        return ServerText.clean(text());
    }

    /**
     * The error for a status other than success; retryable where that passes by itself.
     *
     * @param what what was tried, on what
     * @param hint what to do, or null
     */
    public RemoteException error(String what, @Nullable String hint) {
        ErrorCode code = errorCode();
        String words = words();
        return new RemoteException(
                code,
                what + ": status " + status + (words.isEmpty() ? "" : ": " + words),
                code == ErrorCode.SERVER_FAILED,
                hint,
                words.isEmpty() ? null : words,
                null);
    }

    /** What a status other than success usually means; {@link ErrorCode#SERVER_FAILED} for those that pass by themselves. */
    public ErrorCode errorCode() {
        return switch (status) {
            case 401, 403, 407 -> ErrorCode.DENIED;
            case 404, 410 -> ErrorCode.NOT_FOUND;
            case 408, 429 -> ErrorCode.SERVER_FAILED;
            default -> status >= 500
                    ? ErrorCode.SERVER_FAILED
                    : status >= 400 ? ErrorCode.REJECTED : ErrorCode.UNEXPECTED_ANSWER;
        };
    }
}
