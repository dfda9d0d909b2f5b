package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import org.immutables.value.Value;

/** One machine that the user wants: an entry of {@code control_plane_nodes.nodes} or {@code worker_nodes.nodes}. Immutable. */
@Value.Immutable
@Value.Style(
        visibility = Value.Style.ImplementationVisibility.PACKAGE,
        overshadowImplementation = true,
        jdkOnly = true)
public interface NodeSpec {
    /** Own name of the machine; by default {@code <cluster>-cp-<n>} or {@code <cluster>-worker-<n>}. */
    Optional<String> name();

    /** Key into {@link TalosCluster#sizes()}. */
    String size();

    /** The NICs, in the order of the virtual machine's netN. */
    List<Network> networks();

    /** Fixed VMID; by default one is taken from the cluster when the machine is created. */
    Optional<Integer> vmid();

    /** The network with the gateway: Talos API, VIP, kubelet and etcd are there. */
    @Value.Derived
    default Optional<Network> primary() {
        return networks().stream().filter(network -> network.gateway().isPresent()).findFirst();
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link NodeSpec}. Not thread-safe. */
    class Builder extends ImmutableNodeSpec.Builder {
        Builder() {}
    }
}
