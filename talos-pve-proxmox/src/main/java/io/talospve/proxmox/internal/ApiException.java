package io.talospve.proxmox.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Proxmox answered with an error status. */
public final class ApiException extends RemoteException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String text;
    private final transient Map<String, String> parameterErrors;

    ApiException(
            ErrorCode code,
            String message,
            boolean retryable,
            @Nullable String hint,
            int status,
            String text,
            Map<String, String> parameterErrors,
            @Nullable ApiException cause) {
        super(code, message, retryable, hint, text.isEmpty() ? null : text, cause);
        this.status = status;
        this.text = text;
        this.parameterErrors = Map.copyOf(parameterErrors);
    }

    /** Something that is not there, though the server said so otherwise. */
    static ApiException notFound(String message, ApiException cause) {
        return new ApiException(
                ErrorCode.NOT_FOUND, message, false, null, cause.status, cause.text, cause.parameterErrors, cause);
    }

    /** HTTP status. */
    public int status() {
        return status;
    }

    /** The server's text with the parameter errors; empty if the answer had none. */
    public String text() {
        return text;
    }

    /** What was wrong with which parameter. */
    public Map<String, String> parameterErrors() {
        return parameterErrors;
    }
}
