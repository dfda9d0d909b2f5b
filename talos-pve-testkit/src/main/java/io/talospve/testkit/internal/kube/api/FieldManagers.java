package io.talospve.testkit.internal.kube.api;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.ApiError.Cause;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Who set which field of an object (metadata.managedFields), and server-side apply, which works by it. */
final class FieldManagers {
    /**
     * Somebody who writes.
     *
     * @param name its name
     * @param operation {@code Apply} or {@code Update}
     * @param apiVersion version it writes in
     * @param subresource {@code status}, or empty
     */
    record Manager(String name, String operation, String apiVersion, String subresource) {}

    private FieldManagers() {}

    private static Map<Manager, Set<List<String>>> read(@Nullable Map<String, Object> object) {
        Map<Manager, Set<List<String>>> out = new LinkedHashMap<>();
        for (Object entry : list(object, "metadata.managedFields")) {
            out.put(
                    new Manager(
                            text(entry, "manager"),
                            text(entry, "operation"),
                            text(entry, "apiVersion"),
                            text(entry, "subresource")),
                    FieldPaths.decode(child(entry, "fieldsV1")));
        }
        return out;
    }

    private static void write(
            Map<String, Object> object,
            Map<Manager, Set<List<String>>> managers,
            @Nullable Map<String, Object> live,
            Instant now) {
        Map<Manager, Object> times = new LinkedHashMap<>();
        Map<Manager, Set<List<String>>> before = read(live);
        for (Object entry : list(live, "metadata.managedFields")) {
            times.put(
                    new Manager(
                            text(entry, "manager"),
                            text(entry, "operation"),
                            text(entry, "apiVersion"),
                            text(entry, "subresource")),
                    text(entry, "time"));
        }
        List<Object> entries = new ArrayList<>();
        managers.forEach((manager, paths) -> {
            if (paths.isEmpty()) {
                return;
            }
            Map<String, Object> entry = Tree.map(
                    "manager", manager.name(),
                    "operation", manager.operation(),
                    "apiVersion", manager.apiVersion(),
                    "time",
                            paths.equals(before.get(manager)) ? times.get(manager) : Conditions.stamp(now),
                    "fieldsType", "FieldsV1",
                    "fieldsV1", FieldPaths.encode(paths));
            if (!manager.subresource().isEmpty()) {
                entry.put("subresource", manager.subresource());
            }
            entries.add(entry);
        });
        Map<String, Object> metadata = Tree.in(object, "metadata");
        metadata.remove("managedFields");
        if (!entries.isEmpty()) {
            metadata.put("managedFields", entries);
        }
    }

    /**
     * Notes what a create, update or patch changed.
     *
     * @param changed the object to be stored, whose managedFields are set
     * @param live the stored one, null for a new object
     */
    static void updated(
            Map<String, Object> changed,
            @Nullable Map<String, Object> live,
            Manager manager,
            ListKinds kinds,
            Instant now) {
        Map<Manager, Set<List<String>>> managers = read(live);
        Set<List<String>> is = FieldPaths.of(changed, kinds);
        Set<List<String>> was = live == null ? Set.of() : FieldPaths.of(live, kinds);
        Set<List<String>> taken = new LinkedHashSet<>();
        for (List<String> path : is) {
            if (!was.contains(path)
                    || !isItem(path) && !Tree.same(FieldPaths.lookup(changed, path), FieldPaths.lookup(live, path))) {
                taken.add(path);
            }
        }
        managers.values().forEach(paths -> {
            paths.removeIf(path -> was.contains(path) && !is.contains(path));
            paths.removeAll(taken);
        });
        managers.computeIfAbsent(manager, m -> new LinkedHashSet<>()).addAll(taken);
        write(changed, managers, live, now);
    }

    private static boolean isItem(List<String> path) {
        return path.get(path.size() - 1).startsWith("k:");
    }

    /**
     * Applies a configuration.
     *
     * @param applied what the manager wants, without managedFields
     * @param live the stored object, null for a new one
     * @param force whether fields of others are taken over
     * @return the object to be stored
     */
    static Map<String, Object> apply(
            Map<String, Object> applied,
            @Nullable Map<String, Object> live,
            Manager manager,
            boolean force,
            ListKinds kinds,
            Instant now) {
        Map<Manager, Set<List<String>>> managers = read(live);
        Set<List<String>> wanted = FieldPaths.of(applied, kinds);
        if (live == null) {
            Map<String, Object> made = Tree.copy(applied);
            managers.put(manager, wanted);
            write(made, managers, null, now);
            return made;
        }
        if (managers.isEmpty()) {
            managers.put(
                    new Manager("before-first-apply", "Update", manager.apiVersion(), ""), FieldPaths.of(live, kinds));
        }
        Map<String, Object> merged = merge(Tree.copy(live), applied, List.of(), kinds);
        conflicts(managers, manager, wanted, live, merged, force);
        Set<List<String>> formerly = managers.getOrDefault(manager, Set.of());
        Set<List<String>> others = managers.entrySet().stream()
                .filter(e -> !e.getKey().equals(manager))
                .flatMap(e -> e.getValue().stream())
                .collect(Collectors.toCollection(HashSet::new));
        for (List<String> path : formerly) {
            if (!wanted.contains(path) && others.stream().noneMatch(o -> below(o, path))) {
                FieldPaths.remove(merged, path);
            }
        }
        Set<List<String>> left = FieldPaths.of(merged, kinds);
        managers.values().forEach(paths -> paths.removeIf(p -> !left.contains(p) && FieldPaths.lookup(merged, p) == null));
        managers.put(manager, wanted);
        write(merged, managers, live, now);
        return merged;
    }

    private static void conflicts(
            Map<Manager, Set<List<String>>> managers,
            Manager manager,
            Set<List<String>> wanted,
            Map<String, Object> live,
            Map<String, Object> merged,
            boolean force) {
        List<Cause> causes = new ArrayList<>();
        Map<String, List<String>> byManager = new LinkedHashMap<>();
        managers.forEach((other, paths) -> {
            if (other.equals(manager)) {
                return;
            }
            for (List<String> path : List.copyOf(paths)) {
                if (!wanted.contains(path)
                        || isItem(path)
                        || Tree.same(FieldPaths.lookup(live, path), FieldPaths.lookup(merged, path))) {
                    continue;
                }
                if (force) {
                    paths.remove(path);
                    continue;
                }
                String who = "conflict with \"" + other.name() + "\""
                        + (other.subresource().isEmpty() ? "" : " with subresource \"" + other.subresource() + "\"")
                        + (other.operation().equals("Apply") ? "" : " using " + other.apiVersion());
                causes.add(new Cause("FieldManagerConflict", FieldPaths.shown(path), who));
                byManager.computeIfAbsent(who, w -> new ArrayList<>()).add(FieldPaths.shown(path));
            }
        });
        if (causes.isEmpty()) {
            return;
        }
        StringBuilder text = new StringBuilder("Apply failed with " + causes.size()
                + (causes.size() == 1 ? " conflict: " : " conflicts: "));
        if (causes.size() == 1) {
            text.append(causes.get(0).message()).append(": ").append(causes.get(0).field());
        } else {
            List<String> parts = new ArrayList<>();
            byManager.forEach((who, fields) -> parts.add(
                    who.replaceFirst("conflict", "conflicts") + ":\n- " + String.join("\n- ", fields)));
            text.append(String.join("\n", parts));
        }
        throw ApiError.applyConflict(text.toString(), causes);
    }

    private static boolean below(List<String> path, List<String> of) {
        return path.size() >= of.size() && path.subList(0, of.size()).equals(of);
    }

    private static Map<String, Object> merge(
            Map<String, Object> live, Map<String, Object> applied, List<String> names, ListKinds kinds) {
        applied.forEach((key, value) -> {
            Object old = live.get(key);
            List<String> here = FieldPaths.plus(names, key);
            if (value == null) {
                live.remove(key);
            } else if (value instanceof Map<?, ?> map && old instanceof Map<?, ?> was) {
                live.put(key, merge(Tree.asMap(was), Tree.asMap(map), here, kinds));
            } else if (value instanceof List<?> list && old instanceof List<?> was) {
                live.put(key, merge(was, list, here, kinds));
            } else {
                live.put(key, Tree.copy(value));
            }
        });
        return live;
    }

    private static List<Object> merge(List<?> live, List<?> applied, List<String> names, ListKinds kinds) {
        ListKind kind = kinds.at(names);
        if (kind.merge() == ListKind.Merge.ATOMIC) {
            return new ArrayList<>(Tree.copy(applied));
        }
        Map<String, Object> items = new LinkedHashMap<>();
        live.forEach(item -> items.put(FieldPaths.step(item, kind), item));
        for (Object item : applied) {
            String step = FieldPaths.step(item, kind);
            Object old = items.get(step);
            items.put(
                    step,
                    item instanceof Map<?, ?> map && old instanceof Map<?, ?> was
                            ? merge(Tree.asMap(was), Tree.asMap(map), FieldPaths.plus(names, "[]"), kinds)
                            : Tree.copy(item));
        }
        return new ArrayList<>(items.values());
    }
}
