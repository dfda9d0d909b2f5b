package io.talospve.store.internal;

import io.talospve.store.Revisions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A folder per revision. */
final class FileRevisions implements Revisions {
    private final StoreFiles files;
    private final String folder;
    private final Runnable prepare;

    FileRevisions(StoreFiles files, String folder, Runnable prepare) {
        this.files = files;
        this.folder = folder;
        this.prepare = prepare;
    }

    @Override
    public synchronized int begin(String specYaml, String planJson) {
        prepare.run();
        List<Integer> existing = numbers();
        int number = existing.isEmpty() ? 1 : existing.get(existing.size() - 1) + 1;
        write(number, "spec.yaml", specYaml);
        write(number, "plan.json", planJson);
        return number;
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
                        number, read(number, "spec.yaml").orElse(""), plan, read(number, "outcome.json")));
    }

    private void write(int number, String name, String content) {
        files.write(folder + "/" + number + "/" + name, content.getBytes(StandardCharsets.UTF_8));
    }

    private Optional<String> read(int number, String name) {
        return files.read(folder + "/" + number + "/" + name)
                .map(content -> new String(content, StandardCharsets.UTF_8));
    }
}
