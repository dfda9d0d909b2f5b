package io.talospve.testkit.internal.net;

import io.talospve.testkit.Interruption;
import java.util.Optional;

/** The interruption that all servers of a datacenter ask. Thread-safe. */
public final class Interruptions {
    private volatile Interruption now = call -> Optional.empty();

    /** From now on this one is asked. */
    public void set(Interruption interruption) {
        now = interruption;
    }

    /** Whether and when the connection of a call breaks. */
    public Optional<Interruption.Moment> of(String server, String operation) {
        return now.of(new Interruption.Call(server, operation));
    }
}
