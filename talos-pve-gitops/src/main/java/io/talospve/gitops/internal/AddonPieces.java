package io.talospve.gitops.internal;

import io.talospve.spec.Addon;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The add-ons of a spec, in its order. */
final class AddonPieces {
    private static final int FIRST = 10;

    private AddonPieces() {}

    static List<Piece> of(TalosCluster cluster, Charts charts) {
        List<Piece> pieces = new ArrayList<>();
        for (Addon addon : cluster.addons()) {
            String name = String.format(Locale.ROOT, "%02d-%s", FIRST + pieces.size(), addon.name());
            pieces.add(addon.chart().isPresent() ? chart(name, addon, charts) : manifests(name, addon));
        }
        return pieces;
    }

    private static Piece chart(String name, Addon addon, Charts charts) {
        Map<String, Object> values = addon.values().orElse(Map.of());
        var request = charts.request(
                addon.chart().orElseThrow(),
                // Without a repository there is a mirror, which replaces it.
                URI.create(addon.repository().orElse("https://mirror.invalid")),
                addon.version().orElseThrow(),
                addon.chartSha256(),
                addon.name(),
                addon.namespace(),
                values);
        return new Piece(
                name,
                request.chart().title(),
                Optional.of(request),
                List.of(),
                addon.namespace(),
                addon.namespaceLabels(),
                Charts.inputs(addon.chart().get(), addon.version(), addon.namespace(), values));
    }

    private static Piece manifests(String name, Addon addon) {
        String text = addon.manifest().orElseThrow();
        return new Piece(
                name,
                "manifests of the spec",
                Optional.empty(),
                List.of(Secret.of(text)),
                addon.namespace(),
                addon.namespaceLabels(),
                addon.namespace() + " " + text);
    }
}
