package io.talospve.spi;

import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A kind of {@link Hypervisor} call that a plan will make, with what decides whether the account may. Immutable. */
public sealed interface PlannedCall {
    /**
     * Creates, reads and starts a virtual machine.
     *
     * @param pool resource pool it becomes a member of; empty for none
     * @param datastores storages that hold its disks and its cloud-init drive
     * @param isoDatastore storage of the image it boots from
     * @param bridges bridges or vnets of its NICs, each with a slash and the VLAN tag where it has one
     * @param pciMappings PCI devices that are passed through, by the name of their mapping
     * @param usbMappings USB devices that are passed through, by the name of their mapping
     * @param startupOrder whether it has a place in the host's start-up order
     */
    record CreateVm(
            Optional<String> pool,
            Set<String> datastores,
            String isoDatastore,
            Set<String> bridges,
            Set<String> pciMappings,
            Set<String> usbMappings,
            boolean startupOrder)
            implements PlannedCall {
        /** Copies the sets. */
        public CreateVm {
            Objects.requireNonNull(pool, "pool");
            Objects.requireNonNull(isoDatastore, "isoDatastore");
            datastores = Set.copyOf(datastores);
            bridges = Set.copyOf(bridges);
            pciMappings = Set.copyOf(pciMappings);
            usbMappings = Set.copyOf(usbMappings);
        }

        /**
         * Creates a machine without devices and start-up order.
         *
         * @param pool resource pool it becomes a member of; empty for none
         * @param datastores storages that hold its disks and its cloud-init drive
         * @param isoDatastore storage of the image it boots from
         * @param bridges bridges or vnets of its NICs, each with a slash and the VLAN tag where it has one
         */
        public CreateVm(
                Optional<String> pool, Set<String> datastores, String isoDatastore, Set<String> bridges) {
            this(pool, datastores, isoDatastore, bridges, Set.of(), Set.of(), false);
        }
    }

    /**
     * Reads, starts, stops or tags an existing virtual machine.
     *
     * @param vmid its VMID
     */
    record ChangeVm(int vmid) implements PlannedCall {}

    /**
     * Stops and deletes a virtual machine.
     *
     * @param vmid its VMID
     */
    record DeleteVm(int vmid) implements PlannedCall {}

    /**
     * Lets a host fetch an image.
     *
     * @param host the host
     * @param datastore the storage it goes to
     */
    record DownloadImage(String host, String datastore) implements PlannedCall {}

    /**
     * Deletes an image.
     *
     * @param datastore the storage it is on
     */
    record DeleteImage(String datastore) implements PlannedCall {}

    /** Makes machines highly available, or ends that. */
    record ManageHa() implements PlannedCall {}
}
