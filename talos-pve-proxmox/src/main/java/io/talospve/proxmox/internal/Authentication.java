package io.talospve.proxmox.internal;

import java.util.Map;

/** How requests say who asks. Thread-safe. */
public interface Authentication {
    /**
     * Headers for one request.
     *
     * @param read whether it changes nothing
     * @param login sends a call without authentication, for a ticket
     */
    Map<String, String> headers(boolean read, Login login);

    /**
     * Told that the server refused these credentials.
     *
     * @return whether asking again with new headers makes sense
     */
    boolean refused();

    /** Sends a call without authentication. */
    interface Login {
        /** The answer's data, or an error as every call throws it. */
        tools.jackson.databind.JsonNode send(Call call);
    }
}
