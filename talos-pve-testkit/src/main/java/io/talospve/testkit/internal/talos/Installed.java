package io.talospve.testkit.internal.talos;

import com.google.protobuf.ByteString;
import io.talospve.testkit.internal.world.Hardware.BootImage;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is on a system disk: boot slots, configuration (STATE), etcd's data (EPHEMERAL), values by key (META). Immutable; a change is written to
 * the disk as a new value.
 *
 * @param current image that boots
 * @param fallback image of the other slot; null before the first upgrade
 * @param config configuration; null if STATE was wiped
 * @param etcd etcd's data directory; null if it is empty
 * @param applied how often a configuration was written
 * @param meta values by key
 */
record Installed(
        BootImage current,
        @Nullable BootImage fallback,
        @Nullable String config,
        @Nullable EtcdData etcd,
        int applied,
        Map<Integer, ByteString> meta) {
    Installed {
        meta = Map.copyOf(meta);
    }

    /** An installation that has not booted yet. */
    static Installed fresh(BootImage image, @Nullable String config) {
        return new Installed(image, null, config, null, config == null ? 0 : 1, Map.of());
    }

    /**
     * An etcd data directory.
     *
     * @param cluster the etcd cluster it belongs to
     * @param member member id
     */
    record EtcdData(EtcdCluster cluster, long member) {}

    Installed withConfig(@Nullable String config) {
        return new Installed(current, fallback, config, etcd, config == null ? applied : applied + 1, meta);
    }

    Installed withEtcd(@Nullable EtcdData etcd) {
        return new Installed(current, fallback, config, etcd, applied, meta);
    }

    Installed withMeta(Map<Integer, ByteString> meta) {
        return new Installed(current, fallback, config, etcd, applied, meta);
    }

    Installed upgraded(BootImage image) {
        return new Installed(image, current, config, etcd, applied, meta);
    }

    Installed rolledBack() {
        return new Installed(java.util.Objects.requireNonNull(fallback), current, config, etcd, applied, meta);
    }
}
