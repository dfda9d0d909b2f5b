package io.talospve.spec;

import org.immutables.value.Value;

/** A GitHub App that may read a repository: {@code credentials.github_app} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface GitHubApp {
    /** The app's id. */
    String id();

    /** Id of its installation in the organization. */
    String installationId();

    /** Its private key, PEM. */
    SecretValue privateKey();

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link GitHubApp}. Not thread-safe. */
    class Builder extends ImmutableGitHubApp.Builder {
        Builder() {}
    }
}
