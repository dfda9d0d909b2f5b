package io.talospve.apply.internal;

import io.talospve.spi.TimeSource;
import io.talospve.store.Journal;
import io.talospve.store.Journal.Type;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The journal as one apply writes it, and the operations that an earlier one left running. Thread-safe. */
final class ApplyJournal {
    private final Journal journal;
    private final TimeSource time;
    private final String apply;
    private final Map<String, String> openOperations = new ConcurrentHashMap<>();
    private final Set<String> inherited = ConcurrentHashMap.newKeySet();

    ApplyJournal(Journal journal, TimeSource time, String apply, List<Journal.Entry> earlier) {
        this.journal = journal;
        this.time = time;
        this.apply = apply;
        for (Journal.Entry entry : earlier) {
            if (entry.type() == Type.OPERATION) {
                openOperations.put(entry.step(), entry.data().get("operation"));
            } else if (entry.type() == Type.STEP_DONE || entry.type() == Type.STEP_FAILED) {
                openOperations.remove(entry.step());
            }
        }
        inherited.addAll(openOperations.keySet());
    }

    void write(Type type, String step, Map<String, String> data) {
        journal.append(new Journal.Entry(apply, time.now(), type, step, data));
    }

    /** The operation of a step that was started and has not been seen to end. */
    Optional<String> openOperation(String step) {
        return Optional.ofNullable(openOperations.get(step));
    }

    /** Whether the open operation of a step was started by an earlier apply: the world may have moved on since it ended. */
    boolean isInherited(String step) {
        return inherited.contains(step);
    }

    void operationStarted(String step, String operation) {
        write(Type.OPERATION, step, Map.of("operation", operation));
        openOperations.put(step, operation);
    }

    void operationEnded(String step) {
        openOperations.remove(step);
        inherited.remove(step);
    }
}
