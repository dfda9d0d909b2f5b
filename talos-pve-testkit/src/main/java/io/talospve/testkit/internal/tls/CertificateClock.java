package io.talospve.testkit.internal.tls;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * The clock by which a machine issues and checks certificates. One that is right goes by the datacenter's time and by wall
 * time alike: a client in this process may know either. One that is off goes by itself. Thread-safe if its suppliers are.
 *
 * @param time the datacenter's time
 * @param offset how far the machine's clock is ahead; negative if it is behind
 */
public record CertificateClock(Supplier<Instant> time, Supplier<Duration> offset) {
    /** A clock that is right, by wall time alone. */
    public static CertificateClock wall() {
        return new CertificateClock(Instant::now, () -> Duration.ZERO);
    }

    /** Whether it is right. */
    public boolean right() {
        return offset.get().isZero();
    }

    /** The time that a new certificate bears. */
    public Instant issuing() {
        Duration off = offset.get();
        Instant now = time.get();
        Instant wall = Instant.now();
        return off.isZero() && wall.isBefore(now) ? wall : now.plus(off);
    }

    /** Whether a certificate is valid now. */
    public boolean valid(X509Certificate certificate) {
        Duration off = offset.get();
        return valid(certificate, time.get().plus(off)) || off.isZero() && valid(certificate, Instant.now());
    }

    private static boolean valid(X509Certificate certificate, Instant at) {
        return !at.isBefore(certificate.getNotBefore().toInstant())
                && !at.isAfter(certificate.getNotAfter().toInstant());
    }
}
