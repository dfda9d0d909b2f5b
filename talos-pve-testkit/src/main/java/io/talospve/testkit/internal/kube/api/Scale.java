package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.map;
import static io.talospve.testkit.internal.kube.api.Tree.number;

import java.util.List;
import java.util.Map;

/** Subresource scale of the workloads that have one. */
final class Scale {
    private static final List<String> SCALED = List.of("deployments.apps", "statefulsets.apps", "replicasets.apps");

    private Scale() {}

    static boolean has(ResourceType type) {
        return SCALED.contains(type.qualified());
    }

    static Map<String, Object> of(Map<String, Object> object) {
        return map(
                "kind", "Scale",
                "apiVersion", "autoscaling/v1",
                "metadata",
                        map(
                                "name", Tree.name(object),
                                "namespace", Tree.namespace(object),
                                "uid", Tree.uid(object),
                                "resourceVersion", Tree.text(object, "metadata.resourceVersion")),
                "spec", map("replicas", number(object, "spec.replicas", 1)),
                "status", map("replicas", number(object, "status.replicas", 0)));
    }

    /** The object with the replicas that a Scale wants. */
    static Map<String, Object> into(Map<String, Object> object, Map<String, Object> scale) {
        Map<String, Object> out = Tree.copy(object);
        in(out, "spec").put("replicas", number(scale, "spec.replicas", 0));
        return out;
    }
}
