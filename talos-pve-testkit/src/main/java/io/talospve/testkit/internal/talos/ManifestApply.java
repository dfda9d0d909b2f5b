package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.kube.KubeCluster;
import io.talospve.testkit.internal.kube.api.ApiError;
import io.talospve.testkit.internal.kube.api.Documents;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.Resources.Options;
import io.talospve.testkit.internal.kube.api.Resources.Place;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * How a control plane puts manifests into Kubernetes: Namespaces first, then CustomResourceDefinitions, then the rest, each
 * in the order of the manifests' ids. An object that the API finds malformed (400, 405, 422), or whose kind it does not know,
 * is left for the next pass; any other error ends the pass. A pass with an error is repeated.
 *
 * <p>Up to Talos 1.12 objects are only created, from 1.13 on they are applied by the server as manager {@code talos} and kept
 * in an inventory. Guarded by the fabric.
 */
final class ManifestApply {
    private static final String MANAGER = "talos";
    private static final String INVENTORY = "talos-bootstrap-manifests-inventory";
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final TalosSystem system;
    private Duration pause = Duration.ofSeconds(1);
    private boolean pending;
    private Map<String, String> applied = Map.of();

    ManifestApply(TalosSystem system) {
        this.system = system;
    }

    /** The API server came up, or the configuration changed. */
    void soon() {
        pause = Duration.ofSeconds(1);
        after(system.fabric().latency.scaled(500));
    }

    private void after(Duration delay) {
        if (!pending) {
            pending = true;
            system.later(delay, this::run);
        }
    }

    private void run() {
        pending = false;
        if (!system.apiServerRuns()) {
            applied = Map.of();
            return;
        }
        Manifests.Found found = Manifests.of(system.config(), system.fabric().outside);
        if (found.problems().isEmpty() && found.byId().equals(applied)) {
            return;
        }
        List<String> problems = new ArrayList<>(found.problems());
        pass(found.byId(), problems);
        if (problems.isEmpty()) {
            applied = found.byId();
            return;
        }
        problems.forEach(problem -> log("controller failed", "\"error\": \"" + problem.replace("\"", "\\\"") + "\""));
        after(pause);
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
    }

    private void log(String message, String more) {
        String line = "[talos] " + message
                + " {\"component\": \"controller-runtime\", \"controller\": \"k8s.ManifestApplyController\""
                + (more.isEmpty() ? "" : ", " + more) + "}";
        system.log().line("machined", line);
        system.log().line("controller-runtime", line);
    }

    private void pass(Map<String, String> manifests, List<String> problems) {
        List<Map<String, Object>> objects = new ArrayList<>();
        manifests.forEach((id, text) -> {
            try {
                objects.addAll(Documents.objects(text));
            } catch (IllegalArgumentException e) {
                problems.add("error updating manifests: error parsing manifest " + id + ": " + e.getMessage());
            }
        });
        objects.sort(Comparator.comparingInt(ManifestApply::rank));
        KubeCluster kube = system.etcd().cluster().orElseThrow().kube;
        boolean serverSide = serverSide(system.image().version());
        Map<String, Object> inventory = new TreeMap<>();
        for (Map<String, Object> object : objects) {
            String title = title(object);
            Optional<Place> place = kube.resources().placeOf(object);
            if (place.isEmpty()) {
                problems.add("error creating mapping for object " + title + ": no matches for kind \""
                        + Tree.text(object, "kind") + "\" in version \"" + Tree.text(object, "apiVersion") + "\"");
                continue;
            }
            inventory.put(
                    place.get().namespace() + "_" + place.get().name() + "_" + place.get().type().group() + "_"
                            + place.get().type().kind(),
                    "");
            try {
                boolean created = serverSide
                        ? apply(kube.resources(), place.get(), object)
                        : create(kube.resources(), place.get(), object);
                if (created) {
                    log("created " + title, "");
                }
            } catch (ApiError e) {
                problems.add("error creating " + title + ": " + e.getMessage());
                if (e.code() != 400 && e.code() != 405 && e.code() != 422) {
                    return;
                }
            }
        }
        if (serverSide && problems.isEmpty()) {
            keep(kube.resources(), inventory);
        }
    }

    private static int rank(Map<String, Object> object) {
        return switch (Tree.text(object, "kind")) {
            case "Namespace" -> 0;
            case "CustomResourceDefinition" -> 1;
            default -> 2;
        };
    }

    private static String title(Map<String, Object> object) {
        String version = Tree.text(object, "apiVersion");
        return (version.contains("/") ? version : "/" + version) + "/" + Tree.text(object, "kind") + "/"
                + Tree.text(object, "metadata.name");
    }

    private static boolean create(Resources resources, Place place, Map<String, Object> object) {
        try {
            resources.get(place);
            return false;
        } catch (ApiError e) {
            if (e.code() != 404) {
                throw e;
            }
        }
        try {
            return resources.create(place, object, Options.by(MANAGER)).created();
        } catch (ApiError e) {
            if (e.reason().equals("AlreadyExists")) {
                return false;
            }
            throw e;
        }
    }

    private static boolean apply(Resources resources, Place place, Map<String, Object> object) {
        return resources
                .patch(place, Resources.Patch.APPLY, object, new Options(MANAGER, false, true, false))
                .created();
    }

    private static void keep(Resources resources, Map<String, Object> inventory) {
        Map<String, Object> map = Map.of(
                "apiVersion", "v1",
                "kind", "ConfigMap",
                "metadata", Map.of("name", INVENTORY, "namespace", "kube-system"),
                "data", inventory);
        resources.placeOf(map).ifPresent(place -> apply(resources, place, map));
    }

    private static boolean serverSide(String version) {
        String[] parts = version.replaceFirst("^v", "").split("[.-]");
        return Integer.parseInt(parts[0]) > 1 || Integer.parseInt(parts[1]) >= 13;
    }
}
