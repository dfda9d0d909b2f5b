package io.talospve.testkit.internal.world;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * The state of a Proxmox cluster: hosts, storages, virtual machines and their power, tasks. One lock guards all of it;
 * guests are called without it, one effect after the other.
 */
public final class World implements AutoCloseable {
    private static final int TASKS_KEPT = 20_000;

    private final ReentrantLock lock = new ReentrantLock();
    private final Deque<Runnable> effects = new ArrayDeque<>();
    private boolean draining;
    private final SimClock clock;
    private final Latency latency;
    private final RandomGenerator random;
    private final PveVersion version;
    private final String clusterName;
    private final Guest.Factory guests;
    private final ImageSource images;
    private final Map<String, Host> hosts = new LinkedHashMap<>();
    private final Map<String, Storage> storages = new LinkedHashMap<>();
    private final TreeMap<Integer, Vm> vms = new TreeMap<>();
    private final Map<String, TreeMap<Integer, Vm>> vmsByHost = new HashMap<>();
    private final TreeMap<String, Volume> volumes = new TreeMap<>();
    private final TreeMap<Integer, Map<String, Volume>> volumesByVm = new TreeMap<>();
    private final TreeMap<String, Pool> pools = new TreeMap<>();
    private final Map<Integer, String> poolOfVm = new HashMap<>();
    private final Accounts accounts;
    private final Map<String, Queue<String>> spoiled = new HashMap<>();
    private final LinkedHashMap<String, Task> tasks = new LinkedHashMap<>();
    private final Set<String> full = new LinkedHashSet<>();
    private final Map<String, Map<String, Set<String>>> mappings =
            Map.of("pci", new TreeMap<>(), "usb", new TreeMap<>());
    private final List<Consumer<Host>> afterCrash = new ArrayList<>();
    private final Instant booted;

    private World(Builder b) {
        clock = b.clock;
        latency = b.latency;
        random = new SplittableRandom(b.seed);
        version = b.version;
        clusterName = b.clusterName;
        guests = b.guests;
        images = b.images;
        booted = clock.now();
        int number = 0;
        for (String name : b.hosts) {
            number++;
            hosts.put(name, new Host(name, number, "10.77.0." + (10 + number), b.cpus, b.memoryBytes, b.bridges));
            vmsByHost.put(name, new TreeMap<>());
        }
        b.storages.forEach(s -> storages.put(s.id(), s));
        accounts = new Accounts(version, b.rootPassword);
    }

    /** Starts describing a world. */
    public static Builder builder(SimClock clock, Latency latency, Guest.Factory guests, ImageSource images) {
        return new Builder(clock, latency, guests, images);
    }

    /** Describes a world. Not thread-safe. */
    public static final class Builder {
        private final SimClock clock;
        private final Latency latency;
        private final Guest.Factory guests;
        private final ImageSource images;
        private long seed = 1;
        private PveVersion version = PveVersion.V8_4;
        private String clusterName = "sim";
        private String rootPassword = "simulated";
        private List<String> hosts = List.of("alpha", "charlie", "foxtrot");
        private Set<String> bridges = new LinkedHashSet<>(List.of("vmbr0", "vmbr1", "dmz"));
        private List<Storage> storages = defaultStorages();
        private int cpus = 64;
        private long memoryBytes = 512L << 30;

        private Builder(SimClock clock, Latency latency, Guest.Factory guests, ImageSource images) {
            this.clock = clock;
            this.latency = latency;
            this.guests = guests;
            this.images = images;
        }

        private static List<Storage> defaultStorages() {
            return List.of(
                    Storage.directory("local", "/var/lib/vz", false,
                            List.of("images", "iso", "vztmpl", "backup", "snippets", "rootdir"), 512L << 30),
                    Storage.thin("local-lvm", 16L << 40),
                    Storage.directory("nas", "/mnt/nas", true,
                            List.of("iso", "import", "images", "snippets", "vztmpl"), 32L << 40));
        }

        /** Seed of everything random. */
        public Builder seed(long value) {
            seed = value;
            return this;
        }

        /** Release of Proxmox VE. */
        public Builder version(PveVersion value) {
            version = value;
            return this;
        }

        /** Name of the cluster. */
        public Builder clusterName(String value) {
            clusterName = value;
            return this;
        }

        /** Password of root@pam. */
        public Builder rootPassword(String value) {
            rootPassword = value;
            return this;
        }

        /** Names of the hosts. */
        public Builder hosts(List<String> names) {
            hosts = List.copyOf(names);
            return this;
        }

        /** Bridges on every host. */
        public Builder bridges(Collection<String> names) {
            bridges = new LinkedHashSet<>(names);
            return this;
        }

        /** Storages. */
        public Builder storages(List<Storage> all) {
            storages = List.copyOf(all);
            return this;
        }

        /** Size of every host. */
        public Builder hostSize(int threads, long bytes) {
            cpus = threads;
            memoryBytes = bytes;
            return this;
        }

        /** Builds it. */
        public World build() {
            return new World(this);
        }
    }

    // ---- lock, effects, time ----

    /** Does something under the lock, then lets what it caused happen to the guests. */
    public <T> T locked(Supplier<T> work) {
        lock.lock();
        try {
            return work.get();
        } finally {
            lock.unlock();
            drain();
        }
    }

    /** Does something under the lock. */
    public void locked(Runnable work) {
        locked(() -> {
            work.run();
            return Boolean.TRUE;
        });
    }

    /** Does something with a guest, in order, as soon as the lock is free. Needs the lock. */
    public void effect(Runnable onGuest) {
        effects.add(onGuest);
    }

    private void drain() {
        if (lock.isHeldByCurrentThread()) {
            return;
        }
        while (true) {
            Runnable next;
            lock.lock();
            try {
                if (draining) {
                    return;
                }
                next = effects.poll();
                if (next == null) {
                    return;
                }
                draining = true;
            } finally {
                lock.unlock();
            }
            try {
                next.run();
            } finally {
                lock.lock();
                draining = false;
                lock.unlock();
            }
        }
    }

    /** Does something under the lock when a time has passed. */
    public SimClock.Cancellation after(Duration delay, Runnable work) {
        return clock.after(delay, () -> locked(work));
    }

    /** The clock. */
    public SimClock clock() {
        return clock;
    }

    /** The time. */
    public Instant now() {
        return clock.now();
    }

    /** How long things take. */
    public Latency latency() {
        return latency;
    }

    /** When the hosts were switched on. */
    public Instant booted() {
        return booted;
    }

    /** Everything random; needs the lock. */
    public RandomGenerator random() {
        return random;
    }

    /** A random UUID. */
    public UUID randomUuid() {
        long high = (random.nextLong() & ~0xf000L) | 0x4000L;
        long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
        return new UUID(high, low);
    }

    /** A MAC address as Proxmox generates them. */
    public String randomMac() {
        int bits = random.nextInt(1 << 24);
        return String.format(
                Locale.ROOT, "BC:24:11:%02X:%02X:%02X", bits >> 16 & 255, bits >> 8 & 255, bits & 255);
    }

    /** Release. */
    public PveVersion version() {
        return version;
    }

    /** Name of the cluster. */
    public String clusterName() {
        return clusterName;
    }

    /** Where images come from. */
    public ImageSource images() {
        return images;
    }

    // ---- hosts ----

    /** Hosts by name. */
    public Map<String, Host> hosts() {
        return hosts;
    }

    /** Whether more than half of the hosts are there. */
    public boolean quorate() {
        return hosts.values().stream().filter(Host::online).count() * 2 > hosts.size();
    }

    /** Cuts a host's power: its machines are off, its tasks are gone. */
    public void crash(String host) {
        locked(() -> {
            Host crashed = hosts.get(host);
            if (crashed == null || !crashed.online()) {
                return;
            }
            crashed.online(false);
            vmsByHost.get(host).values().stream().filter(Vm::running).toList().forEach(this::powerOff);
            tasks.values().stream()
                    .filter(t -> t.host().equals(host) && t.ended().isEmpty())
                    .toList()
                    .forEach(t -> end(t, "unexpected status"));
            afterCrash.forEach(c -> c.accept(crashed));
        });
    }

    /** Adds somebody who is told, under the lock, that a host has lost its power. */
    public void afterCrash(Consumer<Host> observer) {
        locked(() -> {
            afterCrash.add(observer);
        });
    }

    /** Switches a crashed host on again; its machines stay off. */
    public void boot(String host) {
        locked(() -> {
            Host back = hosts.get(host);
            if (back != null) {
                back.online(true);
            }
        });
    }

    // ---- storages and volumes ----

    /** Storages by id; mutable. */
    public Map<String, Storage> storages() {
        return storages;
    }

    /** Declares a storage full, or not: nothing can be allocated on it. */
    public void full(String storage, boolean isFull) {
        locked(() -> {
            if (isFull) {
                full.add(storage);
            } else {
                full.remove(storage);
            }
        });
    }

    /** Whether a storage was declared full. */
    public boolean full(String storage) {
        return full.contains(storage);
    }

    /** Bytes used of a storage, as seen from a host. */
    public long used(Storage storage, String host) {
        if (full.contains(storage.id())) {
            return storage.totalBytes();
        }
        long sum = volumesOn(storage, host).stream().mapToLong(Volume::sizeBytes).sum();
        return Math.min(storage.totalBytes(), sum);
    }

    private static String key(Storage storage, String host, String name) {
        return storage.id() + ":" + (storage.shared() ? "" : host) + ":" + name;
    }

    /** Volumes of a storage as a host sees them, by volume id. */
    public Collection<Volume> volumesOn(Storage storage, String host) {
        String prefix = key(storage, host, "");
        return volumes.subMap(prefix, prefix + Character.MAX_VALUE).values();
    }

    /** A volume by its id. */
    public Optional<Volume> volume(String host, String volid) {
        int colon = volid.indexOf(':');
        Storage storage = colon < 0 ? null : storages.get(volid.substring(0, colon));
        return storage == null
                ? Optional.empty()
                : Optional.ofNullable(volumes.get(key(storage, host, volid.substring(colon + 1))));
    }

    /** Adds or replaces a volume. */
    public void put(Volume volume) {
        volumes.put(key(volume.storage(), volume.host(), volume.name()), volume);
        if (volume.vmid() > 0) {
            volumesByVm.computeIfAbsent(volume.vmid(), v -> new TreeMap<>()).put(volume.host() + volume.volid(), volume);
        }
    }

    /** Removes a volume. */
    public void remove(Volume volume) {
        volumes.remove(key(volume.storage(), volume.host(), volume.name()));
        Map<String, Volume> own = volumesByVm.get(volume.vmid());
        if (own != null) {
            own.remove(volume.host() + volume.volid());
        }
    }

    /** Disks that belong to a VMID, as a host sees them. */
    public List<Volume> volumesOf(int vmid, String host) {
        return volumesByVm.getOrDefault(vmid, Map.of()).values().stream()
                .filter(v -> v.storage().shared() || v.host().equals(host))
                .toList();
    }

    // ---- devices ----

    /**
     * Names devices of hosts for pass-through.
     *
     * @param kind {@code pci} or {@code usb}
     * @param name name of the mapping
     * @param onHosts hosts that have such a device
     */
    public void map(String kind, String name, Set<String> onHosts) {
        locked(() -> mappings(kind).put(name, Set.copyOf(onHosts)));
    }

    /** Hosts by the name of the mapping, for {@code pci} or {@code usb}; mutable. */
    public Map<String, Set<String>> mappings(String kind) {
        Map<String, Set<String>> found = mappings.get(kind);
        if (found == null) {
            throw new IllegalArgumentException("no mappings of " + kind);
        }
        return found;
    }

    // ---- virtual machines ----

    /** Virtual machines by id. */
    public Map<Integer, Vm> vms() {
        return java.util.Collections.unmodifiableMap(vms);
    }

    /** Virtual machines of one host by id. */
    public Map<Integer, Vm> vmsOn(String host) {
        return java.util.Collections.unmodifiableMap(vmsByHost.get(host));
    }

    /** Adds a virtual machine without configuration. */
    public Vm addVm(int vmid, String host) {
        Vm vm = new Vm(vmid, host, now());
        vms.put(vmid, vm);
        vmsByHost.get(host).put(vmid, vm);
        return vm;
    }

    /** Forgets a virtual machine; its volumes are not touched. */
    public void removeVm(Vm vm) {
        powerOff(vm);
        vms.remove(vm.vmid());
        vmsByHost.get(vm.host()).remove(vm.vmid());
        leavePool(vm.vmid());
    }

    /** Moves a machine's configuration to another host. */
    public void move(Vm vm, String host) {
        vmsByHost.get(vm.host()).remove(vm.vmid());
        vm.host(host);
        vmsByHost.get(host).put(vm.vmid(), vm);
        vm.changed(now());
    }

    /**
     * Gives a machine power.
     *
     * @param hardware what it sees
     * @param current the hardware at any later time
     */
    public void powerOn(Vm vm, Hardware hardware, Function<Vm, Hardware> current) {
        vm.power(true, hosts.get(vm.host()).nextPid(), now());
        Guest guest = vm.guest().orElseGet(() -> {
            Guest made = guests.create(new Guest.PowerSwitch() {
                @Override
                public void off() {
                    locked(() -> {
                        if (vm.running()) {
                            vm.power(false, 0, now());
                            stopped(vm);
                        }
                    });
                }

                @Override
                public Hardware hardware() {
                    return locked(() -> current.apply(vm));
                }
            });
            vm.guest(made);
            return made;
        });
        effect(() -> guest.powerOn(hardware));
    }

    /** Cuts a machine's power; does nothing if it has none. */
    public void powerOff(Vm vm) {
        if (!vm.running()) {
            return;
        }
        vm.power(false, 0, now());
        vm.guest().ifPresent(g -> effect(g::powerOff));
        stopped(vm);
    }

    /** Resets a running machine: the guest starts again from nothing, the process stays. */
    public void reset(Vm vm, Hardware hardware) {
        vm.guest().ifPresent(g -> {
            effect(g::powerOff);
            effect(() -> g.powerOn(hardware));
        });
    }

    private void stopped(Vm vm) {
        vm.pendingDelete().forEach(vm.config()::remove);
        vm.config().putAll(vm.pending());
        vm.pending().clear();
        vm.pendingDelete().clear();
        Optional<Runnable> watch = vm.shutdownWatch();
        vm.shutdownWatch(Optional.empty());
        watch.ifPresent(Runnable::run);
    }

    /** Asks a machine to shut down by ACPI; {@code Vm.shutdownWatch} is told when it is off. */
    public void shutdown(Vm vm) {
        vm.guest().ifPresent(g -> effect(() -> g.shutdown(() -> locked(() -> {
            if (vm.running()) {
                vm.power(false, 0, now());
                stopped(vm);
            }
        }))));
    }

    /** All virtual machines now. */
    public List<VmSnapshot> snapshot() {
        return locked(() -> vms.values().stream()
                .map(vm -> {
                    Map<String, Long> disks = new TreeMap<>();
                    volumesOf(vm.vmid(), vm.host()).forEach(v -> disks.put(v.volid(), v.sizeBytes()));
                    return new VmSnapshot(vm.host(), vm.vmid(), vm.config(), disks, vm.running());
                })
                .toList());
    }

    // ---- pools, accounts ----

    /** Pools by id; mutable. */
    public Map<String, Pool> pools() {
        return pools;
    }

    /** The pool of a virtual machine. */
    public Optional<String> poolOf(int vmid) {
        return Optional.ofNullable(poolOfVm.get(vmid));
    }

    /** Puts a virtual machine into a pool. */
    public void joinPool(int vmid, Pool pool) {
        leavePool(vmid);
        pool.vms().add(vmid);
        poolOfVm.put(vmid, pool.id());
    }

    /** Takes a virtual machine out of its pool. */
    public void leavePool(int vmid) {
        String pool = poolOfVm.remove(vmid);
        if (pool != null && pools.containsKey(pool)) {
            pools.get(pool).vms().remove(vmid);
        }
    }

    /** Users, tokens, roles. */
    public Accounts accounts() {
        return accounts;
    }

    // ---- tasks ----

    /** Starts a task; whoever starts it ends it. */
    public Task start(String host, String type, String id, String authId) {
        long ticks = Duration.between(booted, now()).toMillis() / 10 + 100_000;
        Task task = new Task(host, hosts.get(host).nextPid(), ticks, now(), type, id, authId);
        tasks.put(task.upid(), task);
        if (tasks.size() > TASKS_KEPT) {
            tasks.values().stream().filter(t -> t.ended().isPresent()).findFirst()
                    .ifPresent(t -> tasks.remove(t.upid()));
        }
        return task;
    }

    /**
     * Lets the next tasks of a type end without having done anything.
     *
     * @param exitStatus how they end; empty text for never
     */
    public void spoil(String type, String exitStatus, int times) {
        locked(() -> {
            for (int i = 0; i < times; i++) {
                spoiled.computeIfAbsent(type, t -> new ArrayDeque<>()).add(exitStatus);
            }
        });
    }

    /** Forgets what {@link #spoil} asked for. */
    public void unspoil() {
        locked(spoiled::clear);
    }

    /** How the task of this type that is about to work ends instead; empty if it works. */
    public Optional<String> spoiled(String type) {
        return locked(() -> Optional.ofNullable(spoiled.get(type)).map(Queue::poll));
    }

    /** Ends a task. */
    public void end(Task task, String exitStatus) {
        task.end(now(), exitStatus);
    }

    /** A task of a host. */
    public Optional<Task> task(String host, String upid) {
        return Optional.ofNullable(tasks.get(upid)).filter(t -> t.host().equals(host));
    }

    /** All tasks kept, oldest first. */
    public List<Task> tasks() {
        return new ArrayList<>(tasks.values());
    }

    @Override
    public void close() {
        locked(() -> vms.values().stream().filter(Vm::running).toList().forEach(this::powerOff));
        clock.close();
    }
}
