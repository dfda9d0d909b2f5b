package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Endpoints.onNode;
import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.integer;
import static io.talospve.testkit.internal.pve.Param.oneOf;
import static io.talospve.testkit.internal.pve.Param.string;

import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.Pool;
import io.talospve.testkit.internal.world.Storage;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.World;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Calls about the cluster and its nodes. */
final class ClusterCalls {
    /** How often hosts tell each other about their machines. */
    private static final long ROUND_SECONDS = 10;

    private final World world;
    private final VmOptions options;
    private final VmPower power;
    private final Map<Integer, Map<String, Object>> told = new HashMap<>();

    ClusterCalls(World world, VmOptions options, VmPower power) {
        this.world = world;
        this.options = options;
        this.power = power;
    }

    void addTo(Endpoints endpoints) {
        Schema none = endpoints.schema(List.of());
        endpoints
                .add("GET /version", false, none, Endpoints::anybody, c -> version())
                .add("GET /nodes", false, none, Endpoints::anybody, this::nodes)
                .add("GET /nodes/{node}/status", false, endpoints.schema(onNode()),
                        c -> c.demand("/nodes/" + c.text("node"), "Sys.Audit"), c -> status(c.node()))
                .add("GET /nodes/{node}/version", false, endpoints.schema(onNode()), Endpoints::anybody,
                        c -> version())
                .add("GET /nodes/{node}/time", false, endpoints.schema(onNode()),
                        c -> c.demand("/nodes/" + c.text("node"), "Sys.Audit"), c -> {
                            long now = world.now().getEpochSecond();
                            return Map.of("time", now, "localtime", now, "timezone", "UTC");
                        })
                .add("GET /nodes/{node}/dns", false, endpoints.schema(onNode()),
                        c -> c.demand("/nodes/" + c.text("node"), "Sys.Audit"),
                        c -> Map.of("search", "lan", "dns1", "127.0.0.1"))
                .add("GET /nodes/{node}/network", false,
                        endpoints.schema(onNode(), oneOf("type", networkTypes(endpoints.nine()))),
                        Endpoints::anybody, this::networks)
                .add("GET /cluster/status", true, none, c -> c.demand("/", "Sys.Audit"), this::clusterStatus)
                .add("GET /cluster/resources", false,
                        endpoints.schema(List.of(), oneOf("type", "vm", "storage", "node", "sdn")),
                        Endpoints::anybody, this::resources)
                .add("GET /cluster/nextid", false,
                        endpoints.schema(List.of(), integer("vmid").min(100).max(999_999_999)),
                        Endpoints::anybody, this::nextId)
                .add("GET /nodes/{node}/capabilities/qemu/cpu", false,
                        endpoints.nine()
                                ? endpoints.schema(onNode(), oneOf("arch", "x86_64", "aarch64"))
                                : endpoints.schema(onNode()),
                        Endpoints::anybody, c -> cpuModels())
                .add("GET /nodes/{node}/capabilities/qemu/machines", false,
                        endpoints.nine()
                                ? endpoints.schema(onNode(), oneOf("arch", "x86_64", "aarch64"))
                                : endpoints.schema(onNode()),
                        Endpoints::anybody, c -> machineTypes(endpoints.nine()))
                .add("GET /cluster/mapping/pci", false,
                        endpoints.schema(List.of(), string("check-node").format(Formats::node)), Endpoints::anybody,
                        c -> mappings(c, "pci"))
                .add("GET /cluster/mapping/usb", false,
                        endpoints.schema(List.of(), string("check-node").format(Formats::node)), Endpoints::anybody,
                        c -> mappings(c, "usb"))
                .add("GET /cluster/sdn/vnets", false,
                        endpoints.schema(List.of(), bool("pending"), bool("running")), Endpoints::anybody,
                        c -> List.of())
                .add("GET /cluster/sdn/zones", false,
                        endpoints.schema(List.of(), bool("pending"), bool("running"),
                                oneOf("type", "evpn", "faucet", "qinq", "simple", "vlan", "vxlan")),
                        Endpoints::anybody, c -> List.of());
    }

    private static String[] networkTypes(boolean nine) {
        List<String> types = new ArrayList<>(List.of("bridge", "bond", "eth", "alias", "vlan"));
        if (nine) {
            types.add("fabric");
        }
        types.addAll(List.of("OVSBridge", "OVSBond", "OVSPort", "OVSIntPort", "vnet", "any_bridge",
                "any_local_bridge"));
        if (nine) {
            types.add("include_sdn");
        }
        return types.toArray(String[]::new);
    }

    private Map<String, Object> version() {
        return Map.of("version", world.version().version(), "release", world.version().release(), "repoid",
                world.version().repoId());
    }

    private long usedMemory(Host host) {
        return (2L << 30) + world.vmsOn(host.name()).values().stream()
                .filter(Vm::running)
                .mapToLong(vm -> power.memory(vm.config()))
                .sum();
    }

    private long uptime() {
        return Duration.between(world.booted(), world.now()).getSeconds() + 3600;
    }

    private Object nodes(Call call) {
        return world.hosts().values().stream()
                .map(host -> {
                    Map<String, Object> json = new TreeMap<>();
                    json.put("node", host.name());
                    json.put("type", "node");
                    json.put("id", "node/" + host.name());
                    json.put("status", host.online() ? "online" : "offline");
                    json.put("level", "");
                    json.put("ssl_fingerprint", host.fingerprint());
                    if (call.may("/nodes/" + host.name(), "Sys.Audit")) {
                        figures(json, host);
                    }
                    return json;
                })
                .toList();
    }

    private void figures(Map<String, Object> json, Host host) {
        json.put("maxcpu", host.cpus());
        json.put("maxmem", host.memoryBytes());
        json.put("maxdisk", 100L << 30);
        if (host.online()) {
            json.put("cpu", 0.02);
            json.put("mem", usedMemory(host));
            json.put("disk", 8L << 30);
            json.put("uptime", uptime());
        }
    }

    private Object status(Host host) {
        long used = usedMemory(host);
        Map<String, Object> json = new TreeMap<>();
        Map<String, Object> cpu = new TreeMap<>(Map.of("model", "Simulated CPU", "sockets", 1, "cores", host.cpus(),
                "cpus", host.cpus(), "mhz", "2600.000", "user_hz", 100, "hvm", "1", "flags", "vmx"));
        Map<String, Object> memory = new TreeMap<>(
                Map.of("total", host.memoryBytes(), "used", used, "free", host.memoryBytes() - used));
        if (world.version().nine()) {
            cpu.put("family", "6");
            cpu.put("vendor", "GenuineIntel");
            memory.put("available", host.memoryBytes() - used);
        }
        json.put("cpuinfo", cpu);
        json.put("memory", memory);
        json.put("kversion", "Linux 6.14.0-1-pve #1 SMP PREEMPT_DYNAMIC");
        json.put("current-kernel", Map.of("sysname", "Linux", "release", "6.14.0-1-pve", "version",
                "#1 SMP PREEMPT_DYNAMIC", "machine", "x86_64"));
        json.put("swap", Map.of("total", 0, "used", 0, "free", 0));
        json.put("rootfs", Map.of("total", 100L << 30, "used", 8L << 30, "free", 92L << 30, "avail", 92L << 30));
        json.put("boot-info", Map.of("mode", "legacy-bios"));
        json.put("loadavg", List.of("0.10", "0.10", "0.10"));
        json.put("pveversion", "pve-manager/" + world.version().version() + "/" + world.version().repoId());
        json.put("ksm", Map.of("shared", 0));
        json.put("cpu", 0.02);
        json.put("wait", 0);
        json.put("idle", 0);
        json.put("uptime", uptime());
        return json;
    }

    private Object networks(Call call) {
        Host host = call.node();
        List<Map<String, Object>> all = new ArrayList<>();
        Map<String, Object> card = new TreeMap<>(Map.of("iface", "eno1", "type", "eth", "active", 1, "exists", 1,
                "method", "manual", "method6", "manual", "priority", 3));
        card.put("families", List.of("inet"));
        String type = call.text("type", "");
        if (type.isEmpty() || type.equals("eth")) {
            all.add(card);
        }
        if (!type.isEmpty() && !List.of("bridge", "any_bridge", "any_local_bridge", "include_sdn").contains(type)) {
            return all;
        }
        int priority = 4;
        for (String bridge : host.bridges()) {
            boolean allowed = call.may("/sdn/zones/localnetwork/" + bridge, "SDN.Audit")
                    || call.may("/sdn/zones/localnetwork/" + bridge, "SDN.Use")
                    || call.may("/nodes/" + host.name(), "Sys.Audit");
            if (!allowed) {
                continue;
            }
            Map<String, Object> json = new TreeMap<>(Map.of("iface", bridge, "type", "bridge", "active", 1,
                    "autostart", 1, "method", "manual", "method6", "manual", "bridge_ports", "eno1", "bridge_stp",
                    "off", "bridge_fd", "0", "priority", priority++));
            json.put("families", List.of("inet"));
            all.add(json);
        }
        return all;
    }

    private static Object cpuModels() {
        return List.of("host", "max", "kvm64", "kvm32", "qemu64", "qemu32", "x86-64-v2", "x86-64-v2-AES", "x86-64-v3",
                        "x86-64-v4", "EPYC", "EPYC-Milan", "EPYC-Genoa", "Skylake-Server", "Icelake-Server")
                .stream()
                .map(name -> new TreeMap<>(Map.of("name", name, "custom", 0, "vendor",
                        name.startsWith("EPYC") ? "AuthenticAMD" : name.endsWith("Server") ? "GenuineIntel" : "default")))
                .toList();
    }

    /** The newest of QEMU 9.2 (8.4) and 10.1 (9.2), and some before them. */
    private static Object machineTypes(boolean nine) {
        List<Map<String, Object>> all = new ArrayList<>();
        List<String> versions = nine ? List.of("10.1", "10.0", "9.2+pve1", "9.2", "9.0") : List.of("9.2+pve1", "9.2", "9.0", "8.2");
        for (String type : List.of("q35", "i440fx")) {
            for (String version : versions) {
                all.add(new TreeMap<>(Map.of("id", "pc-" + type + "-" + version, "type", type, "version", version)));
            }
        }
        return all;
    }

    private Object mappings(Call call, String kind) {
        return world.mappings(kind).entrySet().stream()
                .filter(e -> List.of("Mapping.Use", "Mapping.Modify", "Mapping.Audit").stream()
                        .anyMatch(p -> call.may("/mapping/" + kind + "/" + e.getKey(), p)))
                .map(e -> new TreeMap<>(Map.of("id", e.getKey(), "type", kind, "map", e.getValue().stream().sorted()
                        .map(h -> "node=" + h + ",id=10de:1eb8" + (kind.equals("pci") ? ",path=0000:01:00.0" : ""))
                        .toList())))
                .toList();
    }

    private Object clusterStatus(Call call) {
        List<Map<String, Object>> all = new ArrayList<>();
        all.add(new TreeMap<>(Map.of("type", "cluster", "id", "cluster", "name", world.clusterName(), "version",
                world.hosts().size(), "nodes", world.hosts().size(), "quorate", world.quorate() ? 1 : 0)));
        for (Host host : world.hosts().values()) {
            all.add(new TreeMap<>(Map.of("type", "node", "id", "node/" + host.name(), "name", host.name(), "ip",
                    host.address(), "nodeid", host.number(), "online", host.online() ? 1 : 0, "local",
                    host == call.entry() ? 1 : 0, "level", "")));
        }
        return all;
    }

    private Object nextId(Call call) {
        if (call.has("vmid")) {
            int vmid = call.vmid();
            if (world.vms().containsKey(vmid)) {
                throw ApiError.parameter("vmid", "VM " + vmid + " already exists");
            }
            return String.valueOf(vmid);
        }
        int next = 100;
        for (int taken : world.vms().keySet()) {
            if (taken == next) {
                next++;
            } else if (taken > next) {
                break;
            }
        }
        return String.valueOf(next);
    }

    // ---- resources ----

    private Object resources(Call call) {
        String type = call.text("type", "");
        List<Map<String, Object>> all = new ArrayList<>();
        if (type.isEmpty()) {
            for (Pool pool : world.pools().values()) {
                if (call.may("/pool/" + pool.id(), "Pool.Audit")) {
                    all.add(new TreeMap<>(Map.of("type", "pool", "id", "/pool/" + pool.id(), "pool", pool.id())));
                }
            }
        }
        if (type.isEmpty() || type.equals("vm")) {
            for (Vm vm : world.vms().values()) {
                if (call.may("/vms/" + vm.vmid(), "VM.Audit")) {
                    all.add(machine(vm));
                }
            }
        }
        if (type.isEmpty() || type.equals("node")) {
            for (Host host : world.hosts().values()) {
                all.add(node(call, host));
            }
        }
        if (type.isEmpty() || type.equals("storage")) {
            for (Storage storage : world.storages().values()) {
                if (call.may("/storage/" + storage.id(), "Datastore.Audit")
                        || call.may("/storage/" + storage.id(), "Datastore.AllocateSpace")) {
                    world.hosts().values().stream()
                            .filter(h -> storage.on(h.name()))
                            .forEach(h -> all.add(storage(storage, h)));
                }
            }
        }
        if (type.isEmpty() || type.equals("sdn")) {
            if (call.may("/sdn/zones/localnetwork", "SDN.Audit")) {
                for (Host host : world.hosts().values()) {
                    all.add(new TreeMap<>(Map.of("type", "sdn", "id", "sdn/" + host.name() + "/localnetwork", "sdn",
                            "localnetwork", "node", host.name(), "status", host.online() ? "ok" : "unknown")));
                }
            }
        }
        return all;
    }

    /**
     * What the host of a machine told the others in its last round: nothing yet for a new machine, or still what it said
     * about one that had the same id before. Pool, tags and lock come from the configuration and are never late.
     */
    private Map<String, Object> machine(Vm vm) {
        Map<String, Object> json = new TreeMap<>();
        json.put("id", "qemu/" + vm.vmid());
        json.put("vmid", vm.vmid());
        json.put("type", "qemu");
        json.put("node", vm.host());
        world.poolOf(vm.vmid()).ifPresent(p -> json.put("pool", p));
        Map<String, String> config = vm.config();
        if (config.containsKey("tags")) {
            json.put("tags", config.get("tags"));
        }
        if (!vm.lock().isEmpty()) {
            json.put("lock", vm.lock());
        }
        Instant round = Instant.ofEpochSecond(world.now().getEpochSecond() / ROUND_SECONDS * ROUND_SECONDS);
        if (!vm.changed().isAfter(round)) {
            told.put(vm.vmid(), figures(vm));
        }
        Map<String, Object> known = told.get(vm.vmid());
        if (known == null || !world.hosts().get(vm.host()).online()) {
            json.put("status", "unknown");
        } else {
            json.putAll(known);
        }
        return json;
    }

    private Map<String, Object> figures(Vm vm) {
        Map<String, String> config = vm.config();
        boolean on = vm.running();
        long memory = power.memory(config);
        Map<String, Object> json = new TreeMap<>();
        json.put("name", vm.name());
        json.put("status", on ? "running" : "stopped");
        json.put("template", "1".equals(config.get("template")) ? 1 : 0);
        json.put("maxcpu", Integer.parseInt(config.getOrDefault("cores", "1"))
                * Integer.parseInt(config.getOrDefault("sockets", "1")));
        json.put("maxmem", memory);
        json.put("mem", on ? memory / 4 : 0);
        json.put("maxdisk", VmResources.bootDisk(world, options, vm));
        json.put("uptime", on ? Duration.between(vm.poweredOn(), world.now()).getSeconds() : 0);
        for (String counter : List.of("cpu", "disk", "diskread", "diskwrite", "netin", "netout")) {
            json.put(counter, 0);
        }
        if (world.version().nine()) {
            json.put("memhost", on ? memory / 4 : 0);
        }
        return json;
    }

    private Map<String, Object> node(Call call, Host host) {
        Map<String, Object> json = new TreeMap<>();
        json.put("id", "node/" + host.name());
        json.put("type", "node");
        json.put("node", host.name());
        json.put("status", host.online() ? "online" : "offline");
        json.put("level", "");
        json.put("cgroup-mode", 2);
        json.put("hastate", host.online() ? "online" : "unknown");
        if (call.may("/nodes/" + host.name(), "Sys.Audit")) {
            figures(json, host);
        }
        return json;
    }

    private Map<String, Object> storage(Storage storage, Host host) {
        Map<String, Object> json = new TreeMap<>();
        json.put("id", "storage/" + host.name() + "/" + storage.id());
        json.put("type", "storage");
        json.put("storage", storage.id());
        json.put("node", host.name());
        json.put("plugintype", storage.type());
        json.put("content", String.join(",", storage.content()));
        json.put("shared", storage.shared() ? 1 : 0);
        json.put("status", host.online() ? "available" : "unknown");
        json.put("disk", world.used(storage, host.name()));
        json.put("maxdisk", storage.totalBytes());
        return json;
    }
}
