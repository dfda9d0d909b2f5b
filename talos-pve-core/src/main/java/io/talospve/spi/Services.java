package io.talospve.spi;

import io.talospve.store.ClusterStore;
import java.util.List;

/**
 * Everything outside that planning and applying need.
 *
 * @param hypervisor where machines live
 * @param talos the machines' API
 * @param kubernetes the cluster's API
 * @param pki makes and reads secrets
 * @param configs writes machine configurations
 * @param manifests what clusters get at day 0
 * @param images knows images
 * @param sinks where credentials are delivered to
 * @param secrets where the secret references of specs are read from
 * @param store what outlives the process
 */
public record Services(
        Hypervisor hypervisor,
        TalosApi talos,
        KubernetesApi kubernetes,
        ClusterPki pki,
        MachineConfigs configs,
        ManifestSource manifests,
        ImageFactory images,
        List<SecretSink> sinks,
        SecretSources secrets,
        ClusterStore store) {
    /** Copies the list. */
    public Services {
        sinks = List.copyOf(sinks);
    }
}
