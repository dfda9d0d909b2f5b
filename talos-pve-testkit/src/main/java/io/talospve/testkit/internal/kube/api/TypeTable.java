package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.at;
import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.flag;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The kinds that the API serves now: the built-in ones and those of established CustomResourceDefinitions. Thread-safe. */
public final class TypeTable {
    private static final String CRDS = "customresourcedefinitions.apiextensions.k8s.io";
    private static final List<ResourceType> BUILT_IN = BuiltInTypes.all();

    private final ObjectStore store;
    private volatile List<ResourceType> all = BUILT_IN;

    /** A table that follows the definitions in a store. */
    public TypeTable(ObjectStore store) {
        this.store = store;
        store.observe(change -> {
            if (change.resource().equals(CRDS)) {
                refresh();
            }
        });
    }

    private void refresh() {
        List<ResourceType> types = new ArrayList<>(BUILT_IN);
        for (Map<String, Object> definition : store.list(CRDS, "")) {
            if (Conditions.isTrue(definition, "Established")) {
                types.add(custom(definition));
            }
        }
        all = List.copyOf(types);
    }

    /** All kinds, in the order of discovery. */
    public List<ResourceType> all() {
        return all;
    }

    /** By its place in a path. */
    public Optional<ResourceType> byPlural(String group, String version, String plural) {
        return all.stream()
                .filter(t -> t.plural().equals(plural)
                        && t.group().equals(group)
                        && t.versions().contains(version))
                .findFirst();
    }

    /** By what an object says of itself. */
    public Optional<ResourceType> byKind(String apiVersion, String kind) {
        return all.stream()
                .filter(t -> t.kind().equals(kind)
                        && t.versions().stream().anyMatch(v -> t.apiVersion(v).equals(apiVersion)))
                .findFirst();
    }

    /** By group and plural, {@code deployments.apps}. */
    public Optional<ResourceType> byName(String qualified) {
        return all.stream().filter(t -> t.qualified().equals(qualified)).findFirst();
    }

    /** What another kind of the group has taken, if it has. */
    public Optional<String> kindTaken(String group, String plural, String kind) {
        for (ResourceType type : all) {
            if (type.group().equals(group) && !type.plural().equals(plural) && type.kind().equals(kind)) {
                return Optional.of("\"" + kind + "\" is already in use");
            }
        }
        return Optional.empty();
    }

    private static ResourceType custom(Map<String, Object> definition) {
        String kind = text(definition, "spec.names.kind");
        Map<String, CustomSchema> schemas = new LinkedHashMap<>();
        List<String> versions = new ArrayList<>();
        boolean status = false;
        for (Object version : list(definition, "spec.versions")) {
            if (!flag(version, "served")) {
                continue;
            }
            String name = text(version, "name");
            if (flag(version, "storage")) {
                versions.add(0, name);
            } else {
                versions.add(name);
            }
            status |= at(version, "subresources.status") != null;
            schemas.put(name, new CustomSchema(child(version, "schema.openAPIV3Schema")));
        }
        String singular = text(definition, "spec.names.singular");
        return new ResourceType(
                text(definition, "spec.group"),
                List.copyOf(versions),
                kind,
                text(definition, "spec.names.plural"),
                singular.isEmpty() ? kind.toLowerCase(Locale.ROOT) : singular,
                texts(list(definition, "spec.names.shortNames")),
                texts(list(definition, "spec.names.categories")),
                text(definition, "spec.scope").equals("Namespaced"),
                status,
                true,
                Map.copyOf(schemas));
    }

    private static List<String> texts(List<Object> values) {
        return values.stream().map(String::valueOf).toList();
    }
}
