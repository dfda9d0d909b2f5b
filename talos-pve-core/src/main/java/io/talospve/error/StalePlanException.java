package io.talospve.error;

import org.jspecify.annotations.Nullable;

/** The world moved since the plan was made: plan again. Nothing was changed. */
public class StalePlanException extends TalosPveException {
    private static final long serialVersionUID = 1L;

    /**
     * A stale plan.
     *
     * @param message what moved
     * @param hint what to do now, or null
     */
    public StalePlanException(String message, @Nullable String hint) {
        super(ErrorCode.PLAN_STALE, message, false, hint, null, null);
    }
}
