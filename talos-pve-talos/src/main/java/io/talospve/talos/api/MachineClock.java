package io.talospve.talos.api;

import java.time.Duration;
import java.time.Instant;

/**
 * A machine's clock beside its time server's.
 *
 * @param server the time server
 * @param local the machine's time
 * @param remote the server's time
 */
public record MachineClock(String server, Instant local, Instant remote) {
    /**
     * How far the machine is ahead of its server.
     *
     * @return the difference; negative if it is behind
     */
    public Duration ahead() {
        return Duration.between(remote, local);
    }
}
