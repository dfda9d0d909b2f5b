package io.talospve.store;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What was intended and done, written before and after it happens. Holds no secret. Thread-safe. */
public interface Journal {
    /**
     * Adds an entry; durable when this returns.
     *
     * @param entry the entry; its apply names the journal file
     */
    void append(Entry entry);

    /** All entries of all applies, oldest apply first. A line torn by a crash is left out. */
    List<Entry> entries();

    /** What an entry says. */
    enum Type {
        /** An apply begins. */
        APPLY_STARTED,
        /** A step begins. */
        STEP_STARTED,
        /** A machine is about to be created: {@code node, host, vmid, uuid}. */
        ALLOCATED,
        /** An allocation will not be used: its VMID is somebody else's. {@code node, vmid}. */
        ALLOCATION_VOID,
        /** A remote operation runs: {@code operation}. */
        OPERATION,
        /** A step is done. */
        STEP_DONE,
        /** A step failed: {@code error}. */
        STEP_FAILED,
        /** An apply ended: {@code status}. */
        APPLY_ENDED
    }

    /**
     * One line.
     *
     * @param apply which apply
     * @param time when
     * @param type what
     * @param step which step; empty text where it belongs to none
     * @param data more, by name
     */
    record Entry(String apply, Instant time, Type type, String step, Map<String, String> data) {
        /** Copies the map. */
        public Entry {
            Objects.requireNonNull(apply, "apply");
            Objects.requireNonNull(time, "time");
            Objects.requireNonNull(type, "type");
            Objects.requireNonNull(step, "step");
            data = Map.copyOf(data);
        }
    }
}
