package io.talospve.apply;

import io.talospve.spec.Secret;
import java.nio.file.Path;
import java.util.List;

/**
 * What opens a cluster.
 *
 * @param kubeconfig admin kubeconfig, YAML
 * @param talosconfig admin talosconfig, YAML
 * @param files where they are as files, with {@code debug: true}; otherwise empty
 */
public record IssuedCredentials(Secret<String> kubeconfig, Secret<String> talosconfig, List<Path> files) {
    /** Copies the list. */
    public IssuedCredentials {
        files = List.copyOf(files);
    }
}
