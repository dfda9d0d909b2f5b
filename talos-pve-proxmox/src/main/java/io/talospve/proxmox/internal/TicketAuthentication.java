package io.talospve.proxmox.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.spec.Secret;
import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * User and password: a ticket that lives two hours and works on every node, with a CSRF token for everything that changes
 * something. Renewed after one hour by the ticket itself; with the password when that is refused.
 */
public final class TicketAuthentication implements Authentication {
    private static final Duration RENEW_AFTER = Duration.ofHours(1);
    private static final Duration LIFE = Duration.ofHours(2);

    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final String user;
    private final Secret<String> password;
    private final TimeSource time;
    private @Nullable Ticket ticket;

    /**
     * Logs in when it is first needed.
     *
     * @param user {@code user@realm}
     * @param password the password
     * @param time tells the age of the ticket
     */
    public TicketAuthentication(String user, Secret<String> password, TimeSource time) {
        this.user = user;
        this.password = password;
        this.time = time;
    }

    @Override
    public Map<String, String> headers(boolean read, Login login) {
        lock.lock();
        try {
            Ticket valid = valid(login);
            String cookie = "PVEAuthCookie=" + FormEncoding.encode(valid.value().reveal());
            return read
                    ? Map.of("Cookie", cookie)
                    : Map.of("Cookie", cookie, "CSRFPreventionToken", valid.csrf().reveal());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean refused() {
        lock.lock();
        try {
            boolean hadTicket = ticket != null;
            ticket = null;
            return hadTicket;
        } finally {
            lock.unlock();
        }
    }

    private Ticket valid(Login login) {
        Ticket held = ticket;
        Instant now = time.now();
        if (held != null && now.isBefore(held.issued().plus(RENEW_AFTER))) {
            return held;
        }
        if (held != null && now.isBefore(held.issued().plus(LIFE))) {
            try {
                return ticket = issue(held.value(), login, now);
            } catch (RemoteException e) {
                if (e.code() != ErrorCode.DENIED) {
                    return held; // still valid; the call itself will say what is wrong
                }
            }
        }
        return ticket = issue(password, login, now);
    }

    private Ticket issue(Secret<String> proof, Login login, Instant now) {
        JsonNode data = login.send(
                Call.post("access", "ticket").with("username", user).with("password", proof.reveal()));
        if (Fields.flag(data, "NeedTFA")) {
            throw new RemoteException(
                    ErrorCode.DENIED,
                    "the Proxmox account " + user + " asks for a second factor",
                    false,
                    "use an API token: it needs no second factor",
                    null,
                    null);
        }
        String value = Fields.text(data, "ticket");
        String csrf = Fields.text(data, "CSRFPreventionToken");
        if (value.isEmpty() || csrf.isEmpty()) {
            throw new RemoteException(
                    ErrorCode.UNEXPECTED_ANSWER, "the login of " + user + " was answered without a ticket", false, null, null, null);
        }
        return new Ticket(Secret.of(value), Secret.of(csrf), now);
    }

    private record Ticket(Secret<String> value, Secret<String> csrf, Instant issued) {}
}
