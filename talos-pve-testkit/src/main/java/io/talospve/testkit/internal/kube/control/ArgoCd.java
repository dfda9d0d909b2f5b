package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.number;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.kube.api.ApiError;
import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.Documents;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.ObjectStore.Change;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.Resources.Options;
import io.talospve.testkit.internal.kube.api.Resources.Place;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.kube.outside.GitRemotes;
import io.talospve.testkit.internal.kube.outside.GitRemotes.Answer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Argo CD: while its application controller and repo server run, Applications of their namespace are compared with the
 * repositories outside and, where their policy or an {@code operation} says so, synchronized.
 */
final class ArgoCd implements Controller {
    private static final String APPLICATIONS = "applications.argoproj.io";
    private static final String PROJECTS = "appprojects.argoproj.io";
    private static final String CONTROLLER = "argocd-application-controller";
    /** How often Argo CD compares by itself. */
    private static final Duration REFRESH = Duration.ofMinutes(3);

    private final ObjectStore store;
    private final Resources resources;
    private final GitRemotes git;
    private final Supplier<Instant> now;
    private final Duration work;
    private final Map<String, Turn> turns = new HashMap<>();
    private ControlLoops.@Nullable Loop loop;

    ArgoCd(ObjectStore store, Resources resources, GitRemotes git, Latency latency, Supplier<Instant> now) {
        this.store = store;
        this.resources = resources;
        this.git = git;
        this.now = now;
        this.work = latency.scaled(2_000);
    }

    private record Turn(String seen, Instant due) {}

    /** What an Application's source and destination came to. */
    private record Outcome(String sync, String health, String revision, List<String> problems, List<Object> objects) {}

    void runs(ControlLoops.Loop own) {
        loop = own;
    }

    @Override
    public boolean concerns(Change change) {
        String resource = change.resource();
        return resource.endsWith(".argoproj.io")
                || List.of("deployments.apps", "statefulsets.apps", "secrets", "namespaces").contains(resource);
    }

    @Override
    public void reconcile() {
        Set<String> seen = new HashSet<>();
        for (Map<String, Object> application : store.list(APPLICATIONS, "")) {
            seen.add(Tree.uid(application));
            if (running(Tree.namespace(application))) {
                inTurn(application);
            }
        }
        for (Map<String, Object> set : store.list("statefulsets.apps", "")) {
            if (component(set).equals(CONTROLLER) && running(Tree.namespace(set))) {
                defaultProject(Tree.namespace(set));
            }
        }
        turns.keySet().retainAll(seen);
        turns.values().stream()
                .map(Turn::due)
                .filter(due -> !due.isBefore(now.get()))
                .min(Instant::compareTo)
                .ifPresent(next -> {
                    Duration left = Duration.between(now.get(), next);
                    if (loop != null) {
                        loop.after(left.isZero() ? Duration.ofMillis(1) : left);
                    }
                });
    }

    private static String component(Map<String, Object> workload) {
        String name = Tree.name(workload);
        return name.endsWith("argocd-application-controller") || name.equals(CONTROLLER) ? CONTROLLER : name;
    }

    private boolean running(String namespace) {
        boolean controller = store.list("statefulsets.apps", namespace).stream()
                .anyMatch(s -> component(s).equals(CONTROLLER) && number(s, "status.readyReplicas", 0) > 0);
        return controller
                && store.list("deployments.apps", namespace).stream()
                        .anyMatch(d -> Tree.name(d).endsWith("argocd-repo-server")
                                && number(d, "status.availableReplicas", 0) > 0);
    }

    /** Argo CD makes its project {@code default} itself. */
    private void defaultProject(String namespace) {
        Map<String, Object> project = map(
                "apiVersion", "argoproj.io/v1alpha1",
                "kind", "AppProject",
                "metadata", map("name", "default", "namespace", namespace),
                "spec",
                        map(
                                "sourceRepos", List.of("*"),
                                "destinations", List.of(map("namespace", "*", "server", "*")),
                                "clusterResourceWhitelist", List.of(map("group", "*", "kind", "*"))));
        resources.placeOf(project)
                .filter(place -> store.get(PROJECTS, namespace, "default").isEmpty())
                .ifPresent(place -> resources.create(place, project, Options.by("argocd-server")));
    }

    private void inTurn(Map<String, Object> application) {
        String uid = Tree.uid(application);
        String asked = Tree.annotation(application, "argocd.argoproj.io/refresh");
        String seen = Workloads.hash(application.get("spec")) + Workloads.hash(application.get("operation")) + asked
                + store.get("namespaces", "", text(application, "spec.destination.namespace")).isPresent();
        Turn turn = turns.get(uid);
        if (turn == null || !turn.seen().equals(seen)) {
            turns.put(uid, new Turn(seen, now.get().plus(work)));
            return;
        }
        if (turn.due().isAfter(now.get())) {
            return;
        }
        turns.put(uid, new Turn(seen, now.get().plus(REFRESH)));
        Map<String, Object> out = Tree.copy(application);
        Tree.child(out, "metadata.annotations").keySet().remove("argocd.argoproj.io/refresh");
        boolean operation = application.containsKey("operation");
        boolean automated = child(application, "spec.syncPolicy").containsKey("automated");
        out.remove("operation");
        write(out, look(application, operation || automated), operation || automated);
        if (!Tree.same(application, out)) {
            store.put(APPLICATIONS, out);
        }
    }

    private void write(Map<String, Object> out, Outcome outcome, boolean synchronizes) {
        Map<String, Object> status = in(out, "status");
        String stamp = Conditions.stamp(now.get());
        status.put(
                "sync",
                map(
                        "status", outcome.sync(),
                        "revision", outcome.revision(),
                        "comparedTo",
                                map(
                                        "source", Tree.copy(child(out, "spec.source")),
                                        "destination", Tree.copy(child(out, "spec.destination")))));
        Object since = Tree.text(status, "health.status").equals(outcome.health())
                ? Tree.text(status, "health.lastTransitionTime")
                : stamp;
        status.put("health", map("status", outcome.health(), "lastTransitionTime", since));
        status.put("reconciledAt", stamp);
        status.put("resources", outcome.objects());
        status.remove("conditions");
        boolean compared = !outcome.sync().equals("Unknown");
        if (!outcome.problems().isEmpty()) {
            List<Object> conditions = new ArrayList<>();
            for (String problem : outcome.problems()) {
                String type = compared ? "SyncError" : problem.contains("which does not exist") ? "InvalidSpecError" : "ComparisonError";
                conditions.add(map("type", type, "message", problem, "lastTransitionTime", stamp));
            }
            status.put("conditions", conditions);
        }
        if (synchronizes && compared) {
            boolean failed = !outcome.problems().isEmpty();
            status.put(
                    "operationState",
                    map(
                            "phase", failed ? "Failed" : "Succeeded",
                            "message",
                                    failed
                                            ? String.join("; ", outcome.problems())
                                            : "successfully synced (all tasks run)",
                            "startedAt", stamp,
                            "finishedAt", stamp,
                            "operation", map("sync", map("revision", outcome.revision())),
                            "syncResult", map("revision", outcome.revision(), "resources", outcome.objects())));
        }
    }

    private static Outcome unknown(String problem) {
        return new Outcome("Unknown", "Unknown", "", List.of(problem), List.of());
    }

    private Outcome look(Map<String, Object> application, boolean synchronizes) {
        String project = text(application, "spec.project");
        if (store.get(PROJECTS, Tree.namespace(application), project).isEmpty()) {
            return unknown("Application referencing project " + project + " which does not exist");
        }
        String url = text(application, "spec.source.repoURL");
        String revision = text(application, "spec.source.targetRevision");
        String asked = revision.isEmpty() ? "HEAD" : revision.replaceFirst("^refs/(heads|tags)/", "");
        Answer answer = git.ask(url, asked, credentials(Tree.namespace(application), url));
        String failed = "Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code = Unknown"
                + " desc = ";
        if (answer instanceof Answer.NoRepository) {
            return unknown(failed + "failed to list refs: repository not found");
        }
        if (answer instanceof Answer.Denied) {
            return unknown(failed + "failed to list refs: authentication required: Unauthorized");
        }
        if (answer instanceof Answer.NoReference missing) {
            return unknown(failed + "unable to resolve '" + missing.reference() + "' to a commit SHA");
        }
        Answer.Found found = (Answer.Found) answer;
        String path = text(application, "spec.source.path");
        if (!found.commit().has(path)) {
            return unknown(failed + path + ": app path does not exist");
        }
        return compare(application, found, path, synchronizes);
    }

    /** Credentials are Secrets in Argo CD's own namespace that name the repository. */
    private List<String> credentials(String namespace, String url) {
        List<String> out = new ArrayList<>();
        for (Map<String, Object> secret : store.list("secrets", namespace)) {
            String type = Tree.label(secret, "argocd.argoproj.io/secret-type");
            List<String> values = SecretValues.of(secret);
            boolean mine = values.stream()
                    .anyMatch(v -> type.equals("repository")
                            ? v.replaceFirst("\\.git$", "").equals(url.replaceFirst("\\.git$", ""))
                            : type.equals("repo-creds") && v.contains("://") && url.startsWith(v));
            if (mine) {
                out.addAll(values);
            }
        }
        return out;
    }

    private Outcome compare(Map<String, Object> application, Answer.Found found, String path, boolean synchronizes) {
        String target = text(application, "spec.destination.namespace");
        boolean creates = list(application, "spec.syncPolicy.syncOptions").contains("CreateNamespace=true");
        List<String> problems = new ArrayList<>();
        List<Object> objects = new ArrayList<>();
        boolean missing = false;
        if (synchronizes && creates && !target.isEmpty() && store.get("namespaces", "", target).isEmpty()) {
            Map<String, Object> namespace = map("apiVersion", "v1", "kind", "Namespace", "metadata", map("name", target));
            resources.create(resources.placeOf(namespace).orElseThrow(), namespace, Options.by("argocd-controller"));
        }
        for (Map.Entry<String, String> file : found.commit().manifests(path).entrySet()) {
            List<Map<String, Object>> parsed;
            try {
                parsed = Documents.objects(file.getValue());
            } catch (IllegalArgumentException e) {
                return unknown("Failed to load target state: failed to generate manifest for source 1 of 1: rpc error: code ="
                        + " Unknown desc = Failed to unmarshal \"" + file.getKey() + "\": " + e.getMessage());
            }
            for (Map<String, Object> object : parsed) {
                missing |= !one(object, target, synchronizes, problems, objects);
            }
        }
        String health = missing ? "Missing" : "Healthy";
        return new Outcome(
                missing || !problems.isEmpty() ? "OutOfSync" : "Synced",
                health,
                found.commit().id(),
                problems.isEmpty()
                        ? problems
                        : List.of("one or more objects failed to apply, reason: " + String.join(",", problems)),
                objects);
    }

    /** Applies or looks for one object: whether it is there. */
    private boolean one(
            Map<String, Object> object, String target, boolean synchronizes, List<String> problems, List<Object> objects) {
        Optional<Place> known = resources.placeOf(object);
        if (known.isEmpty()) {
            problems.add("The Kubernetes API could not find " + text(object, "apiVersion") + "/" + text(object, "kind")
                    + " for requested resource " + target + "/" + Tree.name(object)
                    + ". Make sure the \"" + text(object, "kind") + "\" CRD is installed on the destination cluster.");
            return false;
        }
        Place place = known.get();
        if (place.type().namespaced() && Tree.namespace(object).isEmpty()) {
            in(object, "metadata").put("namespace", target);
            place = new Place(place.type(), place.version(), target, place.name(), "");
        }
        if (synchronizes) {
            try {
                resources.patch(
                        place, Resources.Patch.APPLY, object, new Options("argocd-controller", false, true, false));
            } catch (ApiError e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        boolean there = store.get(place.type().qualified(), place.namespace(), place.name())
                .isPresent();
        objects.add(map(
                "group", place.type().group(),
                "version", place.version(),
                "kind", place.type().kind(),
                "namespace", place.namespace(),
                "name", place.name(),
                "status", there ? "Synced" : "OutOfSync"));
        return there;
    }
}
