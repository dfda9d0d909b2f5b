package io.talospve.spec;

import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/**
 * How a GitOps engine logs in to its repository: {@code cluster.gitops.bootstrap.credentials} of the YAML. One of token, SSH
 * key, GitHub App. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface RepositoryCredentials {
    /** User name beside the token. */
    Optional<String> username();

    /** Access token or password, for https and oci. */
    Optional<SecretValue> token();

    /** Private SSH key, for ssh. */
    Optional<SecretValue> sshKey();

    /** Lines of a known_hosts file with the server's keys, for ssh. */
    Optional<String> knownHosts();

    /** A GitHub App, for https. */
    Optional<GitHubApp> githubApp();

    /** Certificates to trust instead of the usual ones, PEM. */
    Optional<String> ca();

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link RepositoryCredentials}. Not thread-safe. */
    class Builder extends ImmutableRepositoryCredentials.Builder {
        Builder() {}

        /**
         * Sets a GitHub App.
         *
         * @param fill says which
         * @return this
         */
        public Builder githubApp(Consumer<GitHubApp.Builder> fill) {
            GitHubApp.Builder app = GitHubApp.builder();
            fill.accept(app);
            return githubApp(app.build());
        }
    }
}
