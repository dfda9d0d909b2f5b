package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.child;
import static io.talospve.testkit.internal.kube.api.Tree.flag;
import static io.talospve.testkit.internal.kube.api.Tree.in;
import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.Conditions;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.ObjectStore.Change;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.kube.api.TypeTable;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Establishes CustomResourceDefinitions, and removes the objects of those that are gone. */
final class Definitions implements Controller {
    private static final String CRDS = "customresourcedefinitions.apiextensions.k8s.io";

    private final ObjectStore store;
    private final TypeTable types;
    private final Supplier<Instant> now;

    Definitions(ObjectStore store, TypeTable types, Supplier<Instant> now) {
        this.store = store;
        this.types = types;
        this.now = now;
    }

    @Override
    public boolean concerns(Change change) {
        return change.resource().equals(CRDS);
    }

    @Override
    public void reconcile() {
        for (Map<String, Object> definition : store.list(CRDS, "")) {
            if (!Conditions.isTrue(definition, "Established")) {
                establish(definition);
            }
        }
        for (String resource : store.resources()) {
            if (types.byName(resource).isEmpty()) {
                store.list(resource, "")
                        .forEach(o -> store.remove(resource, Tree.namespace(o), Tree.name(o)));
            }
        }
    }

    private void establish(Map<String, Object> definition) {
        Map<String, Object> out = Tree.copy(definition);
        Optional<String> taken = types.kindTaken(
                text(definition, "spec.group"), text(definition, "spec.names.plural"), text(definition, "spec.names.kind"));
        if (taken.isPresent()) {
            Conditions.set(out, "NamesAccepted", "False", "KindConflict", taken.get(), 0, now.get());
            Conditions.set(
                    out, "Established", "False", "NotAccepted", "not all names are accepted", 0, now.get());
        } else {
            Conditions.set(out, "NamesAccepted", "True", "NoConflicts", "no conflicts found", 0, now.get());
            Conditions.set(
                    out, "Established", "True", "InitialNamesAccepted", "the initial names have been accepted", 0, now.get());
            in(out, "status").put("acceptedNames", Tree.copy(child(definition, "spec.names")));
            in(out, "status")
                    .put(
                            "storedVersions",
                            List.of(list(definition, "spec.versions").stream()
                                    .filter(v -> flag(v, "storage"))
                                    .map(v -> text(v, "name"))
                                    .findFirst()
                                    .orElse("")));
        }
        if (!Tree.same(out, definition)) {
            store.put(CRDS, out);
        }
    }
}
