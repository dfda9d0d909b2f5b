package io.talospve.spi;

import io.talospve.spec.NicOptions;
import io.talospve.spec.VmOptions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.immutables.value.Value;

/**
 * A virtual machine to create: everything that Proxmox is told. Immutable.
 *
 * <p>Slots are fixed: {@code scsi0} the system disk, {@code scsi1} the data disk, {@code ide0} the cloud-init drive,
 * {@code ide2} the ISO; boot order {@code scsi0;ide2}.
 */
@Value.Immutable
@ValueStyle
public interface VmCreation {
    /** Where it is created. */
    VmRef ref();

    /** Name, also its hostname until it has a machine configuration. */
    String name();

    /** UUID of its SMBIOS. */
    UUID uuid();

    /** Description, the mark included. */
    String description();

    /** Tags, lower case. */
    Set<String> tags();

    /** Virtual CPU cores. */
    int cores();

    /** Memory in MiB. */
    int memoryMiB();

    /** Disks to allocate: {@code scsi0}, perhaps {@code scsi1}. */
    List<VmDisk> disks();

    /** Storage of the cloud-init drive. */
    String cloudInitDatastore();

    /** Volume of the ISO, for example {@code nas:iso/talos-x.iso}; {@code none} for an empty drive. */
    String isoVolume();

    /**
     * Volume of a disk image that {@code scsi0} is a copy of, for example {@code nas:import/talos-x.qcow2}; it is then as
     * large as the image, whatever {@link #disks()} says, until it is grown. Empty for a blank disk.
     */
    Optional<String> systemDiskFrom();

    /** NICs in the order of netN. */
    List<NicCreation> nics();

    /** DNS servers that go into the cloud-init drive; never empty, or the host's own would go in. */
    List<String> nameservers();

    /** What else is chosen about its virtual hardware. */
    @Value.Default
    default VmOptions options() {
        return VmOptions.builder().build();
    }

    /** Starts one. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link VmCreation}. Not thread-safe. */
    class Builder extends ImmutableVmCreation.Builder {
        Builder() {}
    }

    /**
     * A NIC to create.
     *
     * @param bridge bridge or vnet
     * @param mac MAC address in lower case
     * @param address static address with prefix length; empty for none
     * @param gateway default gateway; empty for none
     * @param dhcp whether its address comes from a DHCP server; without address and DHCP it is left alone
     * @param options what else is chosen about it
     */
    record NicCreation(
            String bridge,
            String mac,
            Optional<String> address,
            Optional<String> gateway,
            boolean dhcp,
            NicOptions options) {
        /**
         * A plain NIC.
         *
         * @param bridge bridge or vnet
         * @param mac MAC address in lower case
         * @param address static address with prefix length; empty for DHCP
         * @param gateway default gateway; empty for none
         */
        public NicCreation(String bridge, String mac, Optional<String> address, Optional<String> gateway) {
            this(bridge, mac, address, gateway, NicOptions.builder().build());
        }

        /**
         * A NIC with a static address, or with one from a DHCP server.
         *
         * @param bridge bridge or vnet
         * @param mac MAC address in lower case
         * @param address static address with prefix length; empty for DHCP
         * @param gateway default gateway; empty for none
         * @param options what else is chosen about it
         */
        public NicCreation(
                String bridge, String mac, Optional<String> address, Optional<String> gateway, NicOptions options) {
            this(bridge, mac, address, gateway, address.isEmpty(), options);
        }
    }
}
