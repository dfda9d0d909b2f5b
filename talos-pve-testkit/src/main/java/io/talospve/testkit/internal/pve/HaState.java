package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.World;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The high-availability manager: what it looks after, and how it makes that so, in rounds of 10 s; a dead host's machines
 * it starts elsewhere about 140 s later. Needs the world's lock.
 */
final class HaState {
    private static final long ROUND_MILLIS = 10_000;
    private static final long FENCE_MILLIS = 140_000;

    private final World world;
    private final TreeMap<String, Map<String, String>> resources = new TreeMap<>();
    private final TreeMap<String, String> states = new TreeMap<>();
    private final TreeMap<String, Map<String, String>> groups = new TreeMap<>();
    private final TreeMap<String, Map<String, String>> rules = new TreeMap<>();
    private final Power power;

    /** How the manager reaches machines. */
    interface Power {
        void start(Vm vm);

        void stop(Vm vm);
    }

    HaState(World world, Power power) {
        this.world = world;
        this.power = power;
        world.afterCrash(this::fence);
    }

    boolean manages(String sid) {
        return resources.containsKey(sid);
    }

    Map<String, Map<String, String>> resources() {
        return resources;
    }

    /** Groups of hosts, 8.x. */
    Map<String, Map<String, String>> groups() {
        return groups;
    }

    /** Rules about hosts and about machines together or apart, 9.x. */
    Map<String, Map<String, String>> rules() {
        return rules;
    }

    /** State that the manager is in with a resource. */
    String state(String sid) {
        return states.getOrDefault(sid, "queued");
    }

    void add(String sid, Map<String, String> settings) {
        Map<String, String> all = new LinkedHashMap<>(settings);
        all.putIfAbsent("state", "started");
        resources.put(sid, all);
        states.put(sid, "queued");
        follow(sid);
    }

    void remove(String sid) {
        resources.remove(sid);
        states.remove(sid);
        rules.values().forEach(r -> r.computeIfPresent("resources", (k, list) -> String.join(",",
                Formats.list(list).stream().filter(s -> !s.equals(sid)).toList())));
        rules.values().removeIf(r -> r.getOrDefault("resources", "x").isEmpty());
    }

    /** Asks for a state; the manager makes it so in its next rounds. */
    void request(String sid, String state) {
        Map<String, String> settings = resources.get(sid);
        if (settings != null) {
            settings.put("state", state);
            if (state.equals("stopped") || state.equals("disabled")) {
                states.put(sid, "request_stop");
            }
            follow(sid);
        }
    }

    private Optional<Vm> machine(String sid) {
        return sid.startsWith("vm:")
                ? Optional.ofNullable(world.vms().get(Integer.parseInt(sid.substring(3))))
                : Optional.empty();
    }

    private void follow(String sid) {
        world.after(world.latency().scaled(ROUND_MILLIS), () -> {
            Map<String, String> settings = resources.get(sid);
            Optional<Vm> vm = machine(sid);
            if (settings == null || vm.isEmpty() || !world.hosts().get(vm.get().host()).online()) {
                return;
            }
            String wanted = settings.get("state");
            if (wanted.equals("started") || wanted.equals("enabled")) {
                states.put(sid, "started");
                if (!vm.get().running()) {
                    power.start(vm.get());
                }
            } else if (!wanted.equals("ignored")) {
                states.put(sid, "stopped");
                if (vm.get().running()) {
                    power.stop(vm.get());
                }
            }
        });
    }

    /** Moves a machine to a host it is told to be on. */
    void migrate(String sid, String host) {
        machine(sid).ifPresent(vm -> {
            states.put(sid, "migrate");
            world.after(world.latency().scaled(ROUND_MILLIS), () -> {
                if (world.vms().get(vm.vmid()) == vm && world.hosts().get(host).online()) {
                    world.move(vm, host);
                    states.put(sid, "started");
                }
            });
        });
    }

    private void fence(Host dead) {
        world.vmsOn(dead.name()).values().stream()
                .map(vm -> "vm:" + vm.vmid())
                .filter(this::manages)
                .forEach(sid -> states.put(sid, "fence"));
        world.after(world.latency().scaled(FENCE_MILLIS), () -> recover(dead));
    }

    private void recover(Host dead) {
        if (dead.online() || !world.quorate()) {
            return;
        }
        for (Vm vm : List.copyOf(world.vmsOn(dead.name()).values())) {
            String sid = "vm:" + vm.vmid();
            if (!manages(sid)) {
                continue;
            }
            Optional<Host> target = place(sid);
            if (target.isEmpty()) {
                states.put(sid, "recovery");
                continue;
            }
            world.move(vm, target.get().name());
            states.put(sid, "started");
            if (List.of("started", "enabled").contains(resources.get(sid).get("state"))) {
                power.start(vm);
            }
        }
    }

    /** The host with the fewest machines of those that the rules allow and that are preferred most. */
    private Optional<Host> place(String sid) {
        Set<String> allowed = allowed(sid);
        Set<String> avoided = avoided(sid);
        return world.hosts().values().stream()
                .filter(h -> h.online() && allowed.contains(h.name()) && !avoided.contains(h.name()))
                .min(java.util.Comparator.comparingInt((Host h) -> -priority(sid, h.name()))
                        .thenComparingInt(h -> world.vmsOn(h.name()).size()));
    }

    /** A host that is not named is taken when none that is can be. */
    private int priority(String sid, String host) {
        List<Map<String, String>> preferring = new ArrayList<>();
        Optional.ofNullable(resources.get(sid).get("group")).map(groups::get).ifPresent(preferring::add);
        rules.values().stream()
                .filter(r -> "node-affinity".equals(r.get("type")) && names(r, sid))
                .forEach(preferring::add);
        return preferring.stream()
                .flatMap(p -> Formats.list(p.getOrDefault("nodes", "")).stream())
                .filter(n -> n.replaceAll(":.*", "").equals(host))
                .mapToInt(n -> n.contains(":") ? Integer.parseInt(n.substring(n.indexOf(':') + 1)) : 0)
                .max()
                .orElse(-1);
    }

    private Set<String> allowed(String sid) {
        List<Map<String, String>> binding = new ArrayList<>();
        Optional.ofNullable(resources.get(sid).get("group")).map(groups::get)
                .filter(g -> "1".equals(g.get("restricted"))).ifPresent(binding::add);
        rules.values().stream()
                .filter(r -> "node-affinity".equals(r.get("type")) && "1".equals(r.get("strict")) && names(r, sid))
                .forEach(binding::add);
        Set<String> hosts = new java.util.LinkedHashSet<>(world.hosts().keySet());
        binding.forEach(b -> hosts.retainAll(Formats.list(b.getOrDefault("nodes", "")).stream()
                .map(n -> n.replaceAll(":.*", "")).toList()));
        return hosts;
    }

    private Set<String> avoided(String sid) {
        Set<String> hosts = new java.util.LinkedHashSet<>();
        rules.values().stream()
                .filter(r -> "resource-affinity".equals(r.get("type")) && "negative".equals(r.get("affinity"))
                        && names(r, sid))
                .flatMap(r -> Formats.list(r.get("resources")).stream())
                .filter(other -> !other.equals(sid))
                .forEach(other -> machine(other).ifPresent(vm -> hosts.add(vm.host())));
        return hosts;
    }

    private static boolean names(Map<String, String> rule, String sid) {
        return !"1".equals(rule.get("disable")) && Formats.list(rule.getOrDefault("resources", "")).contains(sid);
    }

    /** What status/current says about a machine. */
    Map<String, Object> managed(String sid) {
        Map<String, Object> json = new TreeMap<>();
        Map<String, String> settings = resources.get(sid);
        json.put("managed", settings == null ? 0 : 1);
        if (settings != null) {
            json.put("state", settings.get("state"));
            if (settings.containsKey("group")) {
                json.put("group", settings.get("group"));
            }
        }
        return json;
    }
}
