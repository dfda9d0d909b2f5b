package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.number;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.ApiError;
import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.ObjectStore.Change;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.ResourceType;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.kube.api.TypeTable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Deployments, replica sets, stateful sets, daemon sets and jobs: the pods they want, and what they say of them. */
final class Workloads implements Controller {
    private static final Set<String> CONCERNS = Set.of(
            "deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps", "jobs.batch", "pods", "nodes",
            "serviceaccounts", "namespaces");

    private final ObjectStore store;
    private final Resources resources;
    private final ResourceType podType;
    private final Supplier<Instant> now;
    private Map<String, List<Map<String, Object>>> byOwner = new HashMap<>();

    Workloads(ObjectStore store, Resources resources, TypeTable types, Supplier<Instant> now) {
        this.store = store;
        this.resources = resources;
        this.podType = types.byName("pods").orElseThrow();
        this.now = now;
    }

    @Override
    public boolean concerns(Change change) {
        return CONCERNS.contains(change.resource());
    }

    @Override
    public void reconcile() {
        byOwner = owned("pods");
        store.list("daemonsets.apps", "").forEach(this::daemonSet);
        store.list("deployments.apps", "").forEach(this::deployment);
        store.list("replicasets.apps", "").forEach(this::replicaSet);
        store.list("statefulsets.apps", "").forEach(this::statefulSet);
        store.list("jobs.batch", "").forEach(this::job);
    }

    private Map<String, List<Map<String, Object>>> owned(String resource) {
        Map<String, List<Map<String, Object>>> out = new HashMap<>();
        for (Map<String, Object> object : store.list(resource, "")) {
            for (Object owner : list(object, "metadata.ownerReferences")) {
                if (Tree.flag(owner, "controller")) {
                    out.computeIfAbsent(text(owner, "uid"), u -> new ArrayList<>()).add(object);
                }
            }
        }
        return out;
    }

    private List<Map<String, Object>> podsOf(Map<String, Object> owner) {
        return byOwner.getOrDefault(Tree.uid(owner), List.of());
    }

    private static boolean ready(Map<String, Object> pod) {
        return Conditions.isTrue(pod, "Ready");
    }

    static String hash(Object template) {
        return Integer.toHexString(String.valueOf(template).hashCode());
    }

    // --- pods

    private Map<String, Object> ownerReference(Map<String, Object> owner) {
        return map(
                "apiVersion", text(owner, "apiVersion"),
                "kind", text(owner, "kind"),
                "name", Tree.name(owner),
                "uid", Tree.uid(owner),
                "controller", true,
                "blockOwnerDeletion", true);
    }

    /**
     * Makes a pod from its owner's template.
     *
     * @param node the node it is bound to, empty to let it be scheduled
     * @return why it may not be made; empty if it was
     */
    private Optional<String> makePod(
            Map<String, Object> owner, String name, String node, String hashLabel, String hash) {
        String namespace = Tree.namespace(owner);
        Map<String, Object> template = child(owner, "spec.template");
        Map<String, Object> metadata = resources.metadata(namespace, name);
        Map<String, Object> labels = Tree.copy(child(template, "metadata.labels"));
        labels = labels.isEmpty() ? new HashMap<>() : labels;
        labels.put(hashLabel, hash);
        metadata.put("labels", labels);
        Map<String, Object> annotations = child(template, "metadata.annotations");
        if (!annotations.isEmpty()) {
            metadata.put("annotations", Tree.copy(annotations));
        }
        metadata.put("ownerReferences", List.of(ownerReference(owner)));
        Map<String, Object> spec = Tree.copy(child(template, "spec"));
        spec.putIfAbsent("serviceAccountName", "default");
        if (!node.isEmpty()) {
            spec.put("nodeName", node);
        }
        Map<String, Object> pod = map(
                "apiVersion", "v1", "kind", "Pod", "metadata", metadata, "spec", spec, "status", map("phase", "Pending"));
        try {
            resources.admit(podType, pod);
        } catch (ApiError refused) {
            return Optional.ofNullable(refused.getMessage());
        }
        store.put("pods", pod);
        byOwner.computeIfAbsent(Tree.uid(owner), u -> new ArrayList<>()).add(pod);
        return Optional.empty();
    }

    private void drop(Map<String, Object> owner, Map<String, Object> pod) {
        store.remove("pods", Tree.namespace(pod), Tree.name(pod));
        List<Map<String, Object>> left = new ArrayList<>(podsOf(owner));
        left.remove(pod);
        byOwner.put(Tree.uid(owner), left);
    }

    private void write(String resource, Map<String, Object> before, Map<String, Object> after) {
        if (!Tree.same(before, after)) {
            store.put(resource, after);
        }
    }

    private static Map<String, Object> status(Map<String, Object> object) {
        Map<String, Object> status = in(object, "status");
        status.put("observedGeneration", number(object, "metadata.generation", 1));
        return status;
    }

    // --- daemon sets

    private void daemonSet(Map<String, Object> set) {
        Object spec = Tree.at(set, "spec.template.spec");
        String hash = hash(Tree.at(set, "spec.template"));
        Set<String> wanted = new HashSet<>();
        for (Map<String, Object> node : store.list("nodes", "")) {
            if (Scheduling.runsDaemon(spec, node)) {
                wanted.add(Tree.name(node));
            }
        }
        Set<String> missing = new HashSet<>(wanted);
        for (Map<String, Object> pod : List.copyOf(podsOf(set))) {
            String node = text(pod, "spec.nodeName");
            if (!wanted.contains(node)
                    || !missing.contains(node)
                    || !Tree.label(pod, "controller-revision-hash").equals(hash)) {
                drop(set, pod);
            } else {
                missing.remove(node);
            }
        }
        String refused = "";
        for (String node : missing.stream().sorted().toList()) {
            Optional<String> why = makePod(
                    set, Tree.name(set) + "-" + resources.suffix(5), node, "controller-revision-hash", hash);
            refused = why.orElse(refused);
        }
        List<Map<String, Object>> pods = podsOf(set);
        long ready = pods.stream().filter(Workloads::ready).count();
        Map<String, Object> out = Tree.copy(set);
        Map<String, Object> status = status(out);
        status.put("desiredNumberScheduled", wanted.size());
        status.put("currentNumberScheduled", pods.size());
        status.put("updatedNumberScheduled", pods.size());
        status.put("numberMisscheduled", 0);
        status.put("numberReady", ready);
        status.put("numberAvailable", ready);
        status.put("numberUnavailable", wanted.size() - ready);
        failure(out, refused);
        write("daemonsets.apps", set, out);
    }

    private void failure(Map<String, Object> object, String refused) {
        if (!refused.isEmpty()) {
            Conditions.set(object, "ReplicaFailure", "True", "FailedCreate", refused, 0, now.get());
        } else if (Conditions.find(object, "ReplicaFailure").isPresent()) {
            Conditions.remove(object, "ReplicaFailure");
        }
    }

    // --- deployments and replica sets

    private void deployment(Map<String, Object> deployment) {
        String namespace = Tree.namespace(deployment);
        long desired = number(deployment, "spec.replicas", 1);
        String hash = hash(Tree.at(deployment, "spec.template"));
        String current = Tree.name(deployment) + "-" + hash;
        List<Map<String, Object>> sets = store.list("replicasets.apps", namespace).stream()
                .filter(s -> list(s, "metadata.ownerReferences").stream()
                        .anyMatch(o -> text(o, "uid").equals(Tree.uid(deployment))))
                .toList();
        Optional<Map<String, Object>> mine =
                sets.stream().filter(s -> Tree.name(s).equals(current)).findFirst();
        long available = mine.map(s -> number(s, "status.availableReplicas", 0)).orElse(0L);
        boolean recreate = text(deployment, "spec.strategy.type").equals("Recreate");
        long old = 0;
        for (Map<String, Object> set : sets) {
            if (!Tree.name(set).equals(current)) {
                old += number(set, "status.availableReplicas", 0);
                scale(set, recreate || available >= desired ? 0 : number(set, "spec.replicas", 0));
            }
        }
        if (mine.isEmpty()) {
            store.put("replicasets.apps", fresh(deployment, current, hash, desired));
        } else {
            scale(mine.get(), desired);
        }
        String failure = mine.flatMap(s -> Conditions.find(s, "ReplicaFailure"))
                .map(c -> text(c, "message"))
                .orElse("");
        Map<String, Object> out = Tree.copy(deployment);
        Map<String, Object> status = status(out);
        long total = mine.map(s -> number(s, "status.replicas", 0)).orElse(0L);
        long ready = mine.map(s -> number(s, "status.readyReplicas", 0)).orElse(0L) + old;
        counts(status, total + old, ready, available + old, Math.max(0, desired - available - old));
        status.put("updatedReplicas", total);
        boolean enough = available + old >= desired - unavailableAllowed(deployment, desired);
        Conditions.set(
                out,
                "Available",
                enough ? "True" : "False",
                enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                enough ? "Deployment has minimum availability." : "Deployment does not have minimum availability.",
                0,
                now.get());
        boolean complete = available >= desired && old == 0;
        Conditions.set(
                out,
                "Progressing",
                "True",
                complete ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                "ReplicaSet \"" + current + "\" " + (complete ? "has successfully progressed." : "is progressing."),
                0,
                now.get());
        failure(out, failure);
        write("deployments.apps", deployment, out);
    }

    private static void counts(Map<String, Object> status, long total, long ready, long available, long missing) {
        status.put("replicas", total);
        put(status, "readyReplicas", ready);
        put(status, "availableReplicas", available);
        put(status, "unavailableReplicas", missing);
    }

    /** Zero is left out, as everywhere in Kubernetes. */
    private static void put(Map<String, Object> status, String key, long value) {
        if (value == 0) {
            status.remove(key);
        } else {
            status.put(key, value);
        }
    }

    private static long unavailableAllowed(Map<String, Object> deployment, long desired) {
        if (text(deployment, "spec.strategy.type").equals("Recreate")) {
            return 0;
        }
        String allowed = text(deployment, "spec.strategy.rollingUpdate.maxUnavailable");
        if (allowed.isEmpty()) {
            allowed = "25%";
        }
        return allowed.endsWith("%")
                ? desired * Long.parseLong(allowed.substring(0, allowed.length() - 1)) / 100
                : Long.parseLong(allowed);
    }

    private Map<String, Object> fresh(Map<String, Object> deployment, String name, String hash, long replicas) {
        Map<String, Object> metadata = resources.metadata(Tree.namespace(deployment), name);
        Map<String, Object> template = Tree.copy(child(deployment, "spec.template"));
        in(in(template, "metadata"), "labels").put("pod-template-hash", hash);
        Map<String, Object> selector = Tree.copy(child(deployment, "spec.selector"));
        in(selector, "matchLabels").put("pod-template-hash", hash);
        metadata.put("labels", Tree.copy(child(template, "metadata.labels")));
        metadata.put("generation", 1);
        metadata.put("ownerReferences", List.of(ownerReference(deployment)));
        return map(
                "apiVersion", "apps/v1",
                "kind", "ReplicaSet",
                "metadata", metadata,
                "spec", map("replicas", replicas, "selector", selector, "template", template));
    }

    private void scale(Map<String, Object> set, long replicas) {
        if (number(set, "spec.replicas", 0) != replicas) {
            Map<String, Object> out = Tree.copy(set);
            in(out, "spec").put("replicas", replicas);
            in(out, "metadata").put("generation", number(set, "metadata.generation", 0) + 1);
            store.put("replicasets.apps", out);
        }
    }

    private void replicaSet(Map<String, Object> set) {
        long desired = number(set, "spec.replicas", 1);
        String hash = Tree.label(set, "pod-template-hash");
        // those that are not ready go first, then the youngest
        List<Map<String, Object>> pods = new ArrayList<>(podsOf(set));
        pods.sort((a, b) -> Boolean.compare(ready(b), ready(a)));
        for (int i = pods.size() - 1; i >= desired; i--) {
            drop(set, pods.get(i));
        }
        String refused = "";
        for (long i = pods.size(); i < desired && refused.isEmpty(); i++) {
            refused = makePod(
                            set,
                            Tree.name(set) + "-" + resources.suffix(5),
                            "",
                            "pod-template-hash",
                            hash.isEmpty() ? hash(Tree.at(set, "spec.template")) : hash)
                    .orElse("");
        }
        long ready = podsOf(set).stream().filter(Workloads::ready).count();
        Map<String, Object> out = Tree.copy(set);
        counts(status(out), podsOf(set).size(), ready, ready, 0);
        failure(out, refused);
        write("replicasets.apps", set, out);
    }

    // --- stateful sets

    private void statefulSet(Map<String, Object> set) {
        long desired = number(set, "spec.replicas", 1);
        String hash = hash(Tree.at(set, "spec.template"));
        boolean parallel = text(set, "spec.podManagementPolicy").equals("Parallel");
        Map<String, Map<String, Object>> pods = new HashMap<>();
        podsOf(set).forEach(pod -> pods.put(Tree.name(pod), pod));
        String refused = "";
        for (long i = 0; i < desired && refused.isEmpty(); i++) {
            String name = Tree.name(set) + "-" + i;
            Map<String, Object> pod = pods.remove(name);
            if (pod != null && !Tree.label(pod, "controller-revision-hash").equals(hash)) {
                drop(set, pod);
                pod = null;
            }
            if (pod == null) {
                refused = makePod(set, name, "", "controller-revision-hash", hash).orElse("");
            }
            if (!parallel && (pod == null || !ready(pod))) {
                desired = Math.min(desired, i + 1);
                pods.keySet().removeIf(n -> ordinal(n) < number(set, "spec.replicas", 1));
            }
        }
        pods.values().forEach(pod -> drop(set, pod));
        long ready = podsOf(set).stream().filter(Workloads::ready).count();
        Map<String, Object> out = Tree.copy(set);
        Map<String, Object> status = status(out);
        counts(status, podsOf(set).size(), ready, ready, 0);
        status.put("currentReplicas", podsOf(set).size());
        status.put("updatedReplicas", podsOf(set).size());
        status.put("currentRevision", Tree.name(set) + "-" + hash);
        status.put("updateRevision", Tree.name(set) + "-" + hash);
        failure(out, refused);
        write("statefulsets.apps", set, out);
    }

    private static long ordinal(String pod) {
        String last = pod.substring(pod.lastIndexOf('-') + 1);
        return last.matches("\\d{1,9}") ? Long.parseLong(last) : Long.MAX_VALUE;
    }

    // --- jobs

    private void job(Map<String, Object> job) {
        long wanted = number(job, "spec.completions", 1);
        String refused = "";
        long done = podsOf(job).stream()
                .filter(p -> text(p, "status.phase").equals("Succeeded"))
                .count();
        if (podsOf(job).size() < wanted && !Tree.flag(job, "spec.suspend")) {
            refused = makePod(
                            job,
                            Tree.name(job) + "-" + resources.suffix(5),
                            "",
                            "batch.kubernetes.io/controller-uid",
                            Tree.uid(job))
                    .orElse("");
        }
        Map<String, Object> out = Tree.copy(job);
        Map<String, Object> status = in(out, "status");
        put(status, "active", podsOf(job).size() - done);
        put(status, "succeeded", done);
        put(status, "ready", podsOf(job).stream().filter(Workloads::ready).count());
        status.putIfAbsent("startTime", Conditions.stamp(now.get()));
        if (done >= wanted) {
            status.putIfAbsent("completionTime", Conditions.stamp(now.get()));
            Conditions.set(
                    out, "Complete", "True", "CompletionsReached", "Reached expected number of succeeded pods", 0, now.get());
        }
        failure(out, refused);
        write("jobs.batch", job, out);
    }

    /** Name of a kind as an object's owner has it. */
    static String ownerKind(Map<String, Object> pod) {
        return list(pod, "metadata.ownerReferences").stream()
                .filter(o -> Tree.flag(o, "controller"))
                .map(o -> text(o, "kind").toLowerCase(Locale.ROOT))
                .findFirst()
                .orElse("");
    }
}
