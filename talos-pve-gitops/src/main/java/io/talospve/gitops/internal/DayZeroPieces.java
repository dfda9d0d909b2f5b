package io.talospve.gitops.internal;

import io.talospve.spec.Addon;
import io.talospve.spec.GitOps;
import io.talospve.spec.GitOps.Provider;
import io.talospve.spec.GitOpsBootstrap;
import io.talospve.spec.Secret;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.KeptSecret;
import io.talospve.spi.ManifestSource.Condition;
import io.talospve.spi.ObjectCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Everything that a spec installs, in the order in which it is applied. */
public final class DayZeroPieces {
    /** Name of the first piece, where there is one. */
    public static final String NAMESPACES = "00-namespaces";

    private DayZeroPieces() {}

    /**
     * The pieces of a cluster.
     *
     * @param cluster the spec
     * @param epoch the cluster's defaults epoch
     * @param secrets what stands for secrets
     * @param access what opens chart repositories
     */
    public static List<Piece> of(TalosCluster cluster, int epoch, SecretTexts secrets, SecretTexts access) {
        Charts charts = new Charts(cluster, secrets, access);
        List<Piece> pieces = new ArrayList<>();
        if (cluster.installsCilium()) {
            pieces.add(CiliumPiece.of(cluster, epoch, charts));
        }
        pieces.addAll(AddonPieces.of(cluster, charts));
        cluster.gitops().ifPresent(gitops -> pieces.addAll(
                gitops.provider() == Provider.FLUX
                        ? FluxPieces.of(cluster, gitops, epoch, charts)
                        : ArgoPieces.of(cluster, gitops, epoch, charts)));
        namespaces(cluster).ifPresent(namespaces -> pieces.add(0, namespaces));
        return pieces;
    }

    /** No chart makes them, and Talos stops its pass at the first object whose namespace is missing. */
    private static Optional<Piece> namespaces(TalosCluster cluster) {
        Map<String, Map<String, String>> wanted = new TreeMap<>();
        for (Addon addon : cluster.addons()) {
            wanted.computeIfAbsent(addon.namespace(), name -> new TreeMap<>()).putAll(addon.namespaceLabels());
        }
        cluster.gitops().ifPresent(gitops -> {
            wanted.putIfAbsent(gitops.namespace(), Map.of());
            gitops.bootstrap()
                    .flatMap(GitOpsBootstrap::destinationNamespace)
                    .ifPresent(name -> wanted.putIfAbsent(name, Map.of()));
        });
        wanted.keySet().removeAll(KubernetesKinds.BUILT_IN_NAMESPACES);
        if (wanted.isEmpty()) {
            return Optional.empty();
        }
        List<Secret<String>> objects = new ArrayList<>();
        wanted.forEach((name, labels) -> objects.add(ObjectText.namespace(name, labels)));
        return Optional.of(new Piece(
                NAMESPACES,
                "namespaces",
                Optional.empty(),
                objects,
                "default",
                Map.of(),
                wanted.toString()));
    }

    /** The secrets that have to be made once. */
    public static List<KeptSecret> keptSecrets(TalosCluster cluster) {
        List<KeptSecret> kept = new ArrayList<>();
        if (cluster.installsCilium()) {
            kept.addAll(CiliumPiece.keptSecrets(cluster));
        }
        if (cluster.gitops().map(GitOps::provider).filter(Provider.ARGOCD::equals).isPresent()) {
            kept.addAll(ArgoPieces.keptSecrets());
        }
        return kept;
    }

    /** The objects that a condition is about. */
    public static List<ObjectCheck> checks(TalosCluster cluster, Condition condition) {
        if (condition == Condition.CNI) {
            return cluster.installsCilium() ? CiliumPiece.checks() : List.of();
        }
        Optional<GitOps> engine = cluster.gitops();
        if (engine.isEmpty()) {
            return List.of();
        }
        GitOps gitops = engine.get();
        boolean flux = gitops.provider() == Provider.FLUX;
        if (condition == Condition.GITOPS_ENGINE) {
            return flux ? FluxPieces.engineChecks(gitops) : ArgoPieces.engineChecks(gitops);
        }
        return gitops.bootstrap()
                .map(bootstrap ->
                        flux ? FluxPieces.syncChecks(gitops, bootstrap) : ArgoPieces.syncChecks(gitops, bootstrap))
                .orElse(List.of());
    }
}
