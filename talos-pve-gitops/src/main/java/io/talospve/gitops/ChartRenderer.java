package io.talospve.gitops;

import java.util.List;

/**
 * Renders a Helm chart into documents, without a cluster. For the same request every implementation gives the same documents.
 * Calls block until the chart is fetched and rendered and may be interrupted. Implementations are thread-safe.
 */
public interface ChartRenderer extends AutoCloseable {
    /**
     * Renders a chart.
     *
     * @param request which chart, with which values, for which Kubernetes
     * @return its documents as the templates and {@code crds/} gave them, hooks left out, in Helm's install order
     * @throws io.talospve.error.RemoteException if the chart could not be fetched
     * @throws io.talospve.error.RefusedException if the chart is not the pinned one, or does not render
     */
    List<ManifestDocument> render(ChartRequest request);

    /**
     * What renders, with its version: a rendering is kept as long as this stays the same.
     *
     * @return for example {@code helm v3.21.0}
     */
    default String identity() {
        return getClass().getName();
    }

    @Override
    void close();
}
