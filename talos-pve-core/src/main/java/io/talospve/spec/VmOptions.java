package io.talospve.spec;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.immutables.value.Value;

/**
 * How a machine's virtual hardware differs from the usual: all that Proxmox VE lets one choose beyond size and networks.
 * The defaults are right for Talos. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface VmOptions {
    /** CPU sockets; the cores of the size are divided among them. */
    @Value.Default
    default int sockets() {
        return 1;
    }

    /** CPU type: {@code host}, {@code x86-64-v2-AES} (live migration between unlike hosts), {@code custom-…}. */
    @Value.Default
    default String cpuType() {
        return "host";
    }

    /**
     * Whether the host's CPU virtualisation is used; false only for hosts that have none (nested labs), with a CPU type
     * other than {@code host}: very slow.
     */
    @Value.Default
    default boolean hardwareVirtualization() {
        return true;
    }

    /** Whether NUMA is emulated. */
    @Value.Default
    default boolean numa() {
        return false;
    }

    /** Host CPUs it may run on, for example {@code 0-3,8}; empty for all. */
    Optional<String> affinity();

    /** Memory in MiB that it keeps when the host takes some back; 0 for a fixed size, which a kubelet counts on. */
    @Value.Default
    default int balloonMiB() {
        return 0;
    }

    /** Machine type: {@code q35}, {@code pc-q35-9.2+pve1} …; empty for Proxmox' default, {@code q35} with OVMF. */
    Optional<String> machine();

    /** What boots it. */
    @Value.Default
    default Firmware firmware() {
        return Firmware.SEABIOS;
    }

    /** Storage of the EFI variables and the TPM's state; empty for that of the system disk. */
    Optional<String> firmwareDatastore();

    /** Whether it has a TPM 2.0. */
    @Value.Default
    default boolean tpm() {
        return false;
    }

    /** SCSI controller. */
    @Value.Default
    default String scsiController() {
        return "virtio-scsi-single";
    }

    /** Options of its disks. */
    @Value.Default
    default DiskOptions disks() {
        return DiskOptions.builder().build();
    }

    /** Options of its disks other than the system disk; empty for those of {@link #disks()}. */
    Optional<DiskOptions> dataDisks();

    /** PCI devices by the name of their cluster-wide mapping; needs {@code q35} to be PCI Express. */
    List<String> pciMappings();

    /** USB devices by the name of their cluster-wide mapping. */
    List<String> usbMappings();

    /** Resource pool it becomes a member of. */
    Optional<String> pool();

    /** Tags beside the library's own, lower case. */
    Set<String> tags();

    /** Text before the library's own lines in its description; empty for none. */
    Optional<String> description();

    /** Place in the host's start-up order; needs Sys.Modify on /. */
    Optional<StartupOrder> startup();

    /** Whether it starts with its host. */
    @Value.Default
    default boolean startOnBoot() {
        return true;
    }

    /** Whether Proxmox refuses to delete it and its disks. */
    @Value.Default
    default boolean protection() {
        return false;
    }

    /** Whether it boots by UEFI. */
    default boolean uefi() {
        return firmware() != Firmware.SEABIOS;
    }

    /** Starts one with the defaults. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link VmOptions}. Not thread-safe. */
    class Builder extends ImmutableVmOptions.Builder {
        Builder() {}
    }

    /** What boots a machine. */
    enum Firmware {
        /** BIOS. */
        SEABIOS,
        /** UEFI in setup mode: the boot image enrols its own keys where it wants secure boot, as Talos' does. */
        OVMF,
        /** UEFI with the usual keys enrolled: only what they signed boots. Talos does not. */
        OVMF_PRE_ENROLLED
    }

    /**
     * Place in the start-up order of a host.
     *
     * @param order lower starts first
     * @param upSeconds delay after its start before the next one; empty for Proxmox' default
     * @param downSeconds time for its shutdown; empty for Proxmox' default
     */
    record StartupOrder(int order, Optional<Integer> upSeconds, Optional<Integer> downSeconds) {}
}
