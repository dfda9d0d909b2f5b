package io.talospve.spec;

import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/** The GitOps engine of the cluster and what it starts from: {@code cluster.gitops} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface GitOps {
    /** Which engine. */
    Provider provider();

    /** Namespace of the engine, for example {@code flux-system}. */
    String namespace();

    /** Version of the engine's Helm chart; empty for the default of this library. */
    Optional<String> chartVersion();

    /** SHA-256 of the chart's archive in lower-case hexadecimal; empty to take what the repository gives. */
    Optional<String> chartSha256();

    /** The repository that the engine follows; empty to install the engine only. */
    Optional<GitOpsBootstrap> bootstrap();

    /** The GitOps engines that can be installed. */
    enum Provider {
        /** Flux. */
        FLUX,
        /** Argo CD. */
        ARGOCD
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link GitOps}. Not thread-safe. */
    class Builder extends ImmutableGitOps.Builder {
        private final Nested nested = new Nested();

        Builder() {}

        /**
         * Sets the repository that the engine follows.
         *
         * @param fill says which
         * @return this
         */
        public Builder bootstrap(Consumer<GitOpsBootstrap.Builder> fill) {
            GitOpsBootstrap.Builder bootstrap = GitOpsBootstrap.builder();
            fill.accept(bootstrap);
            return bootstrap(nested.build(bootstrap, bootstrap::build, new Nested(), "bootstrap."));
        }

        /**
         * Builds the value.
         *
         * @return the value
         * @throws io.talospve.error.SpecException with everything that is missing
         */
        @Override
        public GitOps build() {
            nested.check();
            return super.build();
        }

        Nested nested() {
            return nested;
        }

        GitOps buildAnyway() {
            return super.build();
        }
    }
}
