package io.talospve.error;

import org.jspecify.annotations.Nullable;

/** The cluster store cannot be read or written, or another process holds it. */
public class StoreException extends TalosPveException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure of the store.
     *
     * @param code why
     * @param message which file or entry, and what was tried
     * @param hint what to do now, or null
     * @param cause the I/O error, or null
     */
    public StoreException(ErrorCode code, String message, @Nullable String hint, @Nullable Throwable cause) {
        super(code, message, code == ErrorCode.LOCKED, hint, null, cause);
    }
}
