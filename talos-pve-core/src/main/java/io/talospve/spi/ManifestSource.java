package io.talospve.spi;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.Secret;
import io.talospve.spec.SecretReference;
import io.talospve.spec.TalosCluster;
import java.util.List;
import java.util.Map;

/**
 * What a cluster gets at day 0 as inline manifests of its control planes: CNI, GitOps engine with what it starts from,
 * add-ons. The same request gives the same bytes. Fetching charts may take long; calls can be interrupted. Implementations
 * are thread-safe.
 */
public interface ManifestSource extends AutoCloseable {
    /**
     * The secrets that have to be made once for a cluster before its manifests can be rendered. Asks nobody.
     *
     * @param cluster the spec
     */
    List<KeptSecret> keptSecrets(TalosCluster cluster);

    /**
     * A digest of everything that a cluster's manifests are made from, secrets excepted. Asks nobody.
     *
     * @param cluster the spec
     * @param defaultsEpoch number of the set of version-dependent defaults of the cluster
     * @return hexadecimal text; empty if the cluster gets no manifests
     */
    String fingerprint(TalosCluster cluster, int defaultsEpoch);

    /**
     * What the manifests will be, rendered with placeholders for secrets. Reads only.
     *
     * @param request for which cluster; its kept secrets are not looked at
     * @throws io.talospve.error.RemoteException if a chart cannot be fetched
     * @throws RefusedException if something does not render or does not fit into a machine configuration
     */
    ManifestPreview preview(Request request);

    /**
     * The manifests. Reads only.
     *
     * @param request for which cluster, with all secrets
     * @return in the order in which Talos applies them
     * @throws io.talospve.error.RemoteException if a chart cannot be fetched
     * @throws RefusedException if something does not render or does not fit into a machine configuration
     */
    List<InlineManifest> render(Request request);

    /**
     * The objects that have to be as they should for a condition to be met. Asks nobody.
     *
     * @param cluster the spec
     * @param condition the condition
     * @return empty if the cluster has nothing of the kind
     */
    List<ObjectCheck> checks(TalosCluster cluster, Condition condition);

    @Override
    void close();

    /** What can be waited for once the manifests are applied. */
    enum Condition {
        /** The CNI runs on every node. */
        CNI,
        /** The GitOps engine runs. */
        GITOPS_ENGINE,
        /** The GitOps engine has synchronized for the first time. */
        GITOPS_SYNC
    }

    /**
     * For which cluster.
     *
     * @param cluster the spec
     * @param defaultsEpoch number of the set of version-dependent defaults of the cluster
     * @param secrets values of the secrets that the spec refers to
     * @param kept values of the {@link #keptSecrets} by name
     */
    record Request(
            TalosCluster cluster,
            int defaultsEpoch,
            Map<SecretReference, Secret<String>> secrets,
            Map<String, Secret<String>> kept) {
        /** Copies the maps. */
        public Request {
            secrets = Map.copyOf(secrets);
            kept = Map.copyOf(kept);
        }
    }

    /** A source for programs that install nothing: it refuses specs that ask for manifests. */
    static ManifestSource none() {
        return new ManifestSource() {
            @Override
            public List<KeptSecret> keptSecrets(TalosCluster cluster) {
                return List.of();
            }

            @Override
            public String fingerprint(TalosCluster cluster, int defaultsEpoch) {
                return "";
            }

            @Override
            public ManifestPreview preview(Request request) {
                throw refusal(request);
            }

            @Override
            public List<InlineManifest> render(Request request) {
                throw refusal(request);
            }

            @Override
            public List<ObjectCheck> checks(TalosCluster cluster, Condition condition) {
                return List.of();
            }

            @Override
            public void close() {}

            private RefusedException refusal(Request request) {
                return new RefusedException(
                        ErrorCode.NOT_CONFIGURED,
                        "the spec of " + request.cluster().name()
                                + " asks for Cilium, a GitOps engine or add-ons, but nothing renders them",
                        "Give a source of manifests: PlanExecutor.builder().manifests(…); TalosPve.connect has one.");
            }
        };
    }
}
