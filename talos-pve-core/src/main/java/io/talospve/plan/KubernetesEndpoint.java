package io.talospve.plan;

import io.talospve.spec.TalosCluster;

/** The URL under which a cluster's Kubernetes API is known: to its machines, in its credentials, and to the store. */
final class KubernetesEndpoint {
    private static final int PORT = 6443;

    private KubernetesEndpoint() {}

    /** {@code https://<api host>:6443}, an IPv6 address in brackets. */
    static String of(TalosCluster cluster) {
        String host = cluster.apiHost();
        return "https://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + PORT;
    }
}
