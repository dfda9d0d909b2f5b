package io.talospve.talos.api;

import java.time.Duration;

/**
 * Which events a stream begins with. New ones follow in any case.
 *
 * @param last how many past events to tell; 0 for none, −1 for all that are kept
 * @param after the id after which to begin, empty to ignore
 * @param since how far back, zero to ignore
 * @param actor only events on the call that returned this actor id, empty for all
 */
public record EventFilter(int last, String after, Duration since, String actor) {
    /**
     * New events only.
     *
     * @return the filter
     */
    public static EventFilter newOnes() {
        return new EventFilter(0, "", Duration.ZERO, "");
    }

    /**
     * All events that the machine keeps, then new ones.
     *
     * @return the filter
     */
    public static EventFilter all() {
        return new EventFilter(-1, "", Duration.ZERO, "");
    }

    /**
     * Events on one call only, past ones included.
     *
     * @param actor the actor id that the call returned
     * @return the filter
     */
    public static EventFilter ofActor(String actor) {
        return new EventFilter(-1, "", Duration.ZERO, actor);
    }
}
