package io.talospve.error;

import org.jspecify.annotations.Nullable;

/** A server (Proxmox VE, a machine, Kubernetes, a secret store) could not be reached, refused, or failed. Look at {@link #retryable()}: the executor retries by it. */
public class RemoteException extends TalosPveException {
    private static final long serialVersionUID = 1L;

    /**
     * A failed call.
     *
     * @param code what went wrong
     * @param message what was tried, on what, and how it failed
     * @param retryable whether the same call may succeed later
     * @param hint what to do now, or null
     * @param serverText the server's own words, or null
     * @param cause the transport error, or null
     */
    public RemoteException(
            ErrorCode code,
            String message,
            boolean retryable,
            @Nullable String hint,
            @Nullable String serverText,
            @Nullable Throwable cause) {
        super(code, message, retryable, hint, serverText, cause);
    }
}
