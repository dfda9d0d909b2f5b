package io.talospve.store;

import io.talospve.spec.Secret;
import java.util.Objects;

/**
 * What opens a cluster.
 *
 * @param kubeconfig admin kubeconfig, YAML
 * @param talosconfig admin talosconfig, YAML
 * @param osCa fingerprint of the OS CA they were issued under
 * @param endpoint Kubernetes endpoint they point at
 */
public record Credentials(Secret<String> kubeconfig, Secret<String> talosconfig, String osCa, String endpoint) {
    /** Checks that nothing is missing. */
    public Credentials {
        Objects.requireNonNull(kubeconfig, "kubeconfig");
        Objects.requireNonNull(talosconfig, "talosconfig");
        Objects.requireNonNull(osCa, "osCa");
        Objects.requireNonNull(endpoint, "endpoint");
    }
}
