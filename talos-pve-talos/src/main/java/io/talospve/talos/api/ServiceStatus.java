package io.talospve.talos.api;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A service of a machine.
 *
 * @param id its name: {@code etcd}, {@code kubelet}, {@code ext-lldpd} …
 * @param state Talos' state: {@code Waiting}, {@code Preparing}, {@code Running}, {@code Finished}, {@code Failed} …
 * @param health what its health check says
 * @param healthMessage last message of the health check, perhaps empty
 * @param events what happened to it, oldest first
 */
public record ServiceStatus(String id, String state, Health health, String healthMessage, List<Event> events) {
    /** Copies the list. */
    public ServiceStatus {
        events = List.copyOf(events);
    }

    /** One line, without the history. */
    @Override
    public String toString() {
        return id + " " + state + " " + health.name().toLowerCase(Locale.ROOT)
                + (healthMessage.isEmpty() ? "" : ": " + healthMessage);
    }

    /** Result of a health check. */
    public enum Health {
        /** There is no health check, or it has not run yet. */
        UNKNOWN,
        /** The check succeeds. */
        HEALTHY,
        /** The check fails. */
        UNHEALTHY
    }

    /**
     * Something that happened to a service.
     *
     * @param at when, by the machine's clock; null if it does not say
     * @param state the state it came to
     * @param message Talos' words
     */
    public record Event(@Nullable Instant at, String state, String message) {}
}
