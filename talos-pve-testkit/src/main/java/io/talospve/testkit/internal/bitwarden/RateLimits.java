package io.talospve.testkit.internal.bitwarden;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** How many requests of a kind the server takes within a time, by the documented limits. */
final class RateLimits {
    /** What is counted apart. */
    enum Kind {
        /** Logins. */
        TOKEN,
        /** GET. */
        READ,
        /** POST, PUT, DELETE. */
        WRITE
    }

    private record Limit(int requests, Duration within) {}

    private static final Map<Kind, List<Limit>> LIMITS = Map.of(
            Kind.TOKEN, List.of(new Limit(5, Duration.ofSeconds(1)), new Limit(10, Duration.ofMinutes(1))),
            Kind.READ, List.of(new Limit(200, Duration.ofMinutes(1))),
            Kind.WRITE, List.of(new Limit(5, Duration.ofSeconds(1)), new Limit(60, Duration.ofMinutes(1))));

    private final Map<Kind, Deque<Instant>> taken = new EnumMap<>(Kind.class);

    /**
     * Takes a request, or says in how many seconds it would be taken.
     *
     * @param now the server's time
     */
    synchronized OptionalLong take(Kind kind, Instant now) {
        Deque<Instant> past = taken.computeIfAbsent(kind, k -> new ArrayDeque<>());
        past.removeIf(at -> !at.isAfter(now.minus(Duration.ofMinutes(1))));
        for (Limit limit : LIMITS.get(kind)) {
            Instant since = now.minus(limit.within);
            List<Instant> recent = past.stream().filter(at -> at.isAfter(since)).toList();
            if (recent.size() >= limit.requests) {
                Instant free = recent.get(recent.size() - limit.requests).plus(limit.within);
                return OptionalLong.of(
                        Math.max(1, (Duration.between(now, free).toMillis() + 999) / 1000));
            }
        }
        past.add(now);
        return OptionalLong.empty();
    }
}
