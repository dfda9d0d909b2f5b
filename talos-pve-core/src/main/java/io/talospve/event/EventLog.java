package io.talospve.event;

import io.talospve.event.internal.EventJson;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Listeners that write events for programs. */
public final class EventLog {
    private EventLog() {}

    /**
     * One JSON object per line and event: {@code time}, {@code event} (for example {@code StepEnded}), then the event's own
     * values by name; durations are {@code …Millis}. A writer is flushed after every line and never closed.
     *
     * @param out where to write; what it throws is logged and costs that line only
     */
    public static ExecutionListener jsonLines(Appendable out) {
        return event -> {
            try {
                out.append(EventJson.line(event));
                if (out instanceof java.io.Flushable stream) {
                    stream.flush();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
    }
}
