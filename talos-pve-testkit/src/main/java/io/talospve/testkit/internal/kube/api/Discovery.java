package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.map;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the API tells of the kinds it serves: {@code /api}, {@code /apis} and below. */
final class Discovery {
    private static final List<String> VERBS =
            List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

    private final TypeTable types;

    Discovery(TypeTable types) {
        this.types = types;
    }

    static Map<String, Object> core() {
        return map("kind", "APIVersions", "versions", List.of("v1"), "serverAddressByClientCIDRs", List.of());
    }

    Map<String, Object> groups() {
        List<Object> out = new ArrayList<>();
        for (String name : names()) {
            group(name).ifPresent(out::add);
        }
        return map("kind", "APIGroupList", "apiVersion", "v1", "groups", out);
    }

    private Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        types.all().stream().map(ResourceType::group).filter(g -> !g.isEmpty()).forEach(names::add);
        return names;
    }

    Optional<Map<String, Object>> group(String name) {
        Set<String> versions = new LinkedHashSet<>();
        types.all().stream().filter(t -> t.group().equals(name)).forEach(t -> versions.addAll(t.versions()));
        if (versions.isEmpty()) {
            return Optional.empty();
        }
        List<Object> all = versions.stream()
                .map(v -> (Object) map("groupVersion", name + "/" + v, "version", v))
                .toList();
        return Optional.of(map(
                "kind", "APIGroup", "apiVersion", "v1", "name", name, "versions", all, "preferredVersion", all.get(0)));
    }

    Optional<Map<String, Object>> resources(String group, String version) {
        List<Object> out = new ArrayList<>();
        for (ResourceType type : types.all()) {
            if (!type.group().equals(group) || !type.versions().contains(version)) {
                continue;
            }
            Map<String, Object> one = resource(type, type.plural(), VERBS);
            one.put("singularName", type.singular());
            if (!type.shortNames().isEmpty()) {
                one.put("shortNames", type.shortNames());
            }
            if (!type.categories().isEmpty()) {
                one.put("categories", type.categories());
            }
            out.add(one);
            if (type.status()) {
                out.add(resource(type, type.plural() + "/status", List.of("get", "patch", "update")));
            }
            if (Scale.has(type)) {
                Map<String, Object> scale = resource(type, type.plural() + "/scale", List.of("get", "patch", "update"));
                scale.put("group", "autoscaling");
                scale.put("version", "v1");
                scale.put("kind", "Scale");
                out.add(scale);
            }
        }
        return out.isEmpty()
                ? Optional.empty()
                : Optional.of(map(
                        "kind", "APIResourceList",
                        "apiVersion", "v1",
                        "groupVersion", group.isEmpty() ? version : group + "/" + version,
                        "resources", out));
    }

    private static Map<String, Object> resource(ResourceType type, String name, List<String> verbs) {
        Map<String, Object> out = new LinkedHashMap<>();
        out.put("name", name);
        out.put("singularName", "");
        out.put("namespaced", type.namespaced());
        out.put("kind", type.kind());
        out.put("verbs", verbs);
        return out;
    }
}
