package io.talospve.testkit.internal.kube.control;

import io.talospve.testkit.internal.kube.api.ObjectStore.Change;

/** Makes some objects follow from others: looks at all of them again whenever one changed. */
interface Controller {
    /** Whether a change may ask for work. */
    boolean concerns(Change change);

    /** Looks at everything and writes what is not yet so; runs under the store's monitor and must not block. */
    void reconcile();
}
