package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.Tree;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes the status of pods that may be changed, as kubelets and the scheduler do. */
final class PodStates {
    private PodStates() {}

    /** No node takes it. */
    static void unschedulable(Map<String, Object> pod, String why, Instant now) {
        in(pod, "status").put("phase", "Pending");
        Conditions.set(pod, "PodScheduled", "False", "Unschedulable", why, 0, now);
    }

    /** All containers run. */
    static void running(Map<String, Object> pod, String hostIp, String podIp, Instant now) {
        Map<String, Object> status = in(pod, "status");
        status.put("phase", "Running");
        status.put("hostIP", hostIp);
        status.put("podIP", podIp);
        status.put("podIPs", List.of(map("ip", podIp)));
        status.putIfAbsent("startTime", Conditions.stamp(now));
        scheduled(pod, now);
        ready(pod, "True", "", now);
        containers(pod, "", null, now);
    }

    /** The containers run, and one is not ready. */
    static void unready(Map<String, Object> pod, String container, Instant now) {
        Map<String, Object> status = in(pod, "status");
        status.put("phase", "Running");
        scheduled(pod, now);
        ready(pod, "False", "containers with unready status: [" + container + "]", now);
        containers(pod, container, null, now);
    }

    /**
     * A container waits; those after it, too, if it is an init container.
     *
     * @param reason {@code ImagePullBackOff}
     * @param ended what it said when it ended last, empty if it never began
     */
    static void waiting(
            Map<String, Object> pod, String container, String reason, String message, String ended, Instant now) {
        Map<String, Object> status = in(pod, "status");
        status.put("phase", ended.isEmpty() ? "Pending" : "Running");
        scheduled(pod, now);
        ready(pod, "False", "containers with unready status: [" + container + "]", now);
        Map<String, Object> state = map("state", map("waiting", map("reason", reason, "message", message)));
        if (!ended.isEmpty()) {
            state.put(
                    "lastState",
                    map("terminated", map("exitCode", 1, "reason", "Error", "message", ended)));
        }
        containers(pod, container, state, now);
    }

    /** The pod of a job is done. */
    static void succeeded(Map<String, Object> pod, Instant now) {
        in(pod, "status").put("phase", "Succeeded");
        Conditions.set(pod, "Ready", "False", "PodCompleted", "", 0, now);
        Conditions.set(pod, "ContainersReady", "False", "PodCompleted", "", 0, now);
        List<Object> all = new ArrayList<>();
        for (Object container : list(pod, "spec.containers")) {
            all.add(map(
                    "name", text(container, "name"),
                    "ready", false,
                    "restartCount", 0,
                    "image", text(container, "image"),
                    "state", map("terminated", map("exitCode", 0, "reason", "Completed"))));
        }
        in(pod, "status").put("containerStatuses", all);
    }

    private static void scheduled(Map<String, Object> pod, Instant now) {
        Conditions.set(pod, "PodScheduled", "True", "", "", 0, now);
    }

    private static void ready(Map<String, Object> pod, String ready, String message, Instant now) {
        String reason = message.isEmpty() ? "" : "ContainersNotReady";
        Conditions.set(pod, "Initialized", "True", "", "", 0, now);
        Conditions.set(pod, "ContainersReady", ready, reason, message, 0, now);
        Conditions.set(pod, "Ready", ready, reason, message, 0, now);
    }

    private static void containers(
            Map<String, Object> pod, String special, @Nullable Map<String, Object> state, Instant now) {
        Map<String, Object> running = map("running", map("startedAt", Conditions.stamp(now)));
        List<Object> init = list(pod, "spec.initContainers");
        boolean held = init.stream().anyMatch(c -> text(c, "name").equals(special)) && state != null;
        statuses(pod, "initContainerStatuses", init, special, state, running, false);
        statuses(pod, "containerStatuses", list(pod, "spec.containers"), special, state, running, held);
    }

    private static void statuses(
            Map<String, Object> pod,
            String field,
            List<Object> containers,
            String special,
            @Nullable Map<String, Object> state,
            Map<String, Object> running,
            boolean held) {
        if (containers.isEmpty()) {
            return;
        }
        boolean init = field.startsWith("init");
        boolean before = init && state != null && containers.stream().anyMatch(c -> text(c, "name").equals(special));
        List<Object> old = list(pod, "status." + field);
        List<Object> all = new ArrayList<>();
        for (int i = 0; i < containers.size(); i++) {
            String name = text(containers.get(i), "name");
            boolean one = name.equals(special);
            Map<String, Object> out = map(
                    "name", name,
                    "image", text(containers.get(i), "image"),
                    "restartCount", one && state != null && state.containsKey("lastState") ? 3 : 0);
            boolean up = !held && !one && !(init && before);
            if (held || init && before && !one && after(containers, name, special)) {
                out.put("ready", false);
                out.put("started", false);
                out.put("state", map("waiting", map("reason", "PodInitializing")));
            } else if (one && state != null) {
                out.put("ready", false);
                out.put("started", false);
                out.putAll(state);
            } else if (init) {
                out.put("ready", true);
                out.put("started", false);
                out.put("state", map("terminated", map("exitCode", 0, "reason", "Completed")));
            } else {
                out.put("ready", up);
                out.put("started", true);
                Object was = i < old.size() ? Tree.at(old.get(i), "state.running") : null;
                out.put("state", was == null ? running : map("running", was));
            }
            all.add(out);
        }
        in(pod, "status").put(field, all);
    }

    private static boolean after(List<Object> containers, String name, String special) {
        List<String> names = containers.stream().map(c -> text(c, "name")).toList();
        return names.indexOf(name) > names.indexOf(special);
    }
}
