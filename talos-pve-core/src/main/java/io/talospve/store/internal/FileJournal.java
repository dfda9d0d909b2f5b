package io.talospve.store.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.StoreException;
import io.talospve.store.Journal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** A file of JSON lines per apply. */
final class FileJournal implements Journal {
    /** Not a monitor: a virtual thread that makes a call while it holds one keeps its carrier, before JDK 24. */
    private final ReentrantLock lock = new ReentrantLock();
    private final StoreFiles files;
    private final String folder;
    private final Runnable prepare;
    private final JsonMapper json = StoreJson.mapper();

    FileJournal(StoreFiles files, String folder, Runnable prepare) {
        this.files = files;
        this.folder = folder;
        this.prepare = prepare;
    }

    @Override
    public void append(Entry entry) {
        lock.lock();
        try {
            prepare.run();
            files.append(
                    folder + "/" + entry.apply() + ".jsonl",
                    (json.writeValueAsString(entry) + "\n").getBytes(StandardCharsets.UTF_8));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Entry> entries() {
        lock.lock();
        try {
            List<Entry> all = new ArrayList<>();
            for (String name : files.list(folder)) {
                String text = new String(files.read(folder + "/" + name).orElseThrow(), StandardCharsets.UTF_8);
                int start = 0;
                // What follows the last line break is a line that a crash tore: it was never acknowledged.
                for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
                    all.add(parse(name, text.substring(start, end)));
                    start = end + 1;
                }
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    private Entry parse(String name, String line) {
        try {
            return json.readValue(line, Entry.class);
        } catch (JacksonException e) {
            throw new StoreException(
                    ErrorCode.STORE_FAILED,
                    folder + "/" + name + " has a line that this library did not write",
                    "It was edited or damaged: restore it from a backup.",
                    null);
        }
    }
}
