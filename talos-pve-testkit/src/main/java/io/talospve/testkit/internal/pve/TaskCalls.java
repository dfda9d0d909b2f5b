package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Endpoints.node;
import static io.talospve.testkit.internal.pve.Endpoints.onNode;
import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.integer;
import static io.talospve.testkit.internal.pve.Param.oneOf;
import static io.talospve.testkit.internal.pve.Param.string;

import io.talospve.testkit.internal.world.Task;
import io.talospve.testkit.internal.world.World;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Calls about tasks. */
final class TaskCalls {
    private final World world;

    TaskCalls(World world) {
        this.world = world;
    }

    void addTo(Endpoints endpoints) {
        List<Param> onTask = List.of(node(), string("upid").must());
        endpoints
                .add("GET /nodes/{node}/tasks", false,
                        endpoints.schema(onNode(), bool("errors"), integer("limit").min(0), integer("since"),
                                oneOf("source", "archive", "active", "all"), integer("start").min(0),
                                string("statusfilter"), string("typefilter"), integer("until"),
                                string("userfilter"), integer("vmid").min(100).max(999_999_999)),
                        Endpoints::anybody, this::list)
                .add("GET /nodes/{node}/tasks/{upid}", false, endpoints.schema(onTask), Endpoints::anybody,
                        c -> List.of(Map.of("name", "log"), Map.of("name", "status")))
                .add("DELETE /nodes/{node}/tasks/{upid}", true, endpoints.schema(onTask), Endpoints::anybody,
                        this::stop)
                .add("GET /nodes/{node}/tasks/{upid}/status", true, endpoints.schema(onTask), Endpoints::anybody,
                        this::status)
                .add("GET /nodes/{node}/tasks/{upid}/log", true,
                        endpoints.schema(onTask, bool("download"), integer("limit").min(0), integer("start").min(0)),
                        Endpoints::anybody, this::log)
                .add("GET /cluster/tasks", false, endpoints.schema(List.of()), Endpoints::anybody, this::newest);
    }

    private Task task(Call call) {
        String upid = call.text("upid");
        if (!upid.matches("UPID:[a-zA-Z0-9-]+:[0-9A-Fa-f]{8}:[0-9A-Fa-f]{8,9}:[0-9A-Fa-f]{8}:[^:\\s]+:[^:\\s]*:[^:\\s]+:")) {
            throw ApiError.parameter("upid", "unable to parse worker upid");
        }
        Task task = world.task(call.node().name(), upid)
                .orElseThrow(() -> ApiError.parameter("upid", "no such task"));
        boolean own = task.authId().equals(call.caller().authId()) || user(task).equals(call.caller().authId());
        if (!own) {
            call.demand("/nodes/" + task.host(), "Sys.Audit");
        }
        return task;
    }

    private static String user(Task task) {
        int mark = task.authId().indexOf('!');
        return mark < 0 ? task.authId() : task.authId().substring(0, mark);
    }

    private Map<String, Object> json(Task task) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("upid", task.upid());
        json.put("node", task.host());
        json.put("pid", task.pid());
        json.put("pstart", task.pstart());
        json.put("starttime", task.started().getEpochSecond());
        json.put("type", task.type());
        json.put("id", task.id());
        json.put("user", user(task));
        if (task.authId().contains("!")) {
            json.put("tokenid", task.authId().substring(task.authId().indexOf('!') + 1));
        }
        return json;
    }

    private Object status(Call call) {
        Task task = task(call);
        Map<String, Object> json = json(task);
        json.put("status", task.ended().isPresent() ? "stopped" : "running");
        if (task.ended().isPresent()) {
            json.put("exitstatus", task.exitStatus());
        }
        return json;
    }

    private Object log(Call call) {
        List<String> lines = task(call).log();
        int start = call.number("start", 0);
        int limit = call.number("limit", 50);
        call.total(lines.size());
        List<Map<String, Object>> shown = new ArrayList<>();
        for (int i = start; i < lines.size() && (limit == 0 || i < start + limit); i++) {
            shown.add(Map.of("n", i + 1, "t", lines.get(i)));
        }
        if (shown.isEmpty() && start == 0) {
            return List.of(Map.of("n", 1, "t", "no content"));
        }
        return shown;
    }

    private @Nullable Object stop(Call call) {
        Task task = task(call);
        if (!user(task).equals(call.caller().user())) {
            call.demand("/nodes/" + task.host(), "Sys.Modify");
        }
        task.interrupt();
        return null;
    }

    private Object list(Call call) {
        String source = call.text("source", "archive");
        List<Task> found = new ArrayList<>(world.tasks());
        Collections.reverse(found);
        boolean all = call.may("/nodes/" + call.node().name(), "Sys.Audit");
        List<Map<String, Object>> shown = new ArrayList<>();
        int start = call.number("start", 0);
        int limit = call.number("limit", 50);
        int matching = 0;
        for (Task task : found) {
            boolean running = task.ended().isEmpty();
            boolean wanted = task.host().equals(call.node().name())
                    && (all || user(task).equals(call.caller().user()))
                    && (source.equals("all") || source.equals("active") == running)
                    && (!call.has("vmid") || task.id().equals(call.text("vmid")))
                    && (!call.has("typefilter") || task.type().equals(call.text("typefilter")))
                    && (!call.has("userfilter") || user(task).contains(call.text("userfilter")))
                    && (!call.flag("errors") || (!running && !task.exitStatus().equals("OK")));
            if (!wanted) {
                continue;
            }
            matching++;
            if (matching > start && (limit == 0 || matching <= start + limit)) {
                Map<String, Object> json = json(task);
                json.put("status", running ? "RUNNING" : task.exitStatus());
                if (running) {
                    json.put("saved", "0");
                } else {
                    json.put("endtime", task.ended().get().getEpochSecond());
                }
                shown.add(json);
            }
        }
        call.total(matching);
        return shown;
    }

    private Object newest(Call call) {
        List<Task> found = new ArrayList<>(world.tasks());
        Collections.reverse(found);
        return found.stream()
                .filter(t -> user(t).equals(call.caller().user()) || call.may("/nodes/" + t.host(), "Sys.Audit"))
                .limit(25L * world.hosts().size())
                .map(t -> {
                    Map<String, Object> json = json(t);
                    json.remove("pstart");
                    Object saved = world.version().nine() ? Integer.valueOf(1) : "1";
                    json.put("saved", t.ended().isPresent() ? saved : "0");
                    if (t.ended().isPresent()) {
                        json.remove("pid");
                        json.put("status", t.exitStatus());
                        json.put("endtime", t.ended().get().getEpochSecond());
                    }
                    return json;
                })
                .toList();
    }
}
