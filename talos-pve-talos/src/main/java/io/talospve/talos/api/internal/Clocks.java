package io.talospve.talos.api.internal;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** What certificates that are out of date tell of the clocks of both sides, and what to do about it. */
final class Clocks {
    private static final String CURE = "; let the machine reach a time server (time.servers) or take its host's clock"
            + " (time.host_clock), and see that the Proxmox hosts' and this computer's clocks are right (NTP)";

    /** Completes what a machine says of a service that waits for the time. */
    static final String NOT_IN_SYNC = "; its clock is not in sync: let it reach a time server (time.servers), or take its"
            + " host's clock (time.host_clock)";

    private Clocks() {}

    /** The server's certificate is out of date by our clock; completes "the machine answers, but …". */
    static String serverOutOfDate(X509Certificate server, Instant now) {
        Instant from = server.getNotBefore().toInstant();
        Instant to = server.getNotAfter().toInstant();
        String validity = "its certificate is valid from " + from + " to " + to + ", and here it is " + seconds(now);
        return now.isBefore(from)
                ? validity + ": the clocks differ, the machine's is ahead of ours by " + text(now, from) + " or more" + CURE
                : validity + ": the clocks differ, or the machine has not renewed it, by " + text(to, now) + " or more" + CURE;
    }

    /**
     * The server refuses our certificate as out of date; completes "the machine …".
     *
     * @param server the server's own certificate; null if it is not known
     */
    static String clientOutOfDate(X509Certificate ours, @Nullable X509Certificate server, Instant now) {
        Instant from = ours.getNotBefore().toInstant();
        Instant to = ours.getNotAfter().toInstant();
        String refusal = "refuses our client certificate as out of date (certificate_expired); it is valid from " + from
                + " to " + to + ", and here it is " + seconds(now);
        if (now.isBefore(from) || now.isAfter(to)) {
            return refusal + ": it really is, by our own clock" + CURE;
        }
        Instant issued = server == null ? now : server.getNotBefore().toInstant();
        // The machine's own certificate is as old as its API; more than that certificate's day is the clock.
        return refusal + ": the clocks differ"
                + (issued.isBefore(from)
                        ? ", the machine's is behind ours: its own certificate was issued at " + issued + " by its clock, "
                                + text(issued, now) + " ago by ours"
                        : ", the machine's is behind ours by " + text(from, now) + " or more, or ahead by " + text(now, to)
                                + " or more")
                + CURE;
    }

    private static Instant seconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS);
    }

    private static String text(Instant from, Instant to) {
        Duration difference = Duration.between(from, to);
        long hours = difference.toHours();
        return hours >= 48
                ? difference.toDays() + " days"
                : hours > 0
                        ? hours + " h " + difference.toMinutesPart() + " min"
                        : difference.toMinutes() + " min " + difference.toSecondsPart() + " s";
    }
}
