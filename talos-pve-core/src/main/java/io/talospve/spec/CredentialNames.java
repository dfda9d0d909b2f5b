package io.talospve.spec;

import java.util.Optional;
import org.immutables.value.Value;

/** Names under which credentials are delivered to secret sinks: {@code cluster.credentials} of the YAML. Immutable. */
@Value.Immutable
@ValueStyle
public interface CredentialNames {
    /** Name of the kubeconfig; empty for {@code <cluster>-kubeconfig}. */
    Optional<String> kubeconfig();

    /** Name of the talosconfig; empty for {@code <cluster>-talosconfig}. */
    Optional<String> talosconfig();

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link CredentialNames}. Not thread-safe. */
    class Builder extends ImmutableCredentialNames.Builder {
        Builder() {}
    }
}
