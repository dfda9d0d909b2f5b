package io.talospve.talos.api;

import java.util.List;

/** Something that happened on a machine, from its event stream. Immutable. */
public sealed interface MachineEvent {
    /**
     * The event's id; they sort by time, and {@link EventFilter#after} takes one.
     *
     * @return the id
     */
    String id();

    /**
     * Id of the actor on whose call it happened.
     *
     * @return the id as the call returned it, empty if nobody called
     */
    String actor();

    /**
     * A sequence (boot, reset, upgrade …) begins or ends.
     *
     * @param id the event's id
     * @param actor on whose call
     * @param sequence its name
     * @param action {@code START}, {@code STOP} or {@code NOOP}
     * @param error why it failed, empty if it did not
     */
    record Sequence(String id, String actor, String sequence, String action, String error) implements MachineEvent {}

    /**
     * A phase of a sequence begins or ends.
     *
     * @param id the event's id
     * @param actor on whose call
     * @param phase its name
     * @param action {@code START} or {@code STOP}
     */
    record Phase(String id, String actor, String phase, String action) implements MachineEvent {}

    /**
     * A task of a phase begins or ends.
     *
     * @param id the event's id
     * @param actor on whose call
     * @param task its name
     * @param action {@code START} or {@code STOP}
     */
    record Task(String id, String actor, String task, String action) implements MachineEvent {}

    /**
     * A service changes its state.
     *
     * @param id the event's id
     * @param actor on whose call
     * @param service its name
     * @param state {@code RUNNING}, {@code FAILED} …
     * @param message Talos' words
     */
    record Service(String id, String actor, String service, String state, String message) implements MachineEvent {}

    /**
     * The machine changes its stage or its readiness.
     *
     * @param id the event's id
     * @param actor on whose call
     * @param stage {@code booting}, {@code installing}, {@code running} …
     * @param ready whether all conditions are met
     * @param unmet the conditions that are not, {@code name: reason} each
     */
    record Status(String id, String actor, String stage, boolean ready, List<String> unmet) implements MachineEvent {
        /** Copies the list. */
        public Status {
            unmet = List.copyOf(unmet);
        }
    }

    /**
     * A configuration could not be loaded or is not valid.
     *
     * @param id the event's id
     * @param actor on whose call
     * @param error Talos' words
     */
    record ConfigurationError(String id, String actor, String error) implements MachineEvent {}

    /**
     * The machine's name and addresses.
     *
     * @param id the event's id
     * @param actor on whose call
     * @param hostname its name
     * @param addresses its addresses
     */
    record Addresses(String id, String actor, String hostname, List<String> addresses) implements MachineEvent {
        /** Copies the list. */
        public Addresses {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * An event of another kind.
     *
     * @param id the event's id
     * @param actor on whose call
     * @param type the kind, as Talos names it
     */
    record Other(String id, String actor, String type) implements MachineEvent {}
}
