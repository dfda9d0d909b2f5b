package io.talospve.talos.config.internal;

import io.talospve.error.Problem;
import io.talospve.error.Problem.Severity;
import io.talospve.error.SpecException;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.MachineConfigRequest;
import java.util.ArrayList;
import java.util.List;

/** Where in the spec the patches of one machine stand. */
public final class PatchPlaces {
    private final TalosCluster cluster;
    private final List<String> paths;

    private PatchPlaces(TalosCluster cluster, List<String> paths) {
        this.cluster = cluster;
        this.paths = paths;
    }

    /** The places of the patches of a request, in their order. */
    public static PatchPlaces of(MachineConfigRequest request) {
        TalosCluster cluster = request.cluster();
        List<String> paths = new ArrayList<>(cluster.nodes().stream()
                .filter(node -> request.specPath()
                        .map(node.specPath()::equals)
                        .orElseGet(() -> node.defaultName().equals(request.nodeName())))
                .findFirst()
                .map(cluster::patchPaths)
                .orElse(List.of()));
        // Of settings that were given without a place in the spec, the number is all there is.
        for (int i = paths.size(); i < request.settings().patches().size(); i++) {
            paths.add("patch " + (i + 1));
        }
        return new PatchPlaces(cluster, paths);
    }

    /** All places for a person: file, line and column where the spec was read from a file. */
    public List<String> all() {
        return paths.stream()
                .map(path -> cluster.position(path).map(position -> position + " (" + path + ")").orElse(path))
                .toList();
    }

    /** The refusal of one patch at its place. */
    public SpecException refusal(int patch, String why) {
        String path = paths.get(patch);
        return new SpecException(List.of(
                new Problem(Severity.ERROR, cluster.position(path).orElse(null), path, why)));
    }
}
