package io.talospve.plan;

import io.talospve.spec.DataVolume;
import io.talospve.spec.MachineSettings;
import io.talospve.spec.NodeRole;
import io.talospve.spec.VmOptions;
import io.talospve.spi.MachineConfigRequest.ResolvedNic;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmRef;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.immutables.value.Value;

/** One machine as the plan wants it. Immutable. */
@Value.Immutable
@ValueStyle
public interface MachinePlan {
    /** Name of the virtual machine, hostname and Kubernetes node name. */
    String name();

    /** Its place in the spec, for example {@code control_plane_nodes.nodes[0]}. */
    String specPath();

    /** What it is. */
    NodeRole role();

    /** The pool it stands in: {@code cp}, {@code worker}, or the name of a further pool. */
    String pool();

    /** Host it is created on; for an existing one the host it is on. */
    String host();

    /** The existing virtual machine; empty if it is to be created. */
    Optional<VmRef> existing();

    /** VMID that the spec fixes; otherwise one is chosen when it is created. */
    Field<Integer> vmid();

    /** Virtual CPU cores. */
    int cores();

    /** Memory in MiB. */
    int memoryMiB();

    /** Its disks. */
    List<VmDisk> disks();

    /** Its NICs in the order of netN. */
    List<ResolvedNic> nics();

    /** DNS servers. */
    List<String> nameservers();

    /** What the spec says about its image. */
    WantedImage wantedImage();

    /** The image it boots from and installs. */
    Field<BootImage> image();

    /** Volume of the ISO it boots from, or of the disk image that its system disk is a copy of. */
    Field<String> isoVolume();

    /** Address of its Talos API where it is static, or reserved for it at a DHCP server. */
    Optional<String> address();

    /** Which of its NICs, from 0, is on its primary network. */
    int primaryNic();

    /** The NIC on its primary network. */
    default ResolvedNic primary() {
        return nics().get(primaryNic());
    }

    /** What its machine configuration says besides. */
    MachineSettings settings();

    /** How its data disk is used. */
    DataVolume dataVolume();

    /** What else is chosen about its virtual hardware. */
    VmOptions vm();

    /**
     * The tags on its virtual machine, which help people and searching.
     *
     * @param cluster name of the cluster
     */
    default Set<String> tags(String cluster) {
        Set<String> tags = new TreeSet<>(vm().tags());
        tags.addAll(Set.of("talos", "k8s", cluster, role().talosType()));
        return tags;
    }

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link MachinePlan}. Not thread-safe. */
    class Builder extends ImmutableMachinePlan.Builder {
        Builder() {}
    }
}
