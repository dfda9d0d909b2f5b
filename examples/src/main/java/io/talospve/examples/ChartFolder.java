package io.talospve.examples;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.gitops.ChartReference;
import io.talospve.gitops.ChartRenderer;
import io.talospve.gitops.ChartRequest;
import io.talospve.gitops.ManifestDocument;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Takes the charts of all repositories from one folder: {@code <name>-<version>.tgz}, or unpacked as {@code <name>/}. */
final class ChartFolder implements ChartRenderer {
    private final ChartRenderer renderer;
    private final Path folder;

    ChartFolder(ChartRenderer renderer, Path folder) {
        this.renderer = renderer;
        this.folder = folder;
    }

    @Override
    public List<ManifestDocument> render(ChartRequest request) {
        if (!(request.chart() instanceof ChartReference.Repository chart)) {
            return renderer.render(request);
        }
        return renderer.render(new ChartRequest(
                new ChartReference.Local(find(chart), chart.sha256()),
                request.release(),
                request.namespace(),
                request.values(),
                request.kubernetesVersion(),
                request.apiVersions()));
    }

    private Path find(ChartReference.Repository chart) {
        String version = chart.version().replaceFirst("^v", "");
        List<String> names = List.of(
                chart.name() + "-" + version + ".tgz", chart.name() + "-v" + version + ".tgz", chart.name());
        return names.stream()
                .map(folder::resolve)
                .filter(path -> Files.exists(path.toString().endsWith(".tgz") ? path : path.resolve("Chart.yaml")))
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        ErrorCode.NOT_FOUND,
                        chart.title() + " is not in " + folder + ": there is none of " + String.join(", ", names),
                        "Put it there, or give chart_version in the spec."));
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
