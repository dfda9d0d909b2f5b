package io.talospve.apply.internal;

import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TalosApi;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The machine that a step follows while it waits: at most one watch, opened anew when the machine has become something else.
 * The step's own calls open it one after the other; any thread may close it.
 */
final class Followed implements AutoCloseable {
    private final TalosApi talos;
    private final Runnable changed;
    private final AtomicReference<TalosApi.@Nullable Watch> watch = new AtomicReference<>();
    private volatile boolean closed;
    private @Nullable MachineAddress address;
    private @Nullable Class<? extends MachineView> state;
    private Instant again = Instant.MIN;

    /** Nothing is followed yet; a change is told by running the given action. */
    Followed(TalosApi talos, Runnable changed) {
        this.talos = talos;
        this.changed = changed;
    }

    /**
     * Follows a machine as it was just seen. A watch that ends at once is not opened again for a while.
     *
     * @return whether a watch was opened now: then look again, what changed in between is not told
     */
    boolean follow(MachineAddress where, TalosAccess access, MachineView seen, Instant now) {
        boolean same = where.equals(address) && seen.getClass().equals(state);
        if (closed || same && (live() || now.isBefore(again))) {
            return false;
        }
        address = where;
        state = seen.getClass();
        again = now.plus(Backoff.WATCHED);
        replace(talos.watch(where, access, seen, changed));
        if (closed) {
            replace(TalosApi.Watch.ENDED);
        }
        return live();
    }

    /** Whether changes are told. */
    boolean live() {
        TalosApi.Watch current = watch.get();
        return current != null && current.live();
    }

    @Override
    public void close() {
        closed = true;
        replace(TalosApi.Watch.ENDED);
    }

    private void replace(TalosApi.Watch next) {
        TalosApi.Watch old = watch.getAndSet(next);
        if (old != null) {
            old.close();
        }
    }
}
