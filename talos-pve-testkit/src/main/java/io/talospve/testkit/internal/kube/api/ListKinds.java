package io.talospve.testkit.internal.kube.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How the lists in an object of a kind merge, on server-side apply and strategic merge. */
final class ListKinds {
    /** Lists of built-in kinds by the name of their field; those that are not here are atomic. */
    private static final Map<String, ListKind> BY_FIELD = Map.ofEntries(
            Map.entry("containers", ListKind.by("name")),
            Map.entry("initContainers", ListKind.by("name")),
            Map.entry("ephemeralContainers", ListKind.by("name")),
            Map.entry("env", ListKind.by("name")),
            Map.entry("volumes", ListKind.by("name")),
            Map.entry("volumeMounts", ListKind.by("mountPath")),
            Map.entry("volumeDevices", ListKind.by("devicePath")),
            Map.entry("imagePullSecrets", ListKind.by("name")),
            Map.entry("hostAliases", ListKind.by("ip")),
            Map.entry("resourceClaims", ListKind.by("name")),
            Map.entry("claims", ListKind.by("name")),
            Map.entry("schedulingGates", ListKind.by("name")),
            Map.entry("topologySpreadConstraints", ListKind.by("topologyKey", "whenUnsatisfiable")),
            Map.entry("conditions", ListKind.by("type")),
            Map.entry("ownerReferences", ListKind.by("uid")),
            Map.entry("webhooks", ListKind.by("name")),
            Map.entry("matchConditions", ListKind.by("name")),
            Map.entry("addresses", ListKind.by("type", "address")),
            Map.entry("podIPs", ListKind.by("ip")),
            Map.entry("hostIPs", ListKind.by("ip")),
            Map.entry("secrets", ListKind.by("name")),
            Map.entry("finalizers", ListKind.SET));

    private final Optional<CustomSchema> schema;

    private ListKinds(Optional<CustomSchema> schema) {
        this.schema = schema;
    }

    static ListKinds of(ResourceType type, String version) {
        return new ListKinds(Optional.ofNullable(type.schemas().get(version)));
    }

    /**
     * How a list merges.
     *
     * @param path names of fields from the root, {@code []} for an item
     */
    ListKind at(List<String> path) {
        String field = path.get(path.size() - 1);
        boolean metadata = path.get(0).equals("metadata");
        if (schema.isPresent() && !metadata) {
            return schema.get().listKind(path);
        }
        if (field.equals("ports")) {
            // a container's ports and a Service's have different keys; others (NetworkPolicy, Endpoints) are atomic
            if (path.contains("containers") || path.contains("initContainers")) {
                return ListKind.by("containerPort", "protocol");
            }
            return path.equals(List.of("spec", "ports")) ? ListKind.by("port", "protocol") : ListKind.ATOMIC;
        }
        if (field.equals("secrets") && path.size() > 1) {
            return ListKind.ATOMIC;
        }
        if (field.equals("addresses") && path.get(0).equals("endpoints")) {
            return ListKind.SET;
        }
        return BY_FIELD.getOrDefault(field, ListKind.ATOMIC);
    }
}
