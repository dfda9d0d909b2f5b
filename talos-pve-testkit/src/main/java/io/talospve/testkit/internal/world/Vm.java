package io.talospve.testkit.internal.world;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** A virtual machine. Guarded by the world's lock. */
public final class Vm {
    private final int vmid;
    private final Instant created;
    private final TreeMap<String, String> config = new TreeMap<>();
    private final TreeMap<String, String> pending = new TreeMap<>();
    private final Set<String> pendingDelete = new LinkedHashSet<>();
    private String host;
    private boolean running;
    private boolean paused;
    private int pid;
    private Instant poweredOn = Instant.EPOCH;
    private Instant changed;
    private Instant busyUntil = Instant.EPOCH;
    private Optional<Guest> guest = Optional.empty();
    private Optional<Runnable> shutdownWatch = Optional.empty();
    private Optional<Hardware.CloudInit> bootMedia = Optional.empty();

    Vm(int vmid, String host, Instant created) {
        this.vmid = vmid;
        this.host = host;
        this.created = created;
        this.changed = created;
    }

    /** Its id. */
    public int vmid() {
        return vmid;
    }

    /** The host it is on. */
    public String host() {
        return host;
    }

    void host(String name) {
        host = name;
    }

    /** When it was created. */
    public Instant created() {
        return created;
    }

    /** Configuration as stored, without pending changes; mutable. */
    public TreeMap<String, String> config() {
        return config;
    }

    /** Changes that wait for the next stop; mutable. */
    public TreeMap<String, String> pending() {
        return pending;
    }

    /** Options whose removal waits for the next stop; mutable. */
    public Set<String> pendingDelete() {
        return pendingDelete;
    }

    /** Name, {@code VM <id>} if the configuration has none. */
    public String name() {
        return config.getOrDefault("name", "VM " + vmid);
    }

    /** Lock in the configuration; empty for none. */
    public String lock() {
        return config.getOrDefault("lock", "");
    }

    /** Whether it has power. */
    public boolean running() {
        return running;
    }

    /** Whether it is suspended. */
    public boolean paused() {
        return paused;
    }

    /** Suspends or resumes it. */
    public void paused(boolean isPaused) {
        paused = isPaused;
    }

    /** Process id of its QEMU; 0 without power. */
    public int pid() {
        return pid;
    }

    /** When it last got power. */
    public Instant poweredOn() {
        return poweredOn;
    }

    void power(boolean on, int newPid, Instant now) {
        running = on;
        paused = false;
        pid = newPid;
        changed = now;
        if (on) {
            poweredOn = now;
        }
    }

    /** When name, tags or power last changed. */
    public Instant changed() {
        return changed;
    }

    /** Notes a change that the other hosts are told about. */
    public void changed(Instant now) {
        changed = now;
    }

    /** Until when its configuration is locked by tasks before. */
    public Instant busyUntil() {
        return busyUntil;
    }

    /** Locks its configuration until a task ends. */
    public void busyUntil(Instant end) {
        busyUntil = end;
    }

    /** The guest; made at the first start. */
    public Optional<Guest> guest() {
        return guest;
    }

    void guest(Guest newGuest) {
        guest = Optional.of(newGuest);
    }

    /** What is to be told that it has powered off. */
    public Optional<Runnable> shutdownWatch() {
        return shutdownWatch;
    }

    /** Sets what is to be told that it has powered off. */
    public void shutdownWatch(Optional<Runnable> watch) {
        shutdownWatch = watch;
    }

    /** The cloud-init drive as it was written at the last start. */
    public Optional<Hardware.CloudInit> bootMedia() {
        return bootMedia;
    }

    /** Writes the cloud-init drive. */
    public void bootMedia(Optional<Hardware.CloudInit> content) {
        bootMedia = content;
    }
}
