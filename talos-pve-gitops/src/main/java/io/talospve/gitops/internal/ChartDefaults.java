package io.talospve.gitops.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which charts a cluster gets where its spec does not say. The versions belong to the cluster's defaults epoch: a newer library
 * gives an old cluster what it was made with.
 */
public enum ChartDefaults {
    /** Cilium, by Kubernetes minor: the newest that is tested with it. */
    CILIUM("cilium", "https://helm.cilium.io", new TreeMap<>(Map.of(27, "1.16.5", 29, "1.17.2", 30, "1.18.0", 32, "1.19.3"))),
    /** Flux. */
    FLUX("flux2", "https://fluxcd-community.github.io/helm-charts", new TreeMap<>(Map.of(0, "2.18.2"))),
    /** Argo CD. */
    ARGOCD("argo-cd", "https://argoproj.github.io/argo-helm", new TreeMap<>(Map.of(0, "9.4.10")));

    private static final int EPOCH = 1;

    private final String chart;
    private final URI repository;
    private final TreeMap<Integer, String> versionByKubernetesMinor;

    ChartDefaults(String chart, String repository, TreeMap<Integer, String> versions) {
        this.chart = chart;
        this.repository = URI.create(repository);
        this.versionByKubernetesMinor = versions;
    }

    /** Name of the chart. */
    public String chart() {
        return chart;
    }

    /** Its own repository. */
    public URI repository() {
        return repository;
    }

    /** The version for a Kubernetes version, {@code v1.35.0}. */
    public String version(String kubernetes, int epoch) {
        if (epoch != EPOCH) {
            throw new RefusedException(
                    ErrorCode.STORE_MISMATCH,
                    "this cluster was made with the defaults of epoch " + epoch + ", and this version of the library knows "
                            + EPOCH + " only",
                    "Use a newer version of the library, or give chart_version in the spec.");
        }
        int minor = Integer.parseInt(kubernetes.split("\\.")[1]);
        Map.Entry<Integer, String> found = versionByKubernetesMinor.floorEntry(minor);
        return found == null ? versionByKubernetesMinor.firstEntry().getValue() : found.getValue();
    }
}
