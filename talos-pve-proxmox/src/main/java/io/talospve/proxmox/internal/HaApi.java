package io.talospve.proxmox.internal;

import io.talospve.spec.HighAvailability;
import io.talospve.spi.HaGroup;
import io.talospve.spi.HypervisorInfo.HostInfo;
import io.talospve.spi.VmRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/**
 * High availability: resources, and with them groups (Proxmox VE 8) or rules (9). A rule takes only machines that are
 * resources already, a group has to exist before a resource names it. Thread-safe.
 */
public final class HaApi {
    private static final String RESOURCES = "resources";
    private static final String NODE_AFFINITY = "node-affinity";
    private static final String RESOURCE_AFFINITY = "resource-affinity";
    private static final int OWN_HOST = 2;
    private static final int OTHER_HOST = 1;

    private final ApiClient api;
    private final ClusterApi cluster;

    /** On a client. */
    public HaApi(ApiClient api, ClusterApi cluster) {
        this.api = api;
        this.cluster = cluster;
    }

    /** VMIDs of the resources. */
    public Set<Integer> members() {
        return resources().keySet().stream()
                .filter(sid -> sid.matches("vm:\\d{3,9}"))
                .map(sid -> Integer.valueOf(sid.substring(3)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** What is missing or other than wanted. */
    public List<String> differences(HaGroup wanted) {
        return new State(wanted).changes().stream().map(Change::why).toList();
    }

    /** Makes each change that is missing, in an order in which Proxmox takes them. */
    public void make(HaGroup wanted) {
        new State(wanted).changes().forEach(change -> api.send(change.call()));
    }

    /** Ends it; then what was made for the cluster and has no member left goes. */
    public void end(String clusterName, Set<Integer> vmids) {
        Map<String, JsonNode> resources = resources();
        boolean rules = hasRules();
        for (int vmid : new TreeSet<>(vmids)) {
            if (resources.containsKey(sid(vmid))) {
                // on 9 the default of purge takes it out of the rules as well
                api.send(Call.delete("cluster", "ha", RESOURCES, sid(vmid)));
            }
        }
        Map<String, JsonNode> left = resources();
        String kind = rules ? "rules" : "groups";
        String id = rules ? "rule" : "group";
        for (JsonNode entry : api.send(Call.get("cluster", "ha", kind))) {
            boolean ours = Fields.text(entry, "comment").equals(comment(clusterName));
            boolean used = rules
                    ? !list(Fields.text(entry, RESOURCES)).isEmpty()
                    : left.values().stream().anyMatch(resource -> Fields.text(resource, id).equals(Fields.text(entry, id)));
            if (ours && !used) {
                api.send(Call.delete("cluster", "ha", kind, Fields.text(entry, id)));
            }
        }
    }

    private Map<String, JsonNode> resources() {
        Map<String, JsonNode> found = new HashMap<>();
        api.send(Call.get("cluster", "ha", RESOURCES)).forEach(entry -> found.put(Fields.text(entry, "sid"), entry));
        return found;
    }

    private boolean hasRules() {
        return cluster.version().matches("(9|\\d{2,})\\..*");
    }

    private static String sid(int vmid) {
        return "vm:" + vmid;
    }

    private static String comment(String clusterName) {
        return "Made by talos-pve for cluster " + clusterName;
    }

    private static Set<String> list(String text) {
        return text.isBlank() ? Set.of() : Set.of(text.strip().split("[,;\\s]+")).stream().collect(Collectors.toCollection(TreeSet::new));
    }

    /** One call, and why it is needed. */
    private record Change(String why, Call call) {}

    /** What is wanted against what is there. */
    private final class State {
        private final HaGroup wanted;
        private final HighAvailability settings;
        private final String name;
        private final boolean rules;
        private final Map<String, JsonNode> resources;
        private final Map<String, JsonNode> constraints = new HashMap<>();
        private final List<Change> changes = new ArrayList<>();

        State(HaGroup wanted) {
            this.wanted = wanted;
            this.settings = wanted.settings();
            this.name = "talos-" + wanted.cluster() + "-" + wanted.pool();
            this.rules = hasRules();
            this.resources = resources();
            if (constrained()) {
                api.send(Call.get("cluster", "ha", rules ? "rules" : "groups"))
                        .forEach(entry -> constraints.put(Fields.text(entry, rules ? "rule" : "group"), entry));
            }
        }

        /** On 8 failback is a group's, on 9 a resource's. */
        private boolean constrained() {
            return !settings.hosts().isEmpty() || settings.apart() || !rules && !settings.failback();
        }

        List<Change> changes() {
            if (!rules && constrained()) {
                groups();
            }
            wanted.members().forEach(this::resource);
            if (rules) {
                rules();
            }
            return changes;
        }

        // ---- Proxmox VE 8 ----

        private void groups() {
            if (!settings.apart()) {
                group(name, hosts().stream().collect(Collectors.toMap(host -> host, host -> 0, (a, b) -> a, LinkedHashMap::new)));
                return;
            }
            Set<String> taken = new HashSet<>();
            for (VmRef member : wanted.members()) {
                preferred(constraints.get(groupOf(member))).ifPresent(taken::add);
            }
            for (VmRef member : wanted.members()) {
                String own = preferred(constraints.get(groupOf(member))).orElseGet(() -> {
                    String free = !taken.contains(member.host())
                            ? member.host()
                            : hosts().stream().filter(host -> !taken.contains(host)).findFirst().orElse(member.host());
                    taken.add(free);
                    return free;
                });
                Map<String, Integer> nodes = new LinkedHashMap<>();
                nodes.put(own, OWN_HOST);
                hosts().stream().filter(host -> !host.equals(own)).forEach(host -> nodes.put(host, OTHER_HOST));
                group(groupOf(member), nodes);
            }
        }

        private String groupOf(VmRef member) {
            return settings.apart() ? name + "-" + member.vmid() : name;
        }

        private List<String> hosts() {
            return settings.hosts().isEmpty()
                    ? cluster.hosts().stream().map(HostInfo::name).toList()
                    : settings.hosts();
        }

        /** The host that a machine's own group prefers. */
        private Optional<String> preferred(JsonNode group) {
            return group == null
                    ? Optional.empty()
                    : priorities(group).entrySet().stream()
                            .filter(node -> node.getValue() == OWN_HOST)
                            .map(Map.Entry::getKey)
                            .findFirst();
        }

        private static Map<String, Integer> priorities(JsonNode entry) {
            Map<String, Integer> nodes = new TreeMap<>();
            for (String node : list(Fields.text(entry, "nodes"))) {
                String[] parts = node.split(":", 2);
                nodes.put(parts[0], parts.length == 2 ? Integer.parseInt(parts[1]) : 0);
            }
            return nodes;
        }

        private void group(String id, Map<String, Integer> nodes) {
            JsonNode there = constraints.get(id);
            if (there == null) {
                changes.add(new Change("the HA group " + id + " is missing", constraint(
                        Call.post("cluster", "ha", "groups").with("group", id), nodes)));
            } else if (!priorities(there).equals(nodes)
                    || Fields.flag(there, "restricted") != settings.strict()
                    || Fields.flag(there, "nofailback") == settings.failback()) {
                changes.add(new Change("the HA group " + id + " is not as wanted", constraint(
                        Call.put("cluster", "ha", "groups", id), nodes)));
            }
        }

        private Call constraint(Call call, Map<String, Integer> nodes) {
            return call.with("nodes", text(nodes))
                    .with("restricted", settings.strict() ? "1" : "0")
                    .with("nofailback", settings.failback() ? "0" : "1")
                    .with("comment", comment(wanted.cluster()));
        }

        private static String text(Map<String, Integer> nodes) {
            return nodes.entrySet().stream()
                    .map(node -> node.getValue() == 0 ? node.getKey() : node.getKey() + ":" + node.getValue())
                    .collect(Collectors.joining(","));
        }

        // ---- both ----

        private void resource(VmRef member) {
            Map<String, String> chosen = new TreeMap<>();
            settings.maxRestart().ifPresent(times -> chosen.put("max_restart", times.toString()));
            settings.maxRelocate().ifPresent(times -> chosen.put("max_relocate", times.toString()));
            if (rules && !settings.failback()) {
                chosen.put("failback", "0");
            }
            if (!rules && constrained()) {
                chosen.put("group", groupOf(member));
            }
            JsonNode there = resources.get(sid(member.vmid()));
            if (there == null) {
                changes.add(new Change(
                        "VM " + member.vmid() + " is not highly available",
                        Call.post("cluster", "ha", RESOURCES)
                                .with("sid", sid(member.vmid()))
                                .with("state", "started")
                                .with("comment", comment(wanted.cluster()))
                                .with(chosen)));
                return;
            }
            chosen.entrySet().removeIf(setting -> Fields.text(there, setting.getKey()).equals(setting.getValue()));
            if (!chosen.isEmpty()) {
                changes.add(new Change(
                        "the HA settings of VM " + member.vmid() + " are not as wanted: " + chosen.keySet(),
                        Call.put("cluster", "ha", RESOURCES, sid(member.vmid())).with(chosen)));
            }
        }

        // ---- Proxmox VE 9 ----

        private void rules() {
            Set<String> sids = wanted.members().stream()
                    .map(member -> sid(member.vmid()))
                    .collect(Collectors.toCollection(TreeSet::new));
            if (!settings.hosts().isEmpty()) {
                rule(name, NODE_AFFINITY, sids, Map.of(
                        "nodes", String.join(",", settings.hosts()), "strict", settings.strict() ? "1" : "0"));
            }
            if (settings.apart() && sids.size() > 1) {
                rule(name + "-apart", RESOURCE_AFFINITY, sids, Map.of("affinity", "negative"));
            }
        }

        private void rule(String id, String type, Set<String> sids, Map<String, String> chosen) {
            JsonNode there = constraints.get(id);
            Map<String, String> all = new TreeMap<>(chosen);
            all.put("type", type);
            all.put(RESOURCES, String.join(",", sids));
            all.put("comment", comment(wanted.cluster()));
            if (there == null) {
                changes.add(new Change("the HA rule " + id + " is missing",
                        Call.post("cluster", "ha", "rules").with("rule", id).with(all)));
                return;
            }
            boolean same = list(Fields.text(there, RESOURCES)).equals(sids)
                    && !Fields.flag(there, "disable")
                    && Fields.flag(there, "strict") == "1".equals(chosen.getOrDefault("strict", "0"))
                    && Fields.text(there, "affinity").equals(chosen.getOrDefault("affinity", ""))
                    && list(Fields.text(there, "nodes")).equals(list(chosen.getOrDefault("nodes", "")));
            if (!same) {
                all.put("disable", "0");
                changes.add(new Change("the HA rule " + id + " is not as wanted",
                        Call.put("cluster", "ha", "rules", id).with(all)));
            }
        }
    }
}
