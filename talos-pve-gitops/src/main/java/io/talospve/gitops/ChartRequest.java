package io.talospve.gitops;

import io.talospve.spec.Secret;
import java.util.List;

/**
 * What to render. Immutable.
 *
 * @param chart which chart
 * @param release name of the release, for example {@code cilium}
 * @param namespace namespace of the release
 * @param values values as YAML, merged over the chart's own; they may hold secrets
 * @param kubernetesVersion version that the chart is told, for example {@code v1.35.0}
 * @param apiVersions API versions that the chart is told besides the usual ones, for example {@code monitoring.coreos.com/v1}
 */
public record ChartRequest(
        ChartReference chart,
        String release,
        String namespace,
        Secret<String> values,
        String kubernetesVersion,
        List<String> apiVersions) {
    /** Copies the list. */
    public ChartRequest {
        apiVersions = List.copyOf(apiVersions);
    }
}
