package io.talospve.plan;

import io.talospve.plan.StepWork.CredentialKind;
import io.talospve.spec.TalosCluster;

/** Names of the entries that credentials have in a sink. */
final class SinkKeys {
    private SinkKeys() {}

    /** What the spec says, else {@code <cluster>-kubeconfig} or {@code <cluster>-talosconfig}. */
    static String key(TalosCluster cluster, CredentialKind kind) {
        return switch (kind) {
            case KUBECONFIG -> cluster.credentials().kubeconfig().orElse(cluster.name() + "-kubeconfig");
            case TALOSCONFIG -> cluster.credentials().talosconfig().orElse(cluster.name() + "-talosconfig");
        };
    }
}
