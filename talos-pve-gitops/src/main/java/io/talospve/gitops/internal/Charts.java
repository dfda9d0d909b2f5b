package io.talospve.gitops.internal;

import io.talospve.gitops.ChartReference;
import io.talospve.gitops.ChartReference.Credentials;
import io.talospve.gitops.ChartRequest;
import io.talospve.spec.ChartCredentials;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Requests for the charts of one cluster: its mirror, its credentials, its secrets. */
final class Charts {
    private final TalosCluster cluster;
    private final SecretTexts secrets;
    private final SecretTexts access;

    /**
     * Charts of a cluster.
     *
     * @param cluster the spec
     * @param secrets what stands for secrets in values
     * @param access what opens repositories: always the real thing
     */
    Charts(TalosCluster cluster, SecretTexts secrets, SecretTexts access) {
        this.cluster = cluster;
        this.secrets = secrets;
        this.access = access;
    }

    SecretTexts secrets() {
        return secrets;
    }

    /** A chart with its values. */
    ChartRequest request(
            String chart,
            URI repository,
            String version,
            Optional<String> sha256,
            String release,
            String namespace,
            Map<String, ? extends @Nullable Object> values) {
        URI from = cluster.helmMirror().map(URI::create).orElse(repository);
        return new ChartRequest(
                new ChartReference.Repository(from, chart, version, sha256, credentials(from)),
                release,
                namespace,
                HelmValues.text(values, secrets),
                cluster.kubernetesVersion(),
                List.of());
    }

    private Optional<Credentials> credentials(URI repository) {
        ChartCredentials found = cluster.helmCredentials().get(repository.getRawAuthority());
        return Optional.ofNullable(found)
                .map(given -> new Credentials(given.username(), Secret.of(access.of(given.password()))));
    }

    /** What a chart's rendering depends on by the spec, without secrets; a version that the library chose is not in it. */
    static String inputs(
            String chart, Optional<String> version, String namespace, Map<String, ? extends @Nullable Object> values) {
        return chart + " " + version.orElse("(default)") + " " + namespace + " "
                + HelmValues.text(values, SecretTexts.placeholders()).reveal();
    }
}
