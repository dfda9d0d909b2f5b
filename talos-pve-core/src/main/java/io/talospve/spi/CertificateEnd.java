package io.talospve.spi;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * When a certificate ends. Immutable.
 *
 * @param what which certificate, for example {@code secrets: os CA} or {@code talosconfig: context prod-k8s}
 * @param notAfter its last instant
 */
public record CertificateEnd(String what, Instant notAfter) {
    /** Checks that nothing is missing. */
    public CertificateEnd {
        Objects.requireNonNull(what, "what");
        Objects.requireNonNull(notAfter, "notAfter");
    }

    /**
     * Whether it ends soon, or has ended.
     *
     * @param now the time
     * @param margin how soon
     */
    public boolean within(Instant now, Duration margin) {
        return !notAfter.isAfter(now.plus(margin));
    }

    @Override
    public String toString() {
        return what + " ends at " + notAfter;
    }
}
