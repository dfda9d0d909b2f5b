package io.talospve.gitops;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.gitops.internal.Differences;
import java.util.List;

/**
 * Renders everything twice with another renderer and refuses what differs: a chart that makes random passwords or certificates
 * gives other manifests at every plan, which would be a change for ever. What only depends on the day is not noticed.
 * Thread-safe if the other is.
 */
public final class StableRenderer implements ChartRenderer {
    private final ChartRenderer renderer;

    /**
     * Checks what another renderer gives.
     *
     * @param renderer the other one; closed with this
     */
    public StableRenderer(ChartRenderer renderer) {
        this.renderer = renderer;
    }

    /**
     * Renders a chart twice.
     *
     * @throws RefusedException with code {@code REJECTED} naming the first object and field that differ, without their values
     */
    @Override
    public List<ManifestDocument> render(ChartRequest request) {
        List<ManifestDocument> first = renderer.render(request);
        List<ManifestDocument> second = renderer.render(request);
        if (!first.equals(second)) {
            throw new RefusedException(
                    ErrorCode.REJECTED,
                    "release " + request.release() + ", " + request.chart().title() + ": two renderings differ in "
                            + Differences.first(first, second),
                    "the template makes a random value (a password or certificate): give one by the chart's values");
        }
        return first;
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
