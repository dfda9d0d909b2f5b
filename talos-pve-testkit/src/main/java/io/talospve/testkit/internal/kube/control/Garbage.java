package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.list;
import static io.talospve.testkit.internal.kube.api.Tree.text;

import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.ObjectStore.Change;
import io.talospve.testkit.internal.kube.api.Tree;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Removes objects whose owners are all gone. */
final class Garbage implements Controller {
    private final ObjectStore store;

    Garbage(ObjectStore store) {
        this.store = store;
    }

    @Override
    public boolean concerns(Change change) {
        return change.kind() == ObjectStore.Kind.DELETED;
    }

    @Override
    public void reconcile() {
        Set<String> uids = new HashSet<>();
        for (String resource : store.resources()) {
            store.list(resource, "").forEach(o -> uids.add(Tree.uid(o)));
        }
        for (String resource : store.resources()) {
            for (Map<String, Object> object : store.list(resource, "")) {
                List<Object> owners = list(object, "metadata.ownerReferences");
                if (!owners.isEmpty() && owners.stream().noneMatch(o -> uids.contains(text(o, "uid")))) {
                    store.remove(resource, Tree.namespace(object), Tree.name(object));
                }
            }
        }
    }
}
