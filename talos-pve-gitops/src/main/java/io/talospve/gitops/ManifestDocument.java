package io.talospve.gitops;

import io.talospve.spec.Secret;
import java.util.Optional;

/**
 * One Kubernetes object as YAML. Immutable.
 *
 * @param apiVersion for example {@code apps/v1}
 * @param kind for example {@code Deployment}
 * @param namespace its namespace; empty if it names none
 * @param name its name
 * @param yaml the document, without a separator, ending with a newline; it may hold secrets
 */
public record ManifestDocument(
        String apiVersion, String kind, Optional<String> namespace, String name, Secret<String> yaml) {}
