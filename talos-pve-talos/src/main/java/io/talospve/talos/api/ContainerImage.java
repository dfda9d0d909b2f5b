package io.talospve.talos.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A container image on a machine.
 *
 * @param name its reference
 * @param digest its digest
 * @param size in bytes
 * @param createdAt when it was pulled; null if unknown
 */
public record ContainerImage(String name, String digest, long size, @Nullable Instant createdAt) {
    /** Whose images. */
    public enum Store {
        /** Images of Talos itself: kubelet, etcd, installer. */
        SYSTEM,
        /** Images of Kubernetes' pods. */
        KUBERNETES
    }
}
