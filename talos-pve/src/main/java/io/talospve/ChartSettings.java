package io.talospve;

import io.talospve.gitops.CachingRenderer;
import io.talospve.gitops.ChartRenderer;
import io.talospve.gitops.ChartRequest;
import io.talospve.gitops.ManifestDocument;
import io.talospve.gitops.RenderingCache;
import io.talospve.gitops.StableRenderer;
import io.talospve.gitops.chart.ChartFetcher;
import io.talospve.helm.HelmExecutable;
import io.talospve.helm.HelmJavaRenderer;
import io.talospve.http.HttpSettings;
import java.net.ProxySelector;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where Helm charts come from and what renders them. Not thread-safe. By default each chart comes from its own repository and
 * is rendered by helm-java in a child JVM, which is started by the first chart: never for specs that install none.
 */
public final class ChartSettings {
    private final ChartFetcher.Builder fetcher = ChartFetcher.builder();
    private final HelmJavaRenderer.Builder helmJava = HelmJavaRenderer.builder();
    private @Nullable Path helm;
    private @Nullable ChartRenderer renderer;
    private Duration timeOut = Duration.ofSeconds(60);

    ChartSettings() {}

    /** Takes all charts from here, whatever a spec says: https, http or oci. */
    public ChartSettings mirror(URI repository) {
        fetcher.mirror(repository);
        return this;
    }

    /** Keeps fetched archives in a folder; by default in memory. */
    public ChartSettings cache(Path folder) {
        fetcher.cache(folder);
        return this;
    }

    /** Certificates that repositories are trusted by besides the Java runtime's, PEM. */
    public ChartSettings caPem(String pem) {
        fetcher.caCertificates(pem);
        return this;
    }

    /** Through which proxies repositories are reached; by default directly. */
    public ChartSettings proxy(ProxySelector proxies) {
        fetcher.proxy(proxies);
        return this;
    }

    /** How repositories are reached: trust, proxies, time to connect; in place of what {@link #caPem} and {@link #proxy} said. */
    public ChartSettings http(HttpSettings settings) {
        fetcher.http(settings);
        return this;
    }

    /** The Java, 17 or later, that runs the child JVM; by default the one that runs this. */
    public ChartSettings java(Path executable) {
        helmJava.java(executable);
        return this;
    }

    /** Helm for a platform that this library has none for; see {@link HelmJavaRenderer.Builder#nativeLibrary}. */
    public ChartSettings nativeLibrary(Path jarOrLibrary) {
        helmJava.nativeLibrary(jarOrLibrary);
        return this;
    }

    /** Memory of the child JVM, in MiB; see {@link HelmJavaRenderer.Builder#memory}. */
    public ChartSettings memory(int heap, int go) {
        helmJava.memory(heap, go);
        return this;
    }

    /** How long one rendering may take; by default 60 s. */
    public ChartSettings timeOut(Duration value) {
        timeOut = value;
        return this;
    }

    /** Renders with an installed helm instead, 3.14 or later, or 4. */
    public ChartSettings helm(Path executable) {
        helm = executable;
        return this;
    }

    /** Renders with a renderer of your own, for example {@link io.talospve.gitops.RenderedElsewhere}; it stays yours to close. */
    public ChartSettings renderer(ChartRenderer value) {
        renderer = value;
        return this;
    }

    /** The renderer; what it needs is added to what is to be closed. */
    ChartRenderer open(List<AutoCloseable> opened) {
        if (renderer != null) {
            return notClosing(renderer);
        }
        ChartFetcher charts = fetcher.build();
        opened.add(charts);
        ChartRenderer helmRenderer = helm == null
                ? helmJava.fetcher(charts).timeOut(timeOut).build()
                : HelmExecutable.at(helm, charts, timeOut);
        return new CachingRenderer(new StableRenderer(helmRenderer), charts, RenderingCache.inMemory());
    }

    private static ChartRenderer notClosing(ChartRenderer renderer) {
        return new ChartRenderer() {
            @Override
            public List<ManifestDocument> render(ChartRequest request) {
                return renderer.render(request);
            }

            @Override
            public String identity() {
                return renderer.identity();
            }

            @Override
            public void close() {
                // It is the caller's.
            }
        };
    }
}
