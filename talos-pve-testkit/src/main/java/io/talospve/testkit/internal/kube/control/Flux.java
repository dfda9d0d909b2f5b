package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.flag;
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
import io.talospve.testkit.internal.kube.outside.GitRemotes.Commit;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Flux' source-controller and kustomize-controller: while their Deployments are available, sources are fetched from the
 * repositories outside and kustomizations are applied, at once when they change and then at their interval.
 */
final class Flux implements Controller {
    private static final String GIT = "gitrepositories.source.toolkit.fluxcd.io";
    private static final String OCI = "ocirepositories.source.toolkit.fluxcd.io";
    private static final String KUSTOMIZATIONS = "kustomizations.kustomize.toolkit.fluxcd.io";
    /** How long a kustomization waits for what it needs. */
    private static final Duration RETRY = Duration.ofSeconds(30);

    private final ObjectStore store;
    private final Resources resources;
    private final GitRemotes git;
    private final Supplier<Instant> now;
    private final Duration work;
    /** What each object was reconciled for, and when again, by UID. */
    private final Map<String, Turn> turns = new HashMap<>();
    /** The artifacts that source-controller holds, by UID of the source. */
    private final Map<String, Commit> artifacts = new HashMap<>();
    private ControlLoops.@Nullable Loop loop;

    Flux(ObjectStore store, Resources resources, GitRemotes git, Latency latency, Supplier<Instant> now) {
        this.store = store;
        this.resources = resources;
        this.git = git;
        this.now = now;
        this.work = latency.scaled(1_500);
    }

    /**
     * One object's place in the queue.
     *
     * @param seen what it was when it was queued
     * @param due when it is looked at
     */
    private record Turn(String seen, Instant due) {}

    void runs(ControlLoops.Loop own) {
        loop = own;
    }

    @Override
    public boolean concerns(Change change) {
        String resource = change.resource();
        return resource.endsWith(".toolkit.fluxcd.io") || resource.equals("deployments.apps") || resource.equals("secrets");
    }

    @Override
    public void reconcile() {
        if (runs("source-controller")) {
            store.list(GIT, "").forEach(s -> inTurn(GIT, s, this::fetch));
            store.list(OCI, "").forEach(s -> inTurn(OCI, s, this::fetch));
        }
        if (runs("kustomize-controller")) {
            store.list(KUSTOMIZATIONS, "").forEach(k -> inTurn(KUSTOMIZATIONS, k, this::apply));
        }
        turns.values().stream()
                .map(Turn::due)
                // what is overdue waits for a controller or for the end of its suspension, which announce themselves
                .filter(due -> !due.isBefore(now.get()))
                .min(Instant::compareTo)
                .ifPresent(next -> {
                    Duration left = Duration.between(now.get(), next);
                    if (loop != null) {
                        loop.after(left.isZero() ? Duration.ofMillis(1) : left);
                    }
                });
    }

    private boolean runs(String controller) {
        return store.list("deployments.apps", "").stream()
                .anyMatch(d -> Tree.name(d).equals(controller) && number(d, "status.availableReplicas", 0) > 0);
    }

    /** Does the work of an object: returns how long until it is due again. */
    private interface Work {
        Duration run(Map<String, Object> object);
    }

    private void inTurn(String resource, Map<String, Object> object, Work how) {
        String uid = Tree.uid(object);
        String seen = number(object, "metadata.generation", 0)
                + Tree.annotation(object, "reconcile.fluxcd.io/requestedAt")
                + (resource.equals(KUSTOMIZATIONS) ? sourceRevision(object) : "");
        Turn turn = turns.get(uid);
        if (turn == null || !turn.seen().equals(seen)) {
            turns.put(uid, new Turn(seen, now.get().plus(work)));
            progressing(resource, object);
            return;
        }
        if (turn.due().isAfter(now.get()) || flag(object, "spec.suspend")) {
            return;
        }
        Map<String, Object> out = Tree.copy(object);
        Duration again = how.run(out);
        in(out, "status").put("observedGeneration", number(object, "metadata.generation", 1));
        Conditions.remove(out, "Reconciling");
        String requested = Tree.annotation(object, "reconcile.fluxcd.io/requestedAt");
        if (!requested.isEmpty()) {
            in(out, "status").put("lastHandledReconcileAt", requested);
        }
        turns.put(uid, new Turn(seen, now.get().plus(again)));
        if (!Tree.same(object, out)) {
            store.put(resource, out);
        }
    }

    private void progressing(String resource, Map<String, Object> object) {
        if (Conditions.find(object, "Ready").isEmpty()) {
            Map<String, Object> out = Tree.copy(object);
            in(out, "status").put("observedGeneration", -1);
            long generation = number(object, "metadata.generation", 1);
            Conditions.set(out, "Ready", "Unknown", "Progressing", "reconciliation in progress", generation, now.get());
            Conditions.set(out, "Reconciling", "True", "Progressing", "reconciliation in progress", generation, now.get());
            store.put(resource, out);
        }
    }

    private void ready(Map<String, Object> object, String status, String reason, String message) {
        Conditions.set(
                object, "Ready", status, reason, message, number(object, "metadata.generation", 1), now.get());
    }

    private static Duration interval(Object object) {
        String text = text(object, "spec.interval");
        java.util.regex.Matcher part = java.util.regex.Pattern.compile("(\\d+(?:\\.\\d+)?)(ms|s|m|h)").matcher(text);
        double seconds = 0;
        while (part.find()) {
            double number = Double.parseDouble(part.group(1));
            seconds += switch (part.group(2)) {
                case "ms" -> number / 1000;
                case "s" -> number;
                case "m" -> number * 60;
                default -> number * 3600;
            };
        }
        return seconds < 1 ? Duration.ofMinutes(1) : Duration.ofMillis((long) (seconds * 1000));
    }

    // --- sources

    private Duration fetch(Map<String, Object> source) {
        boolean oci = text(source, "kind").equals("OCIRepository");
        String url = text(source, "spec.url");
        String secret = text(source, "spec.secretRef.name");
        List<String> credentials = List.of();
        if (!secret.isEmpty()) {
            Optional<Map<String, Object>> found = store.get("secrets", Tree.namespace(source), secret);
            if (found.isEmpty()) {
                ready(
                        source,
                        "False",
                        "AuthenticationFailed",
                        "failed to get secret '" + Tree.namespace(source) + "/" + secret + "': secrets \"" + secret
                                + "\" not found");
                return RETRY;
            }
            credentials = SecretValues.of(found.get());
        }
        String reference = reference(source, oci);
        Answer answer = git.ask(url, reference, credentials);
        if (answer instanceof Answer.Found found) {
            String digest = (oci ? "sha256:" : "sha1:") + found.commit().id();
            String revision = reference.equals(found.commit().id()) ? digest : found.reference() + "@" + digest;
            artifacts.put(Tree.uid(source), found.commit());
            if (!text(source, "status.artifact.revision").equals(revision)) {
                in(source, "status").put("artifact", map(
                                    "revision", revision,
                                    "digest", "sha256:" + found.commit().id(),
                                    "path",
                                            text(source, "kind").toLowerCase(java.util.Locale.ROOT) + "/"
                                                    + Tree.namespace(source) + "/" + Tree.name(source) + "/"
                                                    + found.commit().id() + ".tar.gz",
                                    "url",
                                            "http://source-controller." + Tree.namespace(source)
                                                    + ".svc.cluster.local./artifact.tar.gz",
                                    "lastUpdateTime", Conditions.stamp(now.get()),
                                    "size", 1024));
            }
            String message = (oci ? "stored artifact for digest '" : "stored artifact for revision '") + revision + "'";
            ready(source, "True", "Succeeded", message);
            Conditions.set(
                    source, "ArtifactInStorage", "True", "Succeeded", message, number(source, "metadata.generation", 1), now.get());
            Conditions.remove(source, "FetchFailed");
            return interval(source);
        }
        String why = oci
                ? "failed to pull artifact from '" + url + "': " + ociProblem(answer)
                : "failed to checkout and determine revision: unable to clone '" + url + "': " + gitProblem(answer);
        String reason = oci ? "OCIArtifactPullFailed" : "GitOperationFailed";
        ready(source, "False", reason, why);
        Conditions.set(source, "FetchFailed", "True", reason, why, number(source, "metadata.generation", 1), now.get());
        return interval(source);
    }

    private static String reference(Map<String, Object> source, boolean oci) {
        for (String key : oci ? List.of("digest", "tag") : List.of("commit", "name", "tag", "branch")) {
            String value = text(source, "spec.ref." + key);
            if (!value.isEmpty()) {
                return value.replaceFirst("^(sha256:|refs/heads/|refs/tags/)", "");
            }
        }
        return oci ? "latest" : "master";
    }

    private static String gitProblem(Answer answer) {
        if (answer instanceof Answer.Denied) {
            return "authentication required: Unauthorized";
        }
        if (answer instanceof Answer.NoReference missing) {
            return "couldn't find remote ref \"refs/heads/" + missing.reference() + "\"";
        }
        return "repository not found";
    }

    private static String ociProblem(Answer answer) {
        return answer instanceof Answer.Denied
                ? "GET: UNAUTHORIZED: authentication required"
                : "GET: MANIFEST_UNKNOWN: manifest unknown";
    }

    // --- kustomizations

    private Optional<Map<String, Object>> source(Map<String, Object> kustomization) {
        String namespace = text(kustomization, "spec.sourceRef.namespace");
        return store.get(
                text(kustomization, "spec.sourceRef.kind").equals("OCIRepository") ? OCI : GIT,
                namespace.isEmpty() ? Tree.namespace(kustomization) : namespace,
                text(kustomization, "spec.sourceRef.name"));
    }

    private String sourceRevision(Map<String, Object> kustomization) {
        return source(kustomization).map(s -> text(s, "status.artifact.revision")).orElse("");
    }

    private Duration apply(Map<String, Object> kustomization) {
        String kind = text(kustomization, "spec.sourceRef.kind");
        String name = text(kustomization, "spec.sourceRef.name");
        Optional<Map<String, Object>> source = source(kustomization);
        if (source.isEmpty()) {
            ready(
                    kustomization,
                    "False",
                    "ArtifactFailed",
                    kind + ".source.toolkit.fluxcd.io \"" + name + "\" not found");
            return RETRY;
        }
        Commit commit = artifacts.get(Tree.uid(source.get()));
        String revision = text(source.get(), "status.artifact.revision");
        if (commit == null || revision.isEmpty()) {
            ready(kustomization, "False", "ArtifactFailed", "Source artifact not found, retrying in 30s");
            return RETRY;
        }
        for (Object needed : list(kustomization, "spec.dependsOn")) {
            String namespace = text(needed, "namespace");
            namespace = namespace.isEmpty() ? Tree.namespace(kustomization) : namespace;
            String title = namespace + "/" + text(needed, "name");
            Optional<Map<String, Object>> other = store.get(KUSTOMIZATIONS, namespace, text(needed, "name"));
            if (other.isEmpty() || !Conditions.isTrue(other.get(), "Ready")) {
                ready(
                        kustomization,
                        "False",
                        "DependencyNotReady",
                        other.isEmpty() ? "dependency '" + title + "' not found" : "dependency '" + title + "' is not ready");
                return RETRY;
            }
        }
        String path = text(kustomization, "spec.path");
        if (!commit.has(path)) {
            ready(
                    kustomization,
                    "False",
                    "ArtifactFailed",
                    "kustomization path not found: stat /tmp/kustomization-" + Math.abs(Tree.uid(kustomization).hashCode())
                            + "/" + path.replaceFirst("^\\./", "") + ": no such file or directory");
            return retry(kustomization);
        }
        in(kustomization, "status").put("lastAttemptedRevision", revision);
        Optional<String> problem = write(kustomization, commit.manifests(path));
        if (problem.isPresent()) {
            ready(kustomization, "False", "ReconciliationFailed", problem.get());
            return retry(kustomization);
        }
        in(kustomization, "status").put("lastAppliedRevision", revision);
        ready(kustomization, "True", "ReconciliationSucceeded", "Applied revision: " + revision);
        return interval(kustomization);
    }

    private static Duration retry(Map<String, Object> kustomization) {
        String retry = text(kustomization, "spec.retryInterval");
        return retry.isEmpty() ? interval(kustomization) : interval(map("spec", map("interval", retry)));
    }

    /** Applies manifests; says why it could not. Namespaces and definitions go first, as in Flux' own stages. */
    private Optional<String> write(Map<String, Object> kustomization, Map<String, String> files) {
        String target = text(kustomization, "spec.targetNamespace");
        List<Map<String, Object>> objects = new ArrayList<>();
        List<Object> entries = new ArrayList<>();
        for (Map.Entry<String, String> file : files.entrySet()) {
            try {
                objects.addAll(Documents.objects(file.getValue()));
            } catch (IllegalArgumentException e) {
                return Optional.of("kustomize build failed: accumulating resources: MalformedYAMLError: " + e.getMessage()
                        + " in File: " + file.getKey());
            }
        }
        objects.sort(java.util.Comparator.comparingInt(
                o -> List.of("Namespace", "CustomResourceDefinition").contains(text(o, "kind")) ? 0 : 1));
        for (Map<String, Object> object : objects) {
            Optional<Place> known = resources.placeOf(object);
            String title = text(object, "kind") + "/" + (Tree.namespace(object).isEmpty() ? "" : Tree.namespace(object) + "/")
                    + Tree.name(object);
            if (known.isEmpty()) {
                return Optional.of(title + " dry-run failed: no matches for kind \"" + text(object, "kind")
                        + "\" in version \"" + text(object, "apiVersion") + "\"");
            }
            Place place = known.get();
            if (place.type().namespaced()) {
                String namespace = target.isEmpty() ? Tree.namespace(object) : target;
                if (namespace.isEmpty()) {
                    return Optional.of(title + " namespace not specified: the server could not find the requested resource");
                }
                in(object, "metadata").put("namespace", namespace);
                place = new Place(place.type(), place.version(), namespace, place.name(), "");
                title = text(object, "kind") + "/" + namespace + "/" + Tree.name(object);
            }
            Map<String, Object> labels = in(in(object, "metadata"), "labels");
            labels.put("kustomize.toolkit.fluxcd.io/name", Tree.name(kustomization));
            labels.put("kustomize.toolkit.fluxcd.io/namespace", Tree.namespace(kustomization));
            try {
                resources.patch(
                        place, Resources.Patch.APPLY, object, new Options("kustomize-controller", false, true, false));
            } catch (ApiError e) {
                return Optional.of(
                        e.code() == 404
                                ? title + " not found: " + e.getMessage()
                                : title + " dry-run failed (" + e.reason() + "): " + e.getMessage());
            }
            entries.add(map(
                    "id",
                    (place.namespace().isEmpty() ? "" : place.namespace()) + "_" + place.name() + "_"
                            + place.type().group() + "_" + place.type().kind(),
                    "v",
                    place.version()));
        }
        prune(kustomization, entries);
        in(kustomization, "status").put("inventory", map("entries", entries));
        return Optional.empty();
    }

    /** Removes what was applied before and is no longer there. */
    private void prune(Map<String, Object> kustomization, List<Object> entries) {
        if (!flag(kustomization, "spec.prune")) {
            return;
        }
        List<String> kept = entries.stream().map(e -> text(e, "id")).toList();
        for (Object entry : list(kustomization, "status.inventory.entries")) {
            String[] id = text(entry, "id").split("_", 4);
            if (!kept.contains(text(entry, "id")) && id.length == 4) {
                String version = id[2].isEmpty() ? text(entry, "v") : id[2] + "/" + text(entry, "v");
                resources
                        .placeOf(map("apiVersion", version, "kind", id[3], "metadata", map("name", id[1], "namespace", id[0])))
                        .filter(place -> store.get(place.type().qualified(), place.namespace(), place.name())
                                .isPresent())
                        .ifPresent(place -> resources.delete(place, Map.of(), false));
            }
        }
    }
}
