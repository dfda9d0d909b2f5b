package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/** The repository a GitOps engine follows: {@code cluster.gitops.bootstrap} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface GitOpsBootstrap {
    /** URL of the Git repository. */
    String repoUrl();

    /** Branch, tag or commit. */
    String revision();

    /** Path inside the repository. */
    String path();

    /** Namespace for objects that name none. */
    Optional<String> destinationNamespace();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link GitOpsBootstrap}. Not thread-safe. */
    class Builder extends ImmutableGitOpsBootstrap.Builder {
        Builder() {}
    }
}
