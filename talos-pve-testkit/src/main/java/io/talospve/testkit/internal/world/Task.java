package io.talospve.testkit.internal.world;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A worker of a host. Guarded by the world's lock. */
public final class Task {
    private final String upid;
    private final String host;
    private final String type;
    private final String id;
    private final String authId;
    private final int pid;
    private final long pstart;
    private final Instant started;
    private final List<String> log = new ArrayList<>();
    private Optional<Instant> ended = Optional.empty();
    private String exitStatus = "";
    private Runnable interrupt = () -> { };

    Task(String host, int pid, long pstart, Instant started, String type, String id, String authId) {
        this.host = host;
        this.pid = pid;
        this.pstart = pstart;
        this.started = started;
        this.type = type;
        this.id = id;
        this.authId = authId;
        this.upid = String.format(
                Locale.ROOT,
                "UPID:%s:%08X:%08X:%08X:%s:%s:%s:",
                host,
                pid,
                pstart,
                started.getEpochSecond(),
                type,
                id,
                authId);
    }

    /** Its UPID. */
    public String upid() {
        return upid;
    }

    /** Host it runs on. */
    public String host() {
        return host;
    }

    /** Worker type, {@code qmcreate}. */
    public String type() {
        return type;
    }

    /** What it works on: a VMID, a file name, a storage, or nothing. */
    public String id() {
        return id;
    }

    /** User or token that started it. */
    public String authId() {
        return authId;
    }

    /** Process id. */
    public int pid() {
        return pid;
    }

    /** Start time of the process in ticks. */
    public long pstart() {
        return pstart;
    }

    /** When it started. */
    public Instant started() {
        return started;
    }

    /** When it ended; empty while it runs. */
    public Optional<Instant> ended() {
        return ended;
    }

    /** {@code OK}, {@code WARNINGS: n} or the error; empty while it runs. */
    public String exitStatus() {
        return exitStatus;
    }

    /** Lines of its log so far. */
    public List<String> log() {
        return List.copyOf(log);
    }

    /** Adds a line to its log. */
    public void say(String line) {
        log.add(line);
    }

    /** What a signal does to it; set by the work. */
    public void onInterrupt(Runnable action) {
        interrupt = action;
    }

    /** Sends it a signal; does nothing once it has ended. */
    public void interrupt() {
        if (ended.isEmpty()) {
            interrupt.run();
        }
    }

    void end(Instant now, String status) {
        if (ended.isPresent()) {
            return;
        }
        ended = Optional.of(now);
        exitStatus = status;
        if (status.equals("OK")) {
            log.add("TASK OK");
        } else if (status.startsWith("WARNINGS")) {
            log.add("TASK " + status);
        } else {
            log.add("TASK ERROR: " + status);
        }
    }
}
