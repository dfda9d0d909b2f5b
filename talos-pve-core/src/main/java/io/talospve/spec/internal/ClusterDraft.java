package io.talospve.spec.internal;

import io.talospve.spec.NodePool;
import io.talospve.spec.TalosCluster;
import java.util.Optional;

/** A cluster that is being read: its builder, and the builders of what is spread over several keys. Not thread-safe. */
final class ClusterDraft {
    final TalosCluster.Builder cluster = TalosCluster.builder();
    final NodePool.Builder controlPlane = NodePool.builder();

    TalosCluster.Builder finish() {
        return cluster.controlPlaneNodes(controlPlane.build());
    }

    /**
     * The VIP as it stands in the YAML.
     *
     * @param enabled whether it holds
     * @param address its address
     */
    record Vip(boolean enabled, String address) {
        static final class Builder {
            private boolean enabled = true;
            private String address = "";

            Builder enabled(boolean value) {
                enabled = value;
                return this;
            }

            Builder address(String value) {
                address = value;
                return this;
            }

            Vip build() {
                return new Vip(enabled, address);
            }
        }

        Optional<String> held() {
            return enabled ? Optional.of(address) : Optional.empty();
        }
    }
}
