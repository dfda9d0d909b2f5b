package io.talospve.plan;

import io.talospve.plan.StepWork.CredentialKind;

/** Names of the entries that credentials have in a sink. */
public final class SinkKeys {
    private SinkKeys() {}

    /** {@code <cluster>-kubeconfig} or {@code <cluster>-talosconfig}. */
    public static String key(String cluster, CredentialKind kind) {
        return cluster + (kind == CredentialKind.KUBECONFIG ? "-kubeconfig" : "-talosconfig");
    }
}
