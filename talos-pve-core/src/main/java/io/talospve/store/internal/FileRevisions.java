package io.talospve.store.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.store.Revisions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.core.JacksonException;

/** A folder per revision. */
final class FileRevisions implements Revisions {
    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final StoreFiles files;
    private final String folder;
    private final Runnable prepare;

    FileRevisions(StoreFiles files, String folder, Runnable prepare) {
        this.files = files;
        this.folder = folder;
        this.prepare = prepare;
    }

    @Override
    public int begin(Applied applied, String specYaml, String planJson) {
        lock.lock();
        try {
            prepare.run();
            List<Integer> existing = numbers();
            int number = existing.isEmpty() ? 1 : existing.get(existing.size() - 1) + 1;
            write(number, "applied.json", StoreJson.mapper().writeValueAsString(applied) + "\n");
            write(number, "spec.yaml", specYaml);
            // The plan comes last: a revision is there once its plan is.
            write(number, "plan.json", planJson);
            return number;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void end(int revision, String outcomeJson) {
        write(revision, "outcome.json", outcomeJson);
    }

    @Override
    public List<Integer> numbers() {
        return files.list(folder).stream().map(Integer::valueOf).sorted().toList();
    }

    @Override
    public Optional<Revision> load(int number) {
        return read(number, "plan.json")
                .map(plan -> new Revision(
                        number,
                        read(number, "applied.json").map(text -> applied(number, text)),
                        read(number, "spec.yaml").orElse(""),
                        plan,
                        read(number, "outcome.json")));
    }

    private Applied applied(int number, String text) {
        try {
            return StoreJson.mapper().readValue(text, Applied.class);
        } catch (JacksonException e) {
            throw new StoreException(
                    ErrorCode.STORE_FAILED,
                    folder + "/" + number + "/applied.json is not what this library wrote",
                    "It was edited or damaged: restore it from a backup, or delete this file.",
                    null);
        }
    }

    private void write(int number, String name, String content) {
        files.write(folder + "/" + number + "/" + name, content.getBytes(StandardCharsets.UTF_8));
    }

    private Optional<String> read(int number, String name) {
        return files.read(folder + "/" + number + "/" + name)
                .map(content -> new String(content, StandardCharsets.UTF_8));
    }
}
