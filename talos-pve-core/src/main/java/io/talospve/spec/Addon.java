package io.talospve.spec;

import io.talospve.spec.internal.Trees;
import java.util.Map;
import java.util.Optional;
import org.immutables.value.Value;

/**
 * Something that a cluster gets at day 0 besides CNI and GitOps engine: an entry of {@code cluster.addons}. A Helm chart, or
 * manifests as text. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface Addon {
    /** Its name, unique in the cluster: name of the Helm release and of the inline manifest. */
    String name();

    /** Name of the chart; empty for manifests. */
    Optional<String> chart();

    /** Repository of the chart: https, http or oci. */
    Optional<String> repository();

    /** Exact version of the chart. */
    Optional<String> version();

    /** SHA-256 of the chart's archive in lower-case hexadecimal; empty to take what the repository gives. */
    Optional<String> chartSha256();

    /** Namespace of what names none; it is made if it does not exist. Default {@code kube-system}. */
    @Value.Default
    default String namespace() {
        return "kube-system";
    }

    /** Labels of the namespace if it is made, for example of Pod Security. */
    Map<String, String> namespaceLabels();

    /** Values of the chart: maps, lists, texts, numbers, booleans, {@link SecretValue}s; null removes one of the chart's. */
    Optional<Map<String, Object>> values();

    /** Manifests, YAML text, instead of a chart. */
    Optional<String> manifest();

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds an {@link Addon}. Not thread-safe. */
    class Builder extends ImmutableAddon.Builder {
        Builder() {}

        /**
         * Builds the value.
         *
         * @return the value
         * @throws io.talospve.error.SpecException if the values hold anything but maps with text keys, lists, texts, numbers,
         *     booleans, {@link SecretValue}s and null, or something is missing
         */
        @Override
        public Addon build() {
            Addon draft = super.build();
            Nested nested = new Nested();
            draft.values().ifPresent(tree -> nested.tree(tree, this::values, "values", Trees::copyValues));
            nested.check();
            return super.build();
        }
    }
}
