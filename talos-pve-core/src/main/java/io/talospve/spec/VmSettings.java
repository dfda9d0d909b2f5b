package io.talospve.spec;

import io.talospve.spec.VmOptions.Firmware;
import io.talospve.spec.VmOptions.StartupOrder;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.immutables.value.Value;

/**
 * Virtual hardware and administration of machines in Proxmox VE: {@code vm} of the cluster, of a role, of a pool or of one
 * machine. What stands closer to the machine wins, key by key; tags are added up. What is said nowhere is as
 * {@link VmOptions} has it. Immutable.
 */
@Value.Immutable
@ValueStyle
public interface VmSettings {
    /** CPU sockets; the cores of the size are divided among them. */
    Optional<Integer> sockets();

    /** CPU type. */
    Optional<String> cpuType();

    /** Whether the host's CPU virtualisation is used; false only in labs whose hosts have none. */
    Optional<Boolean> hardwareVirtualization();

    /** Whether NUMA is emulated. */
    Optional<Boolean> numa();

    /** Host CPUs it may run on, for example {@code 0-3,8}. */
    Optional<String> affinity();

    /** Memory in MiB that it keeps when the host takes some back; 0 for a fixed size. */
    Optional<Integer> balloon();

    /** Machine type. */
    Optional<String> machineType();

    /** What boots it. */
    Optional<Firmware> firmware();

    /** Storage of the EFI variables and the TPM's state. */
    Optional<String> firmwareDatastore();

    /** Whether it has a TPM 2.0. */
    Optional<Boolean> tpm();

    /** SCSI controller. */
    Optional<String> scsiController();

    /** Options of its disks; given closer to the machine, they replace all of the wider ones. */
    Optional<DiskOptions> disks();

    /** Options of its disks other than the system disk; empty for those of {@link #disks()}. */
    Optional<DiskOptions> dataDisks();

    /** Resource pool it becomes a member of; it exists already. */
    Optional<String> pool();

    /** Tags beside the library's own. */
    List<String> tags();

    /** Place in the host's start-up order. */
    Optional<StartupOrder> startup();

    /** Whether it starts with its host. */
    Optional<Boolean> startOnBoot();

    /** Whether Proxmox refuses to delete it. */
    Optional<Boolean> protection();

    /** Text before the library's own lines in its description. */
    Optional<String> description();

    /** Whether these settings say anything. */
    default boolean isEmpty() {
        return equals(none());
    }

    /**
     * These settings with more specific ones on top.
     *
     * @param closer settings of something closer to the machine
     * @return of each key the closer value; tags of both
     */
    default VmSettings with(VmSettings closer) {
        return MergedSettings.of(this, closer);
    }

    /**
     * What the settings mean for one machine, defaults filled in.
     *
     * @return options without devices
     */
    default VmOptions options() {
        return MergedSettings.options(this);
    }

    /** No settings at all. */
    static VmSettings none() {
        return builder().build();
    }

    /** Starts one that says nothing. */
    static Builder builder() {
        return new Builder();
    }

    /** Builds a {@link VmSettings}. Not thread-safe. */
    class Builder extends ImmutableVmSettings.Builder {
        Builder() {}

        /**
         * Sets the options of all disks.
         *
         * @param fill says which
         * @return this
         */
        public Builder disks(Consumer<DiskOptions.Builder> fill) {
            DiskOptions.Builder options = DiskOptions.builder();
            fill.accept(options);
            return disks(options.build());
        }

        /**
         * Sets the options of the disks other than the system disk.
         *
         * @param fill says which
         * @return this
         */
        public Builder dataDisks(Consumer<DiskOptions.Builder> fill) {
            DiskOptions.Builder options = DiskOptions.builder();
            fill.accept(options);
            return dataDisks(options.build());
        }
    }
}
