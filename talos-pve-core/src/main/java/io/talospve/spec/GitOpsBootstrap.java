package io.talospve.spec;

import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/** The repository a GitOps engine follows: {@code cluster.gitops.bootstrap} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface GitOpsBootstrap {
    /** URL of the repository: Git over https, http or ssh, or an OCI artifact, {@code oci://}. */
    String repoUrl();

    /** Branch, tag, commit, version range or, of an OCI artifact, tag or digest; see {@link #kind()}. */
    String revision();

    /** What the revision is, where its form does not tell; empty to go by its form. */
    Optional<RevisionKind> revisionKind();

    /** Path inside the repository. */
    String path();

    /** Flux: the namespace that all objects get. Argo CD: the namespace of objects that name none. It is made if need be. */
    Optional<String> destinationNamespace();

    /** How often the engine looks, as Go writes durations: {@code 5m}, {@code 1h30m}. Default {@code 5m}. */
    @Value.Default
    default String interval() {
        return "5m";
    }

    /** Whether what vanishes from the repository is removed from the cluster. Default true. */
    @Value.Default
    default boolean prune() {
        return true;
    }

    /** How the engine logs in; empty for a public repository. */
    Optional<RepositoryCredentials> credentials();

    /** Flux: the private age key that opens what is encrypted with SOPS in the repository. */
    Optional<SecretValue> decryptionKey();

    /** Argo CD: the project of the application, made if it is not {@code default}. */
    @Value.Default
    default String project() {
        return "default";
    }

    /** Argo CD: whether it synchronizes by itself. Default automated. */
    @Value.Default
    default SyncPolicy syncPolicy() {
        return SyncPolicy.AUTOMATED;
    }

    /** Whether the repository is an OCI artifact. */
    default boolean isOci() {
        return repoUrl().startsWith("oci://");
    }

    /**
     * What the revision is: {@link #revisionKind()}, else by its form. In Git 40 hexadecimal digits are a commit,
     * {@code refs/tags/…} is a tag, anything else a branch; of an OCI artifact {@code sha256:…} is a digest, anything else a tag.
     */
    default RevisionKind kind() {
        return revisionKind().orElseGet(() -> {
            if (isOci()) {
                return revision().startsWith("sha256:") ? RevisionKind.DIGEST : RevisionKind.TAG;
            }
            if (revision().matches("[0-9a-f]{40}")) {
                return RevisionKind.COMMIT;
            }
            return revision().startsWith("refs/tags/") ? RevisionKind.TAG : RevisionKind.BRANCH;
        });
    }

    /** Kinds of revisions. */
    enum RevisionKind {
        /** The head of a branch. */
        BRANCH,
        /** A tag. */
        TAG,
        /** One commit, 40 hexadecimal digits. */
        COMMIT,
        /** The newest version tag within a range, for example {@code >=1.2.0 <2.0.0}. */
        SEMVER,
        /** One OCI artifact, {@code sha256:…}. */
        DIGEST
    }

    /** How Argo CD synchronizes. */
    enum SyncPolicy {
        /** By itself, also against changes in the cluster. */
        AUTOMATED,
        /** When somebody asks for it. */
        MANUAL
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link GitOpsBootstrap}. Not thread-safe. */
    class Builder extends ImmutableGitOpsBootstrap.Builder {
        Builder() {}

        /**
         * Sets how the engine logs in.
         *
         * @param fill says how
         * @return this
         */
        public Builder credentials(Consumer<RepositoryCredentials.Builder> fill) {
            RepositoryCredentials.Builder credentials = RepositoryCredentials.builder();
            fill.accept(credentials);
            return credentials(credentials.build());
        }
    }
}
