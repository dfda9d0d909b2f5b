package io.talospve.spi;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.immutables.value.Value;

/** A virtual machine as it is configured now. Immutable. */
@Value.Immutable
@ValueStyle
public interface VmDetails {
    /** Where it is. */
    VmRef ref();

    /** Its name. */
    String name();

    /** Its description with the line breaks as stored; empty text if there is none. */
    String description();

    /** The UUID of its SMBIOS, as its operating system sees it; empty if the configuration has none. */
    Optional<UUID> uuid();

    /** Whether it runs. */
    boolean running();

    /** The lock that Proxmox holds on it ({@code create}, {@code backup} …); empty for none. */
    Optional<String> lock();

    /** Whether it is a template. */
    boolean template();

    /** Whether Proxmox refuses to delete it. */
    boolean protection();

    /** Virtual CPU cores over all sockets. */
    int cores();

    /** Memory in MiB. */
    int memoryMiB();

    /** Its disks, without CD-ROM and cloud-init drives, by slot. */
    List<VmDisk> disks();

    /** Its NICs by index. */
    List<VmNic> nics();

    /** Addresses that its cloud-init drive gives it. */
    Set<StaticAddress> staticAddresses();

    /** Volumes of the images in its CD-ROM drives, for example {@code nas:iso/talos-x.iso}. */
    Set<String> isoVolumes();

    /** Its tags, lower case. */
    Set<String> tags();

    /**
     * An address that a cloud-init drive gives to a NIC.
     *
     * @param bridge bridge or vnet of the NIC
     * @param vlan VLAN that Proxmox puts the NIC into; empty for none
     * @param address IP address without prefix length
     */
    record StaticAddress(String bridge, Optional<Integer> vlan, String address) {}

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link VmDetails}. Not thread-safe. */
    class Builder extends ImmutableVmDetails.Builder {
        Builder() {}
    }
}
