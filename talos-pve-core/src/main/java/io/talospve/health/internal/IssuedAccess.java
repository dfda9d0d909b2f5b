package io.talospve.health.internal;

import io.talospve.spec.Secret;
import io.talospve.spi.ClusterPki;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Client certificates for the machines, issued anew when half of their life is over and not before: a connection is kept for
 * as long as its certificate is. Thread-safe.
 */
public final class IssuedAccess {
    private static final Duration LIFETIME = Duration.ofHours(24);

    private final ClusterPki pki;
    private final TimeSource time;
    private final Map<String, Issued> byAuthority = new ConcurrentHashMap<>();

    /**
     * Nothing is issued yet.
     *
     * @param pki issues
     * @param time says when half of a life is over
     */
    public IssuedAccess(ClusterPki pki, TimeSource time) {
        this.pki = pki;
        this.time = time;
    }

    /** Access to the cluster of these secrets. */
    TalosAccess of(Secret<String> bundle) {
        Instant now = time.now();
        return byAuthority
                .compute(pki.osCaFingerprint(bundle), (authority, last) -> last != null && now.isBefore(last.renewal())
                        ? last
                        : new Issued(pki.access(bundle, LIFETIME), now.plus(LIFETIME.dividedBy(2))))
                .access();
    }

    private record Issued(TalosAccess access, Instant renewal) {}
}
