package io.talospve.testkit.internal.kube.control;

import static io.talospve.testkit.internal.kube.api.Tree.at;
import static io.talospve.testkit.internal.kube.api.Tree.map;

import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.ObjectStore.Change;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.Tree;
import java.util.Map;

/** Gives every namespace its default service account, and empties and removes those that are being deleted. */
final class Namespaces implements Controller {
    private final ObjectStore store;
    private final Resources resources;

    Namespaces(ObjectStore store, Resources resources) {
        this.store = store;
        this.resources = resources;
    }

    @Override
    public boolean concerns(Change change) {
        return change.resource().equals("namespaces") || change.resource().equals("serviceaccounts");
    }

    @Override
    public void reconcile() {
        for (Map<String, Object> namespace : store.list("namespaces", "")) {
            String name = Tree.name(namespace);
            if (at(namespace, "metadata.deletionTimestamp") == null) {
                if (store.get("serviceaccounts", name, "default").isEmpty()) {
                    store.put(
                            "serviceaccounts",
                            map("apiVersion", "v1", "kind", "ServiceAccount", "metadata", resources.metadata(name, "default")));
                }
                continue;
            }
            for (String resource : store.resources()) {
                store.list(resource, name).forEach(o -> store.remove(resource, name, Tree.name(o)));
            }
            store.remove("namespaces", "", name);
        }
    }
}
