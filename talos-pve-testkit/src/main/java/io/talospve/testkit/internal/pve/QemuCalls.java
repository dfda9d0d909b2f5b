package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Endpoints.onNode;
import static io.talospve.testkit.internal.pve.Endpoints.onVm;
import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.integer;
import static io.talospve.testkit.internal.pve.Param.oneOf;
import static io.talospve.testkit.internal.pve.Param.string;

import io.talospve.testkit.internal.world.Accounts;
import io.talospve.testkit.internal.world.Guest;
import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.Volume;
import io.talospve.testkit.internal.world.World;
import io.talospve.testkit.internal.world.WorldError;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls under {@code /nodes/{node}/qemu}. */
final class QemuCalls {
    static final String NO_AGENT = "QEMU guest agent is not running";

    private static final Set<String> NOT_OPTIONS = Set.of(
            "node", "vmid", "archive", "bwlimit", "force", "import-working-storage", "live-restore", "pool", "start",
            "storage", "unique", "ha-managed", "delete", "digest", "revert", "skiplock", "background_delay");

    private final World world;
    private final VmOptions options;
    private final VmDisks disks;
    private final VmConfigs configs;
    private final VmHardware hardware;
    private final VmPower power;
    private final VmTasks tasks;
    private final HaState ha;
    private final boolean nine;

    QemuCalls(World world, VmOptions options) {
        this.world = world;
        this.options = options;
        nine = world.version().nine();
        disks = new VmDisks(world, options);
        configs = new VmConfigs(world, options, disks);
        hardware = new VmHardware(world, options);
        power = new VmPower(world, options, hardware);
        tasks = new VmTasks(world);
        ha = new HaState(world, new HaState.Power() {
            @Override
            public void start(Vm vm) {
                tasks.onVm(byHa(vm), vm, "qmstart", task -> power.start(task, vm));
            }

            @Override
            public void stop(Vm vm) {
                tasks.onVm(byHa(vm), vm, "qmstop", task -> world.powerOff(vm));
            }
        });
    }

    private Call byHa(Vm vm) {
        return new Call(world, world.hosts().get(vm.host()), new Caller(Accounts.ROOT), Map.of());
    }

    HaState ha() {
        return ha;
    }

    VmPower power() {
        return power;
    }

    void addTo(Endpoints endpoints) {
        Schema create = endpoints.schema(onVm(),
                string("archive").maxLength(255), integer("bwlimit").min(0), bool("force").requires("archive"),
                string("import-working-storage").format(Formats::storageId), bool("live-restore"),
                string("pool").format(Formats::poolId), bool("start"), string("storage").format(Formats::storageId),
                bool("unique").requires("archive")).with(options.all(), VmOptions.NUMBERED);
        if (nine) {
            create = create.with(List.of(bool("ha-managed")), VmOptions.NUMBERED);
        }
        Schema change = endpoints.schema(onVm(),
                string("delete"), string("digest").maxLength(40), bool("force").requires("delete"),
                string("revert"),
                bool("skiplock")).with(options.all(), VmOptions.NUMBERED);
        Schema changeLater = change.with(
                List.of(integer("background_delay").min(1).max(30),
                        string("import-working-storage").format(Formats::storageId)),
                VmOptions.NUMBERED);
        String vm = "/nodes/{node}/qemu/{vmid}";
        endpoints
                .add("GET /nodes/{node}/qemu", true, endpoints.schema(onNode(), bool("full")),
                        Endpoints::anybody, this::list)
                .add("POST /nodes/{node}/qemu", true, create, Endpoints::anybody, this::create)
                .add("GET " + vm, false, endpoints.schema(onVm()), Endpoints::anybody, QemuCalls::index)
                .add("DELETE " + vm, true,
                        endpoints.schema(onVm(), bool("destroy-unreferenced-disks"), bool("purge"), bool("skiplock")),
                        c -> c.demand(path(c), "VM.Allocate"), this::delete)
                .add("GET " + vm + "/config", false,
                        endpoints.schema(onVm(), bool("current"), string("snapshot").maxLength(40)),
                        c -> c.demand(path(c), "VM.Audit"), c -> configs.show(vm(c), c.flag("current")))
                .add("PUT " + vm + "/config", true, change, Endpoints::anybody, this::change)
                .add("POST " + vm + "/config", true, changeLater, Endpoints::anybody, this::changeLater)
                .add("GET " + vm + "/pending", false, endpoints.schema(onVm()),
                        c -> c.demand(path(c), "VM.Audit"), c -> configs.pending(vm(c)))
                .add("GET " + vm + "/status/current", true, endpoints.schema(onVm()),
                        c -> c.demand(path(c), "VM.Audit"), c -> status(vm(c), true))
                .add("PUT " + vm + "/resize", true,
                        endpoints.schema(onVm(), string("digest").maxLength(40), driveName("disk").must(),
                                string("size").must().pattern("\\+?\\d+(\\.\\d+)?[KMGT]?"), bool("skiplock")),
                        c -> c.demand(path(c), "VM.Config.Disk"), this::resize)
                .add("PUT " + vm + "/unlink", true,
                        endpoints.schema(onVm(), bool("force"), string("idlist").must()),
                        c -> c.demand(path(c), "VM.Config.Disk"), this::unlink);
        addPower(endpoints, vm + "/status/");
        addAgent(endpoints, vm);
        addCloudInit(endpoints, vm);
    }

    private void addPower(Endpoints endpoints, String status) {
        Param skip = bool("skiplock");
        Param timeout = integer("timeout").min(0);
        Schema start = endpoints.schema(onVm(), skip, timeout, string("force-cpu"),
                string("machine").format(options.rules("machine")), string("migratedfrom").format(Formats::node),
                string("migration_network"), oneOf("migration_type", "secure", "insecure"),
                string("nets-host-mtu").pattern("net\\d+=\\d+(,net\\d+=\\d+)*"), string("stateuri").maxLength(128),
                string("targetstorage"));
        if (nine) {
            start = start.with(List.of(bool("with-conntrack-state")), Map.of());
        }
        endpoints
                .add("POST " + status + "start", true, start, QemuCalls::powerMgmt, this::start)
                .add("POST " + status + "stop", true,
                        endpoints.schema(onVm(), skip, timeout, bool("keepActive"), bool("overrule-shutdown"),
                                string("migratedfrom").format(Formats::node)),
                        QemuCalls::powerMgmt, this::stop)
                .add("POST " + status + "shutdown", true,
                        endpoints.schema(onVm(), skip, timeout, bool("keepActive"), bool("forceStop")),
                        QemuCalls::powerMgmt, this::shutdown)
                .add("POST " + status + "reboot", true, endpoints.schema(onVm(), timeout),
                        QemuCalls::powerMgmt, this::reboot)
                .add("POST " + status + "reset", true, endpoints.schema(onVm(), skip),
                        QemuCalls::powerMgmt, this::reset)
                .add("POST " + status + "suspend", true,
                        endpoints.schema(onVm(), skip, bool("todisk"),
                                string("statestorage").format(Formats::storageId).requires("todisk")),
                        QemuCalls::powerMgmt, c -> pause(c, true))
                .add("POST " + status + "resume", true, endpoints.schema(onVm(), skip, bool("nocheck")),
                        QemuCalls::powerMgmt, c -> pause(c, false));
    }

    private void addAgent(Endpoints endpoints, String vm) {
        endpoints
                .add("GET " + vm + "/agent/network-get-interfaces", true, endpoints.schema(onVm()),
                        this::agentPermission, this::interfaces)
                .add("POST " + vm + "/agent/ping", true, endpoints.schema(onVm()), this::agentPermission,
                        c -> asking(c, nics -> Map.of()))
                .add("GET " + vm + "/agent/get-osinfo", true, endpoints.schema(onVm()), this::agentPermission,
                        c -> asking(c, nics -> Map.of("id", "talos", "name", "Talos", "pretty-name", "Talos",
                                "machine", "x86_64", "kernel-release", "6.18.0-talos", "kernel-version",
                                "#1 SMP PREEMPT_DYNAMIC")))
                .add("GET " + vm + "/agent/get-host-name", true, endpoints.schema(onVm()), this::agentPermission,
                        c -> {
                            String name = vm(c).name();
                            return asking(c, nics -> Map.of("host-name", name));
                        });
    }

    private void addCloudInit(Endpoints endpoints, String vm) {
        CloudInitText text = new CloudInitText(options);
        endpoints
                .add("GET " + vm + "/cloudinit/dump", false,
                        endpoints.schema(onVm(), oneOf("type", "user", "network", "meta").must()),
                        c -> c.demand(path(c), "VM.Audit"), c -> text.dump(vm(c), c.text("type")))
                .add("GET " + vm + "/cloudinit", false, endpoints.schema(onVm()),
                        c -> c.demand(path(c), "VM.Audit"), c -> text.options(vm(c)))
                .add("PUT " + vm + "/cloudinit", true, endpoints.schema(onVm()),
                        c -> c.demandAny(path(c), "VM.Config.Cloudinit"), c -> {
                            Vm machine = vm(c);
                            machine.bootMedia(hardware.of(machine).cloudInit());
                            return null;
                        });
    }

    static Param driveName(String name) {
        List<String> all = new ArrayList<>();
        for (String bus : List.of("ide", "scsi", "virtio", "sata")) {
            for (int i = 0; i <= VmOptions.NUMBERED.get(bus); i++) {
                all.add(bus + i);
            }
        }
        all.add("efidisk0");
        all.add("tpmstate0");
        return oneOf(name, all.toArray(String[]::new));
    }

    private static String path(Call call) {
        return "/vms/" + call.vmid();
    }

    private static void powerMgmt(Call call) {
        call.demand(path(call), "VM.PowerMgmt");
    }

    private static Object index(Call call) {
        return java.util.stream.Stream.of("config", "pending", "status", "agent", "resize", "unlink", "cloudinit")
                .map(s -> Map.of("subdir", s)).toList();
    }

    static ApiError missing(String host, int vmid) {
        return ApiError.die("Configuration file 'nodes/" + host + "/qemu-server/" + vmid + ".conf' does not exist");
    }

    private Optional<Vm> find(Call call) {
        return Optional.ofNullable(world.vms().get(call.vmid())).filter(vm -> vm.host().equals(call.node().name()));
    }

    private Vm vm(Call call) {
        return find(call).orElseThrow(() -> missing(call.node().name(), call.vmid()));
    }

    private void skipLock(Call call) {
        if (call.flag("skiplock") && !call.caller().root()) {
            throw ApiError.parameter("skiplock", "Only root may use this option.");
        }
    }

    // ---- create ----

    private Object create(Call call) {
        Host host = call.node();
        int vmid = call.vmid();
        call.demandQuorum();
        Optional<String> pool = call.maybe("pool");
        pool.ifPresent(p -> {
            if (!world.pools().containsKey(p)) {
                throw ApiError.forbidden("pool '" + p + "' does not exist");
            }
        });
        boolean allowed = call.may("/vms/" + vmid, "VM.Allocate")
                || pool.map(p -> call.may("/pool/" + p, "VM.Allocate")).orElse(false);
        if (!allowed) {
            throw ApiError.forbidden("");
        }
        if (call.has("archive")) {
            throw ApiError.die("unable to find archive '" + call.text("archive") + "'");
        }
        Map<String, String> values = values(call);
        configs.demand(call, host.name(), vmid, pool, values, Set.of(), true);
        configs.demandBridges(call, values);
        values.forEach((name, value) -> {
            if (VmOptions.isDrive(name)) {
                disks.check(call, host.name(), vmid, pool, name, value);
            }
        });
        Vm there = world.vms().get(vmid);
        if (there != null) {
            throw taken(there, host);
        }
        Vm vm = world.addVm(vmid, host.name());
        vm.config().put("lock", "create");
        boolean start = call.flag("start");
        String caller = call.caller().authId();
        String upid = tasks.onVm(call, vm, "qmcreate", task -> {
            try {
                fill(vm, values);
                if (nine && values.containsKey("tags")
                        && !world.accounts().on(caller, "/vms/" + vmid, Optional.empty()).contains("VM.Config.Options")) {
                    throw ApiError.forbidden("/vms/" + vmid + ", VM.Config.Options");
                }
            } catch (WorldError | ApiError e) {
                disks.removeAll(vm, true);
                world.removeVm(vm);
                String text = e instanceof ApiError error
                        ? (error.status() == 500 ? "" : error.status() + " ") + error.text()
                        : String.valueOf(e.getMessage());
                throw new WorldError("unable to create VM " + vmid + " - " + text);
            }
            pool.map(world.pools()::get).ifPresent(p -> world.joinPool(vmid, p));
            vm.config().remove("lock");
            vm.changed(world.now());
            if (nine && call.flag("ha-managed")) {
                ha.add("vm:" + vmid, Map.of("state", start ? "started" : "stopped"));
            }
            if (start) {
                tasks.onVm(call, vm, "qmstart", t -> power.start(t, vm));
            }
        });
        world.task(host.name(), upid).ifPresent(task -> task.onInterrupt(() -> {
            world.removeVm(vm);
            world.end(task, "unable to create VM " + vmid + " - received interrupt");
        }));
        return upid;
    }

    /** Who loses a race against another host by milliseconds is told so by the file system, one time in two. */
    private ApiError taken(Vm there, Host host) {
        int vmid = there.vmid();
        boolean race = there.lock().equals("create") && !there.host().equals(host.name())
                && Duration.between(there.created(), world.now()).compareTo(Duration.ofMillis(50)) < 0;
        return ApiError.die("unable to create VM " + vmid + " - " + (race && world.random().nextBoolean()
                ? "close (rename) atomic file '/etc/pve/nodes/" + host.name() + "/qemu-server/" + vmid
                        + ".conf' failed: File exists"
                : "VM " + vmid + " already exists on node '" + there.host() + "'"));
    }

    private Map<String, String> values(Call call) {
        Map<String, String> values = new TreeMap<>();
        call.params().forEach((name, value) -> {
            if (!NOT_OPTIONS.contains(name)) {
                values.put(name, String.valueOf(value));
            }
        });
        return values;
    }

    private void fill(Vm vm, Map<String, String> values) {
        values.forEach((name, value) -> {
            if (VmOptions.isDrive(name)) {
                vm.config().put(name, disks.store(vm, name, value));
            } else if (name.equals("cdrom")) {
                vm.config().put("ide2", disks.store(vm, "ide2", value + ",media=cdrom"));
            } else {
                vm.config().put(name, configs.normal(name, value, true));
            }
        });
        Map<String, String> config = vm.config();
        config.computeIfAbsent("smbios1", k -> "uuid=" + world.randomUuid());
        config.computeIfAbsent("vmgenid", k -> world.randomUuid().toString());
        config.computeIfAbsent("boot", k -> disks.defaultBoot(config));
        config.put("meta", "creation-qemu=" + world.version().qemu() + ",ctime=" + world.now().getEpochSecond());
        if (config.get("tags") != null && config.get("tags").isEmpty()) {
            config.remove("tags");
        }
    }

    // ---- change ----

    private Object changeLater(Call call) {
        Change change = check(call);
        Vm vm = vm(call);
        return tasks.onVm(call, vm, "qmconfig", task -> apply(vm, change));
    }

    private @Nullable Object change(Call call) {
        Change change = check(call);
        Vm vm = vm(call);
        Duration wait = Duration.between(world.now(), vm.busyUntil());
        if (wait.compareTo(VmTasks.LOCK_TIMEOUT) > 0) {
            throw ApiError.die(VmTasks.lockTimeout(vm));
        }
        if (!wait.isNegative()) {
            call.delay(wait);
        }
        apply(vm, change);
        return null;
    }

    private record Change(Map<String, String> values, Set<String> deletes, String digest, boolean skipLock) {}

    private Change check(Call call) {
        skipLock(call);
        Map<String, String> values = values(call);
        Set<String> deletes = new LinkedHashSet<>(Formats.list(call.text("delete", "")));
        Set<String> reverts = new LinkedHashSet<>(Formats.list(call.text("revert", "")));
        if (values.isEmpty() && deletes.isEmpty() && reverts.isEmpty()) {
            throw ApiError.die("no options specified");
        }
        for (String name : deletes) {
            if (!options.knows(name)) {
                throw ApiError.parameter("delete", "unknown option '" + name + "'");
            }
            if (values.containsKey(name)) {
                throw ApiError.parameter(
                        "delete", "you can't use '-" + name + "' and -delete " + name + "' at the same time");
            }
        }
        call.demandQuorum();
        checkHookScript(call, values);
        configs.demand(call, call.node().name(), call.vmid(), Optional.empty(), values, deletes, false);
        configs.demandBridges(call, values);
        Vm vm = vm(call);
        configs.checkDrives(call, vm, values);
        reverts.forEach(name -> {
            vm.pending().remove(name);
            vm.pendingDelete().remove(name);
        });
        return new Change(values, deletes, call.text("digest", ""), call.flag("skiplock"));
    }

    private void checkHookScript(Call call, Map<String, String> values) {
        String script = values.get("hookscript");
        if (script != null && world.volume(call.node().name(), script).isEmpty()) {
            throw ApiError.parameter("hookscript", "script '" + script + "' does not exist\n");
        }
    }

    private void apply(Vm vm, Change change) {
        if (!change.digest.isEmpty() && !change.digest.equals(VmConfigs.digest(vm))) {
            throw ApiError.die("checksum mismatch (file change by other user?)");
        }
        if (!change.skipLock && !vm.lock().isEmpty()) {
            throw ApiError.die("VM is locked (" + vm.lock() + ")");
        }
        try {
            configs.apply(vm, change.values, change.deletes);
        } catch (WorldError e) {
            throw ApiError.die(String.valueOf(e.getMessage()));
        }
    }

    private Object resize(Call call) {
        skipLock(call);
        Vm vm = vm(call);
        String slot = call.text("disk");
        String size = call.text("size");
        return tasks.onVm(call, vm, "resize", task -> {
            VmPower.demandNoLock(vm);
            String value = vm.config().get(slot);
            if (value == null) {
                throw new WorldError("disk '" + slot + "' does not exist");
            }
            Map<String, String> drive = new LinkedHashMap<>(options.rules(slot).parse(value));
            Volume volume = world.volume(vm.host(), drive.get("file"))
                    .orElseThrow(() -> new WorldError("can't resize volume: " + slot));
            if ("cdrom".equals(drive.get("media"))) {
                throw new WorldError("you can't resize a cdrom");
            }
            long bytes = size.startsWith("+")
                    ? volume.sizeBytes() + Formats.bytes(size.substring(1))
                    : Formats.bytes(size);
            if (bytes < volume.sizeBytes()) {
                throw new WorldError("shrinking disks is not supported");
            }
            volume.resize(bytes);
            drive.put("size", Formats.size(bytes));
            vm.config().put(slot, options.rules(slot).print(drive));
        });
    }

    private @Nullable Object unlink(Call call) {
        Vm vm = vm(call);
        for (String slot : Formats.list(call.text("idlist"))) {
            if (!vm.config().containsKey(slot)) {
                continue;
            }
            VmPower.demandNoLock(vm);
            String value = vm.config().get(slot);
            Optional<Volume> own = disks.own(vm, slot, value);
            disks.detach(vm, slot);
            if (call.flag("force")) {
                own.ifPresent(v -> {
                    world.remove(v);
                    vm.config().entrySet()
                            .removeIf(e -> e.getKey().startsWith("unused") && e.getValue().equals(v.volid()));
                });
            }
        }
        return null;
    }

    // ---- power ----

    private @Nullable String highlyAvailable(Call call, String type, String state) {
        String sid = "vm:" + call.vmid();
        if (call.caller().authId().isEmpty() || !ha.manages(sid)) {
            return null;
        }
        return tasks.run(call, call.node().name(), type, String.valueOf(call.vmid()), world.latency().scaled(500),
                task -> ha.request(sid, state));
    }

    private Object start(Call call) {
        skipLock(call);
        call.demandQuorum();
        String byHa = highlyAvailable(call, "hastart", "started");
        if (byHa != null) {
            return byHa;
        }
        Optional<Vm> vm = find(call);
        if (vm.isEmpty()) {
            return tasks.run(call, call.node().name(), "qmstart", String.valueOf(call.vmid()), task -> {
                throw missing(call.node().name(), call.vmid());
            });
        }
        boolean skip = call.flag("skiplock");
        return tasks.onVm(call, vm.get(), "qmstart", task -> {
            String lock = vm.get().lock();
            if (skip && !lock.isEmpty()) {
                vm.get().config().remove("lock");
            }
            try {
                power.start(task, vm.get());
            } finally {
                if (skip && !lock.isEmpty()) {
                    vm.get().config().put("lock", lock);
                }
            }
        });
    }

    private Object stop(Call call) {
        skipLock(call);
        String byHa = highlyAvailable(call, "hastop", "stopped");
        if (byHa != null) {
            return byHa;
        }
        Vm vm = vm(call);
        if (call.flag("overrule-shutdown")) {
            world.tasks().stream()
                    .filter(t -> t.type().equals("qmshutdown") && t.id().equals(String.valueOf(vm.vmid())))
                    .forEach(t -> t.interrupt());
        }
        boolean skip = call.flag("skiplock");
        return tasks.onVm(call, vm, "qmstop", task -> {
            if (!skip) {
                VmPower.demandNoLock(vm);
            }
            world.powerOff(vm);
        });
    }

    private Object shutdown(Call call) {
        skipLock(call);
        String byHa = highlyAvailable(call, "hastop", "stopped");
        if (byHa != null) {
            return byHa;
        }
        Vm vm = vm(call);
        Duration timeout = Duration.ofSeconds(call.number("timeout", 60));
        boolean force = call.flag("forceStop");
        return tasks.open(call, vm, "qmshutdown", task -> {
            VmPower.demandNoLock(vm);
            task.onInterrupt(() -> world.end(task, "received interrupt"));
            power.shutdown(task, vm, timeout, force, () -> world.end(task, "OK"));
        });
    }

    private Object reboot(Call call) {
        Vm vm = vm(call);
        if (!vm.running()) {
            throw ApiError.die("VM " + vm.vmid() + " not running");
        }
        Duration timeout = Duration.ofSeconds(call.number("timeout", 60));
        return tasks.open(call, vm, "qmreboot", task -> {
            VmPower.demandNoLock(vm);
            power.shutdown(task, vm, timeout, false, () -> tasks.guarded(task, t -> {
                power.start(t, vm);
                world.end(t, "OK");
            }));
        });
    }

    private Object reset(Call call) {
        skipLock(call);
        Vm vm = vm(call);
        if (!vm.running()) {
            throw ApiError.die("VM " + vm.vmid() + " not running");
        }
        return tasks.onVm(call, vm, "qmreset", task -> power.reset(vm));
    }

    private Object pause(Call call, boolean paused) {
        skipLock(call);
        Vm vm = vm(call);
        if (!vm.running()) {
            throw ApiError.die("VM " + vm.vmid() + " not running");
        }
        return tasks.onVm(call, vm, paused ? "qmsuspend" : "qmresume", task -> vm.paused(paused));
    }

    // ---- delete ----

    private Object delete(Call call) {
        skipLock(call);
        Vm vm = vm(call);
        int vmid = vm.vmid();
        if ("1".equals(vm.config().get("protection"))) {
            throw ApiError.die("can't remove VM " + vmid + " - protection mode enabled");
        }
        if (vm.running()) {
            throw ApiError.die("VM " + vmid + " is running - destroy failed");
        }
        String sid = "vm:" + vmid;
        boolean purge = call.flag("purge");
        if (ha.manages(sid) && !purge) {
            throw ApiError.die("unable to remove VM " + vmid + " - used in HA resources and purge parameter not set.");
        }
        boolean unreferenced = call.flag("destroy-unreferenced-disks");
        boolean skip = call.flag("skiplock");
        return tasks.onVm(call, vm, "qmdestroy", task -> {
            if (!skip) {
                VmPower.demandNoLock(vm);
            }
            if (vm.running()) {
                throw new WorldError("VM " + vmid + " is running - destroy failed");
            }
            disks.removeAll(vm, unreferenced);
            world.removeVm(vm);
            if (purge) {
                ha.remove(sid);
            }
        });
    }

    // ---- look ----

    private Object list(Call call) {
        return world.vmsOn(call.node().name()).values().stream()
                .filter(vm -> call.may("/vms/" + vm.vmid(), "VM.Audit"))
                .map(vm -> status(vm, false))
                .toList();
    }

    private Map<String, Object> status(Vm vm, boolean current) {
        Map<String, String> config = vm.config();
        boolean on = vm.running();
        Map<String, Object> json = new TreeMap<>();
        json.put("vmid", vm.vmid());
        json.put("name", vm.name());
        json.put("status", on ? "running" : "stopped");
        int cores = Integer.parseInt(config.getOrDefault("cores", "1"))
                * Integer.parseInt(config.getOrDefault("sockets", "1"));
        json.put("cpus", cores);
        json.put("cpu", on ? 0.01 : 0);
        long memory = power.memory(config);
        json.put("maxmem", memory);
        json.put("mem", on ? memory / 4 : 0);
        json.put("maxdisk", VmResources.bootDisk(world, options, vm));
        for (String counter : List.of("disk", "netin", "netout")) {
            json.put(counter, 0);
        }
        json.put("uptime", on ? Duration.between(vm.poweredOn(), world.now()).getSeconds() : 0);
        if (on) {
            json.put("pid", vm.pid());
        }
        if (config.containsKey("serial0")) {
            json.put("serial", 1);
        }
        if ("1".equals(config.get("template"))) {
            json.put("template", 1);
        }
        if (config.containsKey("tags")) {
            json.put("tags", config.get("tags"));
        }
        if (!vm.lock().isEmpty()) {
            json.put("lock", vm.lock());
        }
        if (nine) {
            json.put("memhost", on ? memory / 4 : 0);
        }
        if (current) {
            json.put("ha", ha.managed("vm:" + vm.vmid()));
            json.put("qmpstatus", on ? (vm.paused() ? "paused" : "running") : "stopped");
            if (hardware.agent(config)) {
                json.put("agent", 1);
            }
            if (on) {
                Map<String, Object> nics = new TreeMap<>();
                VmHardware.numbered(config, "net").keySet()
                        .forEach(n -> nics.put("tap" + vm.vmid() + "i" + n, Map.of("netin", 0, "netout", 0)));
                if (!nics.isEmpty()) {
                    json.put("nics", nics);
                }
            }
        }
        if (nine && on) {
            for (String kind : List.of("cpu", "io", "memory")) {
                json.put("pressure" + kind + "some", 0);
                json.put("pressure" + kind + "full", 0);
            }
        }
        return json;
    }

    // ---- guest agent ----

    private void agentPermission(Call call) {
        if (nine) {
            call.demandAny(path(call), "VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted");
        } else {
            call.demand(path(call), "VM.Monitor");
        }
    }

    /** The guest whose agent is asked; what it answers is fetched without the lock. */
    private Guest agent(Call call) {
        Vm vm = vm(call);
        if (!hardware.agent(vm.config())) {
            throw ApiError.die("No QEMU guest agent configured");
        }
        if (!vm.running()) {
            throw ApiError.die("VM " + vm.vmid() + " is not running");
        }
        return vm.guest().orElseThrow(QemuCalls::noAgent);
    }

    private static ApiError noAgent() {
        return ApiError.die(NO_AGENT);
    }

    /** Asks the agent without the lock; a machine without a running agent makes the caller wait. */
    private PveApi.Later asking(Call call, Function<List<Guest.AgentNic>, Object> answer) {
        Guest guest = agent(call);
        return () -> Map.of("result", answer.apply(guest.agentNics().orElseThrow(QemuCalls::noAgent)));
    }

    private Object interfaces(Call call) {
        return asking(call, nics -> nics.stream().map(QemuCalls::nic).toList());
    }

    private static Map<String, Object> nic(Guest.AgentNic nic) {
        Map<String, Object> json = new TreeMap<>();
        json.put("name", nic.name());
        json.put("hardware-address", nic.mac().toLowerCase(Locale.ROOT));
        json.put("ip-addresses", nic.addresses().stream()
                .map(a -> Map.of(
                        "ip-address-type", a.address().contains(":") ? "ipv6" : "ipv4",
                        "ip-address", a.address(),
                        "prefix", a.prefix()))
                .toList());
        return json;
    }
}
