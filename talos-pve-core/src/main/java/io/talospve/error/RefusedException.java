package io.talospve.error;

import org.jspecify.annotations.Nullable;

/** The library refuses to go on because going on could do harm; a person has to decide. Nothing was changed. */
public class RefusedException extends TalosPveException {
    private static final long serialVersionUID = 1L;

    /**
     * A refusal.
     *
     * @param code why
     * @param message what was found, and where
     * @param hint what to do now, or null
     */
    public RefusedException(ErrorCode code, String message, @Nullable String hint) {
        super(code, message, false, hint, null, null);
    }
}
