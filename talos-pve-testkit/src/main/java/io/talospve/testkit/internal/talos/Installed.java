package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.world.Hardware.BootImage;
import org.jspecify.annotations.Nullable;

/**
 * What is on a system disk: boot slots, configuration (STATE), etcd's data (EPHEMERAL). Immutable; a change is written to
 * the disk as a new value.
 *
 * @param current image that boots
 * @param fallback image of the other slot; null before the first upgrade
 * @param config configuration; null if STATE was wiped
 * @param etcd etcd's data directory; null if it is empty
 * @param applied how often a configuration was written
 */
record Installed(
        BootImage current, @Nullable BootImage fallback, @Nullable String config, @Nullable EtcdData etcd, int applied) {
    /**
     * An etcd data directory.
     *
     * @param cluster the etcd cluster it belongs to
     * @param member member id
     */
    record EtcdData(EtcdCluster cluster, long member) {}

    Installed withConfig(@Nullable String config) {
        return new Installed(current, fallback, config, etcd, config == null ? applied : applied + 1);
    }

    Installed withEtcd(@Nullable EtcdData etcd) {
        return new Installed(current, fallback, config, etcd, applied);
    }

    Installed upgraded(BootImage image) {
        return new Installed(image, current, config, etcd, applied);
    }

    Installed rolledBack() {
        return new Installed(java.util.Objects.requireNonNull(fallback), current, config, etcd, applied);
    }
}
