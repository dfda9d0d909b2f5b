package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Accounts;
import io.talospve.testkit.internal.world.World;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Who is behind a request: tickets with their CSRF tokens, and API tokens. Needs the world's lock. */
final class Sessions {
    private static final Duration LIFE = Duration.ofHours(2);

    private final World world;
    private final Map<String, Ticket> tickets = new ConcurrentHashMap<>();

    Sessions(World world) {
        this.world = world;
    }

    /** A login. */
    record Ticket(String user, String ticket, String csrf, Instant issued) {
        @Override
        public String toString() {
            return "Ticket[" + user + "]";
        }
    }

    /** Issues a ticket for a user. */
    Ticket issue(String user) {
        String time = String.format(Locale.ROOT, "%08X", world.now().getEpochSecond());
        byte[] noise = new byte[256];
        world.random().nextBytes(noise);
        String signature = java.util.Base64.getEncoder().encodeToString(noise);
        byte[] other = new byte[32];
        world.random().nextBytes(other);
        String csrf = time + ":" + java.util.Base64.getEncoder().withoutPadding().encodeToString(other);
        Ticket ticket = new Ticket(user, "PVE:" + user + ":" + time + "::" + signature, csrf, world.now());
        tickets.put(ticket.ticket(), ticket);
        tickets.values().removeIf(t -> expired(t));
        return ticket;
    }

    private boolean expired(Ticket ticket) {
        return ticket.issued().plus(LIFE).isBefore(world.now());
    }

    /** The user whose valid ticket a text is. */
    Optional<String> userOf(String ticket) {
        return Optional.ofNullable(tickets.get(ticket)).filter(t -> !expired(t)).map(Ticket::user);
    }

    /** Finds who calls; throws the 401 that the transport answers. */
    Caller authenticate(String method, @Nullable String authorization, @Nullable String cookie, @Nullable String csrf) {
        if (authorization != null && authorization.startsWith("PVEAPIToken")) {
            return token(authorization);
        }
        String ticket = cookie == null ? null : ticket(cookie);
        if (ticket == null) {
            throw ApiError.bare(401, "No ticket");
        }
        Ticket known = tickets.get(ticket);
        if (known == null || expired(known)) {
            throw ApiError.bare(401, "permission denied - invalid PVE ticket");
        }
        if (!enabled(known.user())) {
            throw ApiError.bare(401, "permission denied - invalid PVE ticket");
        }
        if (!method.equals("GET") && !known.csrf().equals(csrf)) {
            throw ApiError.bare(401, "Permission denied - invalid csrf token");
        }
        return new Caller(known.user());
    }

    private boolean enabled(String user) {
        return Optional.ofNullable(world.accounts().users().get(user)).map(Accounts.User::enabled).orElse(false);
    }

    private Caller token(String authorization) {
        String value = authorization.substring("PVEAPIToken".length());
        if (!value.startsWith("=")) {
            throw ApiError.bare(401, "No ticket");
        }
        String decoded = value.substring(1);
        int mark = decoded.indexOf('!');
        int equals = decoded.indexOf('=', mark);
        if (mark < 0 || equals < 0) {
            throw ApiError.bare(401, "Authentication failed!");
        }
        String user = decoded.substring(0, mark);
        Accounts.User account = world.accounts().users().get(user);
        Accounts.Token token = account == null || !account.enabled()
                ? null
                : account.tokens().get(decoded.substring(mark + 1, equals));
        boolean valid = token != null
                && token.secret().equals(decoded.substring(equals + 1))
                && (token.expire() == 0 || token.expire() > world.now().getEpochSecond());
        if (!valid) {
            throw ApiError.bare(401, "Authentication failed!");
        }
        return new Caller(decoded.substring(0, equals));
    }

    private static @Nullable String ticket(String cookie) {
        for (String part : cookie.split(";")) {
            String one = part.strip();
            if (one.startsWith("PVEAuthCookie=")) {
                String raw = one.substring("PVEAuthCookie=".length());
                return raw.contains("%") ? URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8) : raw;
            }
        }
        return null;
    }
}
