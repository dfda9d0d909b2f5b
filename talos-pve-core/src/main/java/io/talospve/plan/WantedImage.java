package io.talospve.plan;

import io.talospve.spec.ClusterNode;
import io.talospve.spec.SecureBoot;
import io.talospve.spec.TalosCluster;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What the spec says about the image of a machine. Machines of which it says the same boot from the same image. Immutable.
 *
 * @param extensions system extensions as the spec names them, in order
 * @param kernelArgs arguments of the kernel, in order
 * @param secureBoot whether only signed images boot
 */
public record WantedImage(List<String> extensions, List<String> kernelArgs, boolean secureBoot) {
    /** Copies the lists. */
    public WantedImage {
        extensions = List.copyOf(extensions);
        kernelArgs = List.copyOf(kernelArgs);
    }

    /** The image of a machine. */
    static WantedImage of(TalosCluster cluster, ClusterNode node) {
        return new WantedImage(
                cluster.extensions(node),
                cluster.settings(node).kernelArgs(),
                cluster.secureBoot().filter(SecureBoot::enabled).isPresent());
    }

    /** All images of a cluster's machines, in the order of the machines. */
    static Set<WantedImage> all(TalosCluster cluster) {
        Set<WantedImage> images = new LinkedHashSet<>();
        cluster.nodes().forEach(node -> images.add(of(cluster, node)));
        return images;
    }
}
