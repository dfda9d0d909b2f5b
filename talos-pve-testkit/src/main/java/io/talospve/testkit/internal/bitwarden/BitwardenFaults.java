package io.talospve.testkit.internal.bitwarden;

import java.util.Optional;

/**
 * Sees every call to the simulated Bitwarden and may spoil it. Called on the server's threads, several at a time.
 */
public interface BitwardenFaults {
    /** Spoils nothing. */
    BitwardenFaults NONE = new BitwardenFaults() { };

    /**
     * Sees a call before it has any effect.
     *
     * @return what happens instead of the call; empty lets it take effect
     */
    default Optional<Fault> before(Call call) {
        return Optional.empty();
    }

    /**
     * Sees a call after it took effect, before it is answered.
     *
     * @return what is answered instead; empty for the real answer
     */
    default Optional<Fault> after(Call call) {
        return Optional.empty();
    }

    /**
     * A call.
     *
     * @param method HTTP method
     * @param path path with {@code /api} or {@code /identity}, without a query
     */
    record Call(String method, String path) {}

    /** What a spoiled call looks like from outside. */
    sealed interface Fault {
        /** The connection is closed without an answer. */
        record Drop() implements Fault {}

        /** An error with Bitwarden's usual body. */
        record Error(int status, String message) implements Fault {}

        /** Status 429 with a Retry-After header. */
        record TooManyRequests(int retryAfterSeconds) implements Fault {}

        /** A body that is none of Bitwarden's, as of a proxy in between. */
        record Raw(int status, String contentType, String body) implements Fault {}
    }
}
