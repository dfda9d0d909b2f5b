package io.talospve.spi;

import io.talospve.spec.Secret;
import java.util.Objects;

/**
 * Kubernetes objects in a machine configuration, which Talos creates once the cluster runs. Immutable.
 *
 * @param name its name; Talos sorts by it
 * @param contents YAML documents; they may hold secrets
 */
public record InlineManifest(String name, Secret<String> contents) {
    /** Checks that nothing is missing. */
    public InlineManifest {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(contents, "contents");
    }
}
