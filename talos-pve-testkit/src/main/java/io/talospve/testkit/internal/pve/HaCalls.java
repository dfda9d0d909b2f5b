package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.integer;
import static io.talospve.testkit.internal.pve.Param.oneOf;
import static io.talospve.testkit.internal.pve.Param.string;

import io.talospve.testkit.internal.world.World;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Calls under {@code /cluster/ha}. */
final class HaCalls {
    private final World world;
    private final HaState ha;
    private final boolean nine;

    HaCalls(World world, HaState ha) {
        this.world = world;
        this.ha = ha;
        this.nine = world.version().nine();
    }

    void addTo(Endpoints endpoints) {
        Consumer<Call> read = c -> c.demand("/", "Sys.Audit");
        Consumer<Call> write = c -> c.demand("/", "Sys.Console");
        List<Param> none = List.of();
        List<Param> onSid = List.of(string("sid").must().format(HaCalls::sid));
        List<Param> settings = new ArrayList<>(List.of(string("comment").maxLength(4096),
                string("group").format(Formats::configId), integer("max_relocate").min(0),
                integer("max_restart").min(0),
                oneOf("state", "started", "stopped", "enabled", "disabled", "ignored")));
        if (nine) {
            settings.add(bool("failback"));
        }
        Param[] create = with(settings, oneOf("type", "ct", "vm"));
        Param[] change = with(settings, string("delete").maxLength(4096), string("digest").maxLength(64));
        Param target = string("node").must().format(Formats::node);
        endpoints
                .add("GET /cluster/ha/resources", false, endpoints.schema(none, oneOf("type", "ct", "vm")), read,
                        c -> ha.resources().keySet().stream().map(this::resource).toList())
                .add("POST /cluster/ha/resources", true, endpoints.schema(onSid, create), write, this::add)
                .add("GET /cluster/ha/resources/{sid}", false, endpoints.schema(onSid), read,
                        c -> resource(existing(c)))
                .add("PUT /cluster/ha/resources/{sid}", true, endpoints.schema(onSid, change), write, this::change)
                .add("DELETE /cluster/ha/resources/{sid}", true,
                        nine ? endpoints.schema(onSid, bool("purge")) : endpoints.schema(onSid), write, c -> {
                            quorum();
                            ha.remove(existing(c));
                            return null;
                        })
                .add("POST /cluster/ha/resources/{sid}/migrate", true, endpoints.schema(onSid, target), write,
                        this::migrate)
                .add("POST /cluster/ha/resources/{sid}/relocate", true, endpoints.schema(onSid, target), write,
                        this::migrate)
                .add("GET /cluster/ha/status/current", false, endpoints.schema(none), read, c -> status())
                .add("GET /cluster/ha/status/manager_status", false, endpoints.schema(none), read,
                        c -> Map.of("manager_status", Map.of("master_node", c.entry().name()), "quorum",
                                Map.of("node", c.entry().name(), "quorate", world.quorate() ? "1" : "0")));
        addGroups(endpoints, read, write);
        if (nine) {
            addRules(endpoints, read, write);
        }
    }

    private static Param[] with(List<Param> some, Param... more) {
        List<Param> all = new ArrayList<>(some);
        all.addAll(List.of(more));
        return all.toArray(Param[]::new);
    }

    private static void sid(String value) {
        if (!value.matches("(vm:|ct:)?[1-9]\\d{2,8}")) {
            throw new IllegalArgumentException("value does not look like a valid ha resource ID");
        }
    }

    private static String normal(String sid) {
        return sid.contains(":") ? sid : "vm:" + sid;
    }

    private void quorum() {
        if (!world.quorate()) {
            throw ApiError.die("cfs-lock 'domain-ha' error: no quorum!");
        }
    }

    private String existing(Call call) {
        String sid = normal(call.text("sid"));
        if (!ha.manages(sid)) {
            throw ApiError.die("no such resource '" + sid + "'");
        }
        return sid;
    }

    private Map<String, Object> resource(String sid) {
        Map<String, Object> json = new TreeMap<>();
        json.put("sid", sid);
        json.put("type", sid.substring(0, 2));
        json.put("digest", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        ha.resources().get(sid).forEach((k, v) -> json.put(k, k.startsWith("max_") || k.equals("failback")
                ? (Object) Integer.valueOf(v)
                : v));
        return json;
    }

    private void group(Call call) {
        call.maybe("group").ifPresent(group -> {
            if (nine) {
                throw ApiError.parameter("group", "ha groups have been migrated to rules");
            }
            if (!ha.groups().containsKey(group)) {
                throw ApiError.die("unable to create resource: no such ha group '" + group + "'");
            }
        });
    }

    private static Map<String, String> settings(Call call) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String name : List.of("comment", "group", "max_relocate", "max_restart", "state", "failback")) {
            call.maybe(name).ifPresent(v -> all.put(name, v));
        }
        return all;
    }

    private @Nullable Object add(Call call) {
        quorum();
        group(call);
        String sid = normal(call.text("sid"));
        if (!world.vms().containsKey(Integer.parseInt(sid.substring(3)))) {
            throw ApiError.die("unable to create resource: VM " + sid.substring(3) + " does not exist");
        }
        if (ha.manages(sid)) {
            throw ApiError.die("resource ID '" + sid + "' already defined");
        }
        ha.add(sid, settings(call));
        return null;
    }

    private @Nullable Object change(Call call) {
        quorum();
        group(call);
        String sid = existing(call);
        Map<String, String> kept = ha.resources().get(sid);
        Formats.list(call.text("delete", "")).forEach(kept::remove);
        Map<String, String> changes = settings(call);
        kept.putAll(changes);
        kept.putIfAbsent("state", "started");
        if (changes.containsKey("state")) {
            ha.request(sid, changes.get("state"));
        }
        return null;
    }

    private Object migrate(Call call) {
        quorum();
        String sid = existing(call);
        String host = call.text("node");
        if (!world.hosts().containsKey(host)) {
            throw ApiError.parameter("node", "node '" + host + "' does not exist");
        }
        ha.migrate(sid, host);
        return Map.of("sid", sid, "requested-node", host);
    }

    private Object status() {
        List<Map<String, Object>> all = new ArrayList<>();
        String master = world.hosts().keySet().iterator().next();
        all.add(new TreeMap<>(Map.of("id", "quorum", "type", "quorum", "node", master, "quorate",
                world.quorate() ? 1 : 0, "status", world.quorate() ? "OK" : "no quorum!")));
        all.add(new TreeMap<>(Map.of("id", "master", "type", "master", "node", master, "status", master + " (active)")));
        world.hosts().values().forEach(h -> all.add(new TreeMap<>(Map.of("id", "lrm:" + h.name(), "type", "lrm", "node",
                h.name(), "status", h.name() + (h.online() ? " (active)" : " (old timestamp - dead?)")))));
        ha.resources().forEach((sid, settings) -> {
            String host = Optional.ofNullable(world.vms().get(Integer.parseInt(sid.substring(3))))
                    .map(vm -> vm.host()).orElse("");
            Map<String, Object> json = new TreeMap<>(Map.of("id", "service:" + sid, "type", "service", "sid", sid,
                    "node", host, "state", ha.state(sid), "request_state", settings.get("state"), "status",
                    sid + " (" + host + ", " + ha.state(sid) + ")"));
            all.add(json);
        });
        return all;
    }

    // ---- groups and rules ----

    private void addGroups(Endpoints endpoints, Consumer<Call> read, Consumer<Call> write) {
        List<Param> onGroup = List.of(string("group").must().format(Formats::configId));
        Param[] settings = {string("comment").maxLength(4096), bool("nofailback"), bool("restricted")};
        endpoints
                .add("GET /cluster/ha/groups", false, endpoints.schema(List.of()), read, c -> {
                    noGroups();
                    return ha.groups().keySet().stream().map(g -> entry(ha.groups(), "group", g)).toList();
                })
                .add("POST /cluster/ha/groups", true,
                        endpoints.schema(onGroup, with(List.of(settings), string("nodes").must(),
                                oneOf("type", "group"))), write, c -> {
                            noGroups();
                            quorum();
                            if (ha.groups().containsKey(c.text("group"))) {
                                throw ApiError.die("ha group ID '" + c.text("group") + "' already defined");
                            }
                            ha.groups().put(c.text("group"), texts(c, "comment", "nofailback", "restricted", "nodes"));
                            return null;
                        })
                .add("GET /cluster/ha/groups/{group}", false, endpoints.schema(onGroup), read, c -> {
                    noGroups();
                    return entry(ha.groups(), "group", c.text("group"));
                })
                .add("PUT /cluster/ha/groups/{group}", true,
                        endpoints.schema(onGroup, with(List.of(settings), string("nodes"),
                                string("delete").maxLength(4096), string("digest").maxLength(64))), write, c -> {
                            noGroups();
                            quorum();
                            entry(ha.groups(), "group", c.text("group"));
                            Map<String, String> kept = ha.groups().get(c.text("group"));
                            Formats.list(c.text("delete", "")).forEach(kept::remove);
                            kept.putAll(texts(c, "comment", "nofailback", "restricted", "nodes"));
                            return null;
                        })
                .add("DELETE /cluster/ha/groups/{group}", true, endpoints.schema(onGroup), write, c -> {
                    noGroups();
                    quorum();
                    String group = c.text("group");
                    ha.resources().forEach((sid, settingsOf) -> {
                        if (group.equals(settingsOf.get("group"))) {
                            throw ApiError.die("ha group '" + group + "' is used by service '" + sid + "'");
                        }
                    });
                    ha.groups().remove(group);
                    return null;
                });
    }

    private void noGroups() {
        if (nine) {
            throw ApiError.die("ha groups have been migrated to rules");
        }
    }

    private static Map<String, Object> entry(Map<String, Map<String, String>> all, String kind, String id) {
        Map<String, String> found = all.get(id);
        if (found == null) {
            throw ApiError.die("no such ha " + kind + " '" + id + "'");
        }
        Map<String, Object> json = new TreeMap<>(found);
        json.replaceAll((k, v) -> v.equals("0") || v.equals("1") ? Integer.valueOf(v.toString()) : v);
        json.put(kind, id);
        return json;
    }

    private static Map<String, String> texts(Call call, String... names) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String name : names) {
            call.maybe(name).ifPresent(v -> all.put(name, v));
        }
        return all;
    }

    private static final String[] RULE = {
        "type", "comment", "disable", "resources", "nodes", "strict", "affinity"
    };

    private void addRules(Endpoints endpoints, Consumer<Call> read, Consumer<Call> write) {
        List<Param> onRule = List.of(string("rule").must().format(Formats::configId));
        Param[] settings = {
            string("comment").maxLength(4096), bool("disable"), string("nodes"), bool("strict"),
            oneOf("affinity", "positive", "negative")
        };
        endpoints
                .add("GET /cluster/ha/rules", false,
                        endpoints.schema(List.of(), string("resource"),
                                oneOf("type", "node-affinity", "resource-affinity")), read,
                        c -> ha.rules().keySet().stream().map(r -> entry(ha.rules(), "rule", r))
                                .filter(r -> !c.has("type") || c.text("type").equals(r.get("type"))).toList())
                .add("POST /cluster/ha/rules", true,
                        endpoints.schema(onRule, with(List.of(settings), string("resources").must(),
                                oneOf("type", "node-affinity", "resource-affinity").must())), write, this::addRule)
                .add("GET /cluster/ha/rules/{rule}", false, endpoints.schema(onRule), read,
                        c -> entry(ha.rules(), "rule", c.text("rule")))
                .add("PUT /cluster/ha/rules/{rule}", true,
                        endpoints.schema(onRule, with(List.of(settings), string("resources"), string("delete"),
                                string("digest").maxLength(64),
                                oneOf("type", "node-affinity", "resource-affinity").must())), write, c -> {
                            quorum();
                            entry(ha.rules(), "rule", c.text("rule"));
                            Map<String, String> kept = ha.rules().get(c.text("rule"));
                            Formats.list(c.text("delete", "")).forEach(kept::remove);
                            kept.putAll(texts(c, RULE));
                            return null;
                        })
                .add("DELETE /cluster/ha/rules/{rule}", true, endpoints.schema(onRule), write, c -> {
                    quorum();
                    ha.rules().remove(c.text("rule"));
                    return null;
                });
    }

    private @Nullable Object addRule(Call call) {
        quorum();
        String rule = call.text("rule");
        if (ha.rules().containsKey(rule)) {
            throw ApiError.die("HA rule ID '" + rule + "' already defined");
        }
        boolean nodes = call.text("type").equals("node-affinity");
        String needed = nodes ? "nodes" : "affinity";
        if (!call.has(needed)) {
            throw ApiError.parameter(needed, "property is missing and it is not optional");
        }
        List<String> sids = Formats.list(call.text("resources"));
        for (String sid : sids) {
            if (!ha.manages(normal(sid))) {
                throw ApiError.die("cannot use unmanaged resource(s) " + sid + ".");
            }
        }
        if (!nodes && sids.size() < 2) {
            throw ApiError.parameter("resources", "rule is ineffective as there are less than two resources");
        }
        ha.rules().put(rule, texts(call, RULE));
        return null;
    }
}
