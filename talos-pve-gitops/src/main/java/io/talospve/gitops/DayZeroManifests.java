package io.talospve.gitops;

import io.talospve.error.ConfigurationException;
import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.gitops.internal.DayZeroPieces;
import io.talospve.gitops.internal.InlineSizes;
import io.talospve.gitops.internal.Piece;
import io.talospve.gitops.internal.SecretTexts;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.InlineManifest;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.ManifestPreview;
import io.talospve.spi.ManifestSource;
import io.talospve.spi.ObjectCheck;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Cilium, Flux or Argo CD with what it starts from, and add-ons, rendered from charts: {@code 00-namespaces},
 * {@code 01-cilium}, {@code 10-…} for add-ons, {@code 50-flux} or {@code 50-argocd}, {@code 90-flux-sync} or
 * {@code 90-argocd-sync} last, because the kinds of its objects may be unknown in Talos' first pass, which stops there.
 *
 * <p>The same spec, charts and secrets give the same bytes. Without anything of it in the spec the renderer is not asked.
 * Thread-safe if the renderer is.
 */
public final class DayZeroManifests implements ManifestSource {
    private final ChartRenderer renderer;

    private DayZeroManifests(ChartRenderer renderer) {
        this.renderer = renderer;
    }

    /** Starts one. */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public List<KeptSecret> keptSecrets(TalosCluster cluster) {
        return DayZeroPieces.keptSecrets(cluster);
    }

    @Override
    public String fingerprint(TalosCluster cluster, int defaultsEpoch) {
        if (!cluster.hasDayZero()) {
            return "";
        }
        SecretTexts placeholders = SecretTexts.placeholders();
        StringBuilder text = new StringBuilder();
        for (Piece piece : DayZeroPieces.of(cluster, defaultsEpoch, placeholders, placeholders)) {
            text.append(piece.name())
                    .append('\n')
                    .append(new TreeMap<>(piece.namespaceLabels()))
                    .append('\n')
                    .append(piece.inputs())
                    .append('\n');
        }
        return sha256(text.toString());
    }

    @Override
    public ManifestPreview preview(Request request) {
        List<String> notes = new ArrayList<>();
        List<ManifestPreview.Part> parts = new ArrayList<>();
        render(request, SecretTexts.placeholders(), notes).forEach(rendered -> {
            List<List<ManifestDocument>> groups = InlineSizes.split(rendered.documents());
            for (int i = 0; i < groups.size(); i++) {
                Secret<String> text = Documents.join(groups.get(i));
                parts.add(new ManifestPreview.Part(
                        InlineSizes.name(rendered.piece().name(), i, groups.size()),
                        rendered.piece().origin(),
                        kinds(groups.get(i)),
                        InlineSizes.bytes(text),
                        sha256(text.reveal())));
            }
        });
        refuseTakenNames(request.cluster(), parts.stream().map(ManifestPreview.Part::name).toList());
        return new ManifestPreview(parts, notes);
    }

    @Override
    public List<InlineManifest> render(Request request) {
        List<InlineManifest> manifests = new ArrayList<>();
        render(request, SecretTexts.real(request), new ArrayList<>()).forEach(rendered -> {
            List<List<ManifestDocument>> groups = InlineSizes.split(rendered.documents());
            for (int i = 0; i < groups.size(); i++) {
                manifests.add(new InlineManifest(
                        InlineSizes.name(rendered.piece().name(), i, groups.size()), Documents.join(groups.get(i))));
            }
        });
        refuseTakenNames(request.cluster(), manifests.stream().map(InlineManifest::name).toList());
        return manifests;
    }

    @Override
    public List<ObjectCheck> checks(TalosCluster cluster, Condition condition) {
        return DayZeroPieces.checks(cluster, condition);
    }

    @Override
    public void close() {
        renderer.close();
    }

    private record Rendered(Piece piece, List<ManifestDocument> documents) {}

    private List<Rendered> render(Request request, SecretTexts secrets, List<String> notes) {
        if (!request.cluster().hasDayZero()) {
            return List.of();
        }
        List<Piece> pieces = DayZeroPieces.of(
                request.cluster(), request.defaultsEpoch(), secrets, SecretTexts.real(request));
        List<List<ManifestDocument>> raw = withoutTwins(pieces, pieces.stream().map(this::documents).toList());
        List<Rendered> full = processed(pieces, raw, true, notes);
        if (InlineSizes.fits(size(full))) {
            return full;
        }
        List<String> again = new ArrayList<>();
        List<Rendered> small = processed(pieces, raw, false, again);
        int size = size(small);
        if (!InlineSizes.fits(size)) {
            Map<String, Integer> sizes = new LinkedHashMap<>();
            small.forEach(part -> sizes.put(
                    part.piece().name(), InlineSizes.bytes(Documents.join(part.documents()))));
            throw InlineSizes.tooLarge(sizes, size);
        }
        notes.clear();
        notes.addAll(again);
        notes.add("the descriptions in CustomResourceDefinitions are left out, because the manifests would not fit into a"
                + " machine configuration with them; the GitOps engine brings them back");
        return small;
    }

    private List<ManifestDocument> documents(Piece piece) {
        List<ManifestDocument> documents =
                new ArrayList<>(piece.chart().map(renderer::render).orElse(List.of()));
        piece.objects().forEach(text -> documents.addAll(Documents.parse(piece.origin(), text)));
        return documents;
    }

    /** A Namespace that a chart brings is not made by us too, unless the spec gives it labels. */
    private static List<List<ManifestDocument>> withoutTwins(List<Piece> pieces, List<List<ManifestDocument>> raw) {
        if (!pieces.get(0).name().equals(DayZeroPieces.NAMESPACES)) {
            return raw;
        }
        Set<String> brought = raw.stream()
                .skip(1)
                .flatMap(List::stream)
                .filter(document -> document.kind().equals("Namespace"))
                .map(ManifestDocument::name)
                .collect(Collectors.toSet());
        List<List<ManifestDocument>> result = new ArrayList<>(raw);
        result.set(
                0,
                raw.get(0).stream()
                        .filter(document -> !brought.contains(document.name())
                                || document.yaml().reveal().contains("labels:"))
                        .toList());
        return result;
    }

    /** Talos refuses two inline manifests of one name. */
    private static void refuseTakenNames(TalosCluster cluster, List<String> names) {
        List<String> taken = names.stream()
                .filter(cluster.kubernetes().inlineManifests()::containsKey)
                .toList();
        if (!taken.isEmpty()) {
            throw new RefusedException(
                    ErrorCode.PLAN_REFUSED,
                    "cluster.kubernetes.inline_manifests has " + String.join(", ", taken)
                            + ", which is a name of a manifest that this library makes",
                    "Give it another name.");
        }
    }

    private static List<Rendered> processed(
            List<Piece> pieces, List<List<ManifestDocument>> raw, boolean descriptions, List<String> notes) {
        List<Rendered> result = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            List<ManifestDocument> others = relevant(raw, i);
            PostProcessing processing =
                    PostProcessing.of(piece.origin(), piece.namespace()).withNamespaceLabels(piece.namespaceLabels());
            PostProcessing.Prepared prepared =
                    (descriptions ? processing : processing.withoutCrdDescriptions()).apply(raw.get(i), others);
            result.add(new Rendered(piece, prepared.documents()));
            prepared.notes().stream()
                    // Talos creates objects, it does not apply them by the client's way.
                    .filter(note -> !note.contains("server-side"))
                    .forEach(notes::add);
        }
        return result;
    }

    /** What the other pieces have that matters to one: definitions of its kinds, and Namespaces. */
    private static List<ManifestDocument> relevant(List<List<ManifestDocument>> raw, int piece) {
        Set<String> groups = raw.get(piece).stream()
                .map(document -> document.apiVersion().split("/", 2)[0])
                .collect(Collectors.toSet());
        List<ManifestDocument> others = new ArrayList<>();
        for (int j = 0; j < raw.size(); j++) {
            if (j != piece) {
                raw.get(j).stream()
                        .filter(document -> document.kind().equals("Namespace")
                                // Kubernetes wants definitions to be named <plural>.<group>.
                                || document.kind().equals("CustomResourceDefinition")
                                        && groups.contains(document.name().substring(document.name().indexOf('.') + 1)))
                        .forEach(others::add);
            }
        }
        return others;
    }

    private static int size(List<Rendered> parts) {
        return InlineSizes.inConfiguration(
                parts.stream().map(part -> Documents.join(part.documents())).toList());
    }

    private static SortedMap<String, Integer> kinds(List<ManifestDocument> documents) {
        SortedMap<String, Integer> kinds = new TreeMap<>();
        documents.forEach(document -> kinds.merge(document.kind(), 1, Integer::sum));
        return kinds;
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    /** Builds {@link DayZeroManifests}. Not thread-safe. Mandatory: {@link #renderer}. */
    public static final class Builder {
        private @Nullable ChartRenderer renderer;

        private Builder() {}

        /**
         * Renders the charts; closed with the manifests.
         *
         * @param value the renderer
         * @return this
         */
        public Builder renderer(ChartRenderer value) {
            renderer = value;
            return this;
        }

        /**
         * Builds the source.
         *
         * @throws ConfigurationException if there is no renderer
         */
        public DayZeroManifests build() {
            return new DayZeroManifests(Optional.ofNullable(renderer)
                    .orElseThrow(() -> new ConfigurationException(
                            "not given: renderer", "The module talos-pve-helm has the usual one.")));
        }
    }
}
