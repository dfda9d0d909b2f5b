package io.talospve.gitops;

import io.talospve.gitops.chart.ChartFetcher;
import io.talospve.gitops.internal.RenderingStore;
import io.talospve.spec.Secret;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Renders the same chart with the same values for the same Kubernetes by the same renderer once. The chart is fetched each time,
 * which costs nothing once the fetcher has it; its content, not its name, decides. Thread-safe if the other renderer is.
 */
public final class CachingRenderer implements ChartRenderer {
    private final ChartRenderer renderer;
    private final ChartFetcher fetcher;
    private final RenderingStore store;

    /**
     * Keeps what another renderer gives.
     *
     * @param renderer the other one; closed with this
     * @param fetcher what the other one fetches charts with; not closed
     * @param cache where renderings are kept
     */
    public CachingRenderer(ChartRenderer renderer, ChartFetcher fetcher, RenderingCache cache) {
        this.renderer = renderer;
        this.fetcher = fetcher;
        this.store = cache.store();
    }

    @Override
    public List<ManifestDocument> render(ChartRequest request) {
        Secret<String> description = description(fetcher.fetch(request.chart()).sha256(), request);
        Optional<Secret<String>> kept = store.find(description);
        if (kept.isPresent()) {
            return Documents.parse("release " + request.release() + ", kept rendering", kept.get());
        }
        List<ManifestDocument> documents = renderer.render(request);
        store.keep(description, Documents.join(documents));
        return documents;
    }

    /** Each part with its length, so that no two requests have one description. */
    private Secret<String> description(String chart, ChartRequest request) {
        return request.values()
                .map(values -> Stream.concat(
                                Stream.of(
                                        "1",
                                        renderer.identity(),
                                        chart,
                                        request.release(),
                                        request.namespace(),
                                        request.kubernetesVersion(),
                                        values),
                                request.apiVersions().stream())
                        .map(part -> part.length() + ":" + part)
                        .collect(Collectors.joining(",")));
    }

    @Override
    public String identity() {
        return renderer.identity();
    }

    @Override
    public void close() {
        renderer.close();
    }
}
