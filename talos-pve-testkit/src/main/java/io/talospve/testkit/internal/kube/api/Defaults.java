package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** What an API server fills into objects of built-in kinds, as far as something depends on it. */
final class Defaults {
    private static final String SERVICES = "services";

    private final ObjectStore store;

    Defaults(ObjectStore store) {
        this.store = store;
    }

    void fill(ResourceType type, Map<String, Object> object) {
        switch (type.qualified()) {
            case "namespaces" -> {
                in(in(object, "metadata"), "labels").put("kubernetes.io/metadata.name", Tree.name(object));
                in(object, "spec").putIfAbsent("finalizers", new ArrayList<>(List.of("kubernetes")));
            }
            case "secrets" -> secret(object);
            case SERVICES -> service(object);
            case "deployments.apps" -> {
                in(object, "spec").putIfAbsent("replicas", 1);
                in(object, "spec").putIfAbsent(
                        "strategy",
                        map("type", "RollingUpdate", "rollingUpdate", map("maxUnavailable", "25%", "maxSurge", "25%")));
                in(object, "spec").putIfAbsent("revisionHistoryLimit", 10);
                in(object, "spec").putIfAbsent("progressDeadlineSeconds", 600);
                pod(in(in(object, "spec"), "template"));
            }
            case "statefulsets.apps", "replicasets.apps" -> {
                in(object, "spec").putIfAbsent("replicas", 1);
                pod(in(in(object, "spec"), "template"));
            }
            case "daemonsets.apps" -> {
                in(object, "spec").putIfAbsent(
                        "updateStrategy",
                        map("type", "RollingUpdate", "rollingUpdate", map("maxUnavailable", 1, "maxSurge", 0)));
                pod(in(in(object, "spec"), "template"));
            }
            case "jobs.batch" -> {
                in(object, "spec").putIfAbsent("parallelism", 1);
                in(object, "spec").putIfAbsent("completions", 1);
                in(object, "spec").putIfAbsent("backoffLimit", 6);
                pod(in(in(object, "spec"), "template"));
            }
            case "pods" -> {
                pod(object);
                in(object, "spec").putIfAbsent("serviceAccountName", "default");
            }
            case "customresourcedefinitions.apiextensions.k8s.io" -> {
                Map<String, Object> names = in(in(object, "spec"), "names");
                names.putIfAbsent("singular", text(names, "kind").toLowerCase(java.util.Locale.ROOT));
                names.putIfAbsent("listKind", text(names, "kind") + "List");
                in(object, "spec").putIfAbsent("conversion", map("strategy", "None"));
            }
            default -> { }
        }
    }

    private static void pod(Map<String, Object> template) {
        Map<String, Object> spec = in(template, "spec");
        spec.putIfAbsent("restartPolicy", "Always");
        spec.putIfAbsent("dnsPolicy", "ClusterFirst");
        spec.putIfAbsent("schedulerName", "default-scheduler");
        for (String containers : List.of("initContainers", "containers")) {
            for (Object container : list(spec, containers)) {
                if (container instanceof Map<?, ?> map) {
                    String image = text(map, "image");
                    boolean latest = image.endsWith(":latest") || !image.substring(image.lastIndexOf('/') + 1).contains(":");
                    Tree.asMap(map).putIfAbsent("imagePullPolicy", latest ? "Always" : "IfNotPresent");
                    for (Object port : list(map, "ports")) {
                        Tree.asMap(port).putIfAbsent("protocol", "TCP");
                    }
                }
            }
        }
    }

    private static void secret(Map<String, Object> object) {
        object.putIfAbsent("type", "Opaque");
        Map<String, Object> texts = child(object, "stringData");
        if (!texts.isEmpty()) {
            Map<String, Object> data = in(object, "data");
            texts.forEach((key, value) -> data.put(
                    key, Base64.getEncoder().encodeToString(String.valueOf(value).getBytes(StandardCharsets.UTF_8))));
        }
        object.remove("stringData");
    }

    private void service(Map<String, Object> object) {
        Map<String, Object> spec = in(object, "spec");
        spec.putIfAbsent("type", "ClusterIP");
        spec.putIfAbsent("sessionAffinity", "None");
        for (Object port : list(spec, "ports")) {
            if (port instanceof Map<?, ?> map) {
                Tree.asMap(map).putIfAbsent("protocol", "TCP");
                if (map.get("port") != null) {
                    Tree.asMap(map).putIfAbsent("targetPort", map.get("port"));
                }
            }
        }
        if (text(spec, "type").equals("ExternalName") || !text(spec, "clusterIP").isEmpty()) {
            return;
        }
        String address = store.get(SERVICES, Tree.namespace(object), Tree.name(object))
                .map(live -> text(live, "spec.clusterIP"))
                .filter(known -> !known.isEmpty())
                .orElseGet(this::freeAddress);
        spec.put("clusterIP", address);
        spec.put("clusterIPs", new ArrayList<>(List.of(address)));
    }

    /** The next address of 10.96.0.0/12 that no Service has. */
    private String freeAddress() {
        List<String> taken =
                store.list(SERVICES, "").stream().map(s -> text(s, "spec.clusterIP")).toList();
        for (int i = 100; ; i++) {
            String address = "10.96." + i / 250 + "." + (1 + i % 250);
            if (!taken.contains(address)) {
                return address;
            }
        }
    }
}
