package io.talospve.error;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Root of all errors of this library, unchecked. Its message says what was tried, on what, and what the server answered;
 * {@link #hint()} what to do now. It never holds a secret.
 */
public class TalosPveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;
    private final boolean retryable;
    private final @Nullable String hint;
    private final @Nullable String serverText;

    /**
     * An error with all its parts.
     *
     * @param code what went wrong, for programs
     * @param message what was tried, on what, and how it failed
     * @param retryable whether the same call may succeed when simply made again later
     * @param hint what to do now, or null
     * @param serverText the server's own words, or null if no server spoke
     * @param cause what caused it, or null
     */
    public TalosPveException(
            ErrorCode code,
            String message,
            boolean retryable,
            @Nullable String hint,
            @Nullable String serverText,
            @Nullable Throwable cause) {
        super(Objects.requireNonNull(message, "message"), cause);
        this.code = Objects.requireNonNull(code, "code");
        this.retryable = retryable;
        this.hint = hint;
        this.serverText = serverText;
    }

    /**
     * What went wrong, for programs.
     *
     * @return the code
     */
    public ErrorCode code() {
        return code;
    }

    /**
     * Whether the same call may succeed when it is simply made again later.
     *
     * @return true if so
     */
    public boolean retryable() {
        return retryable;
    }

    /**
     * What a person can do now.
     *
     * @return the hint, empty if there is nothing better than the message
     */
    public Optional<String> hint() {
        return Optional.ofNullable(hint);
    }

    /**
     * What the server said, in its own words.
     *
     * @return the text, empty if no server spoke
     */
    public Optional<String> serverText() {
        return Optional.ofNullable(serverText);
    }
}
