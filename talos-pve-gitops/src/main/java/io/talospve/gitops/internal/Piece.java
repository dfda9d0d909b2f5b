package io.talospve.gitops.internal;

import io.talospve.gitops.ChartRequest;
import io.talospve.spec.Secret;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What becomes one inline manifest (or several, if it is large). Immutable.
 *
 * @param name name of the manifest, which decides its place
 * @param origin where it comes from, for people
 * @param chart the chart it is rendered from; empty if it has none
 * @param objects further objects, YAML or JSON texts
 * @param namespace namespace of what names none
 * @param namespaceLabels labels of the namespace if it is made
 * @param inputs what it is made from, in a text without secrets and without what a library's version decides
 */
public record Piece(
        String name,
        String origin,
        Optional<ChartRequest> chart,
        List<Secret<String>> objects,
        String namespace,
        Map<String, String> namespaceLabels,
        String inputs) {
    /** Copies the collections. */
    public Piece {
        Objects.requireNonNull(name, "name");
        objects = List.copyOf(objects);
        namespaceLabels = Map.copyOf(namespaceLabels);
    }
}
