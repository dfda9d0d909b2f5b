package io.talospve.error;

import org.jspecify.annotations.Nullable;

/** The caller wired something wrongly or left it out; its program has to change. */
public class ConfigurationException extends TalosPveException {
    private static final long serialVersionUID = 1L;

    /**
     * A wiring error.
     *
     * @param message everything that is missing or wrong
     * @param hint what to write instead, or null
     */
    public ConfigurationException(String message, @Nullable String hint) {
        super(ErrorCode.NOT_CONFIGURED, message, false, hint, null, null);
    }
}
