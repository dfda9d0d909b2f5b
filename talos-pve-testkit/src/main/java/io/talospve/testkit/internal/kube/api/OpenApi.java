package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.map;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** {@code /openapi/v3}, as far as clients ask which parameters a patch takes; schemas of kinds are not given. */
final class OpenApi {
    private final TypeTable types;

    OpenApi(TypeTable types) {
        this.types = types;
    }

    Map<String, Object> index() {
        Set<String> groups = new LinkedHashSet<>();
        types.all().forEach(type -> type.versions().forEach(version -> groups.add(path(type.group(), version))));
        Map<String, Object> paths = new LinkedHashMap<>();
        groups.forEach(path -> paths.put(path, map("serverRelativeURL", "/openapi/v3/" + path)));
        return map("paths", paths);
    }

    private static String path(String group, String version) {
        return group.isEmpty() ? "api/" + version : "apis/" + group + "/" + version;
    }

    /**
     * The document of a group and version.
     *
     * @param path {@code apis/apps/v1}
     */
    Optional<Map<String, Object>> document(String path) {
        Map<String, Object> paths = new LinkedHashMap<>();
        for (ResourceType type : types.all()) {
            for (String version : type.versions()) {
                if (path(type.group(), version).equals(path)) {
                    String namespace = type.namespaced() ? "namespaces/{namespace}/" : "";
                    paths.put("/" + path + "/" + namespace + type.plural() + "/{name}", operations(type, version));
                }
            }
        }
        return paths.isEmpty()
                ? Optional.empty()
                : Optional.of(map(
                        "openapi", "3.0.0",
                        "info", map("title", "Kubernetes", "version", "v1"),
                        "paths", paths,
                        "components", map("schemas", Map.of())));
    }

    private static Map<String, Object> operations(ResourceType type, String version) {
        List<Object> parameters = List.of("dryRun", "fieldManager", "fieldValidation", "force").stream()
                .map(name -> (Object) map("name", name, "in", "query", "schema", map("type", "string", "uniqueItems", true)))
                .toList();
        return map(
                "patch",
                map(
                        "operationId", "patch" + type.kind(),
                        "parameters", parameters,
                        "x-kubernetes-action", "patch",
                        "x-kubernetes-group-version-kind",
                                map("group", type.group(), "version", version, "kind", type.kind()),
                        "responses", map("200", map("description", "OK"))));
    }
}
