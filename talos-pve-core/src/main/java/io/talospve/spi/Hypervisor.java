package io.talospve.spi;

import io.talospve.spec.ImageChecksum;
import io.talospve.spec.ImageMode;
import io.talospve.spi.HypervisorInfo.DatastoreInfo;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Where virtual machines and images live: Proxmox VE.
 *
 * <p>Calls block, take at most 30 s, and can be interrupted; they never sleep and never repeat a mutating call whose answer
 * was lost: the executor looks first and decides. Long work is returned as an {@link Operation}. All errors are
 * {@link io.talospve.error.RemoteException}; {@code retryable()} is true where the same call may succeed later (no
 * connection, a locked VM, a host that is away) or where it is unknown whether a mutating call took effect.
 *
 * <p>Implementations are thread-safe.
 */
public interface Hypervisor extends AutoCloseable {
    /** The cluster and its hosts. */
    HypervisorInfo info();

    /** The storages that a host sees, with content types and space. */
    List<DatastoreInfo> datastores(String host);

    /** Names of the bridges (and vnets) a host has. */
    Set<String> bridges(String host);

    /**
     * Names of the resource pools, as far as the account may see.
     *
     * @return empty if it cannot tell
     */
    default Optional<Set<String>> pools() {
        return Optional.empty();
    }

    /**
     * Names of the device mappings that have a device on a host, as far as the account may see.
     *
     * @param kind kind of device
     * @param host the host
     * @return empty if it cannot tell
     */
    default Optional<Set<String>> mappings(DeviceKind kind, String host) {
        return Optional.empty();
    }

    /**
     * CPU types that a host knows.
     *
     * @return empty if it cannot tell
     */
    default Optional<Set<String>> cpuTypes(String host) {
        return Optional.empty();
    }

    /**
     * Machine types with a version that a host knows, for example {@code pc-q35-9.2+pve1}.
     *
     * @return empty if it cannot tell
     */
    default Optional<Set<String>> machineTypes(String host) {
        return Optional.empty();
    }

    /**
     * Every virtual machine of every online host, asked from each host itself (never from a cached cluster list).
     *
     * @return all that the account may see
     */
    List<VmSummary> vms();

    /**
     * A virtual machine's configuration and power state, asked from its host.
     *
     * @return empty if there is none with this VMID on this host
     */
    Optional<VmDetails> vm(VmRef ref);

    /**
     * The configuration of a virtual machine that {@link #vms()} has just listed, with the power state from there: half the
     * calls of {@link #vm(VmRef)} where there are many machines to read.
     *
     * @param listed a line of the list
     * @return empty if it is no longer there
     */
    default Optional<VmDetails> vm(VmSummary listed) {
        return vm(listed.ref());
    }

    /** A VMID that no machine has now. Reserves nothing: creation may still lose a race. */
    int freeVmid();

    /**
     * Whether no machine has a VMID now, whatever the account may see. Reserves nothing.
     *
     * @param vmid the VMID
     */
    boolean isFree(int vmid);

    /**
     * Creates a virtual machine, stopped. Everything, the mark in the description included, is in the one create call;
     * only the tags of a member of a pool follow through {@link #setTags}, as Proxmox may refuse them there.
     *
     * @return the running creation; when it has succeeded the machine is as it was asked for
     * @throws io.talospve.error.RemoteException with code {@code NAME_TAKEN} and retryable if the VMID was taken by
     *     somebody meanwhile
     */
    Operation create(VmCreation vm);

    /**
     * Sets whether Proxmox refuses to delete a virtual machine and its disks.
     *
     * @param ref the machine
     * @param protection whether it refuses
     */
    void setProtection(VmRef ref, boolean protection);

    /**
     * Makes a disk larger; one that is that large or larger is done.
     *
     * @param ref the machine
     * @param slot the disk, for example {@code scsi0}
     * @param sizeGiB size that it has when the operation has succeeded, at least
     */
    Operation growDisk(VmRef ref, String slot, long sizeGiB);

    /** Replaces the tags of a virtual machine. */
    void setTags(VmRef ref, Set<String> tags);

    /**
     * Starts a virtual machine; one that runs already is done. The operation has succeeded when it runs, also where a
     * manager of high availability carries it out later or elsewhere.
     */
    Operation start(VmRef ref);

    /**
     * Stops a virtual machine at once, as pulling the plug; one that is stopped is done. The operation has succeeded when
     * it is off.
     */
    Operation stop(VmRef ref);

    /**
     * Deletes a stopped virtual machine with its disks (also those its configuration no longer names), its HA and
     * replication entries. The caller has proved that it is ours. The operation has succeeded when it is gone.
     */
    Operation delete(VmRef ref);

    /**
     * The boot images on a host's storage.
     *
     * @param host a host
     * @param datastore a storage of it
     * @param mode which kind: ISO images or disk images
     * @return file names
     */
    Set<String> images(String host, String datastore, ImageMode mode);

    /**
     * The size of a boot image on a host's storage.
     *
     * @param host a host
     * @param datastore a storage of it
     * @param fileName its name; the ending tells which kind it is ({@link ImageMode#ofFile})
     * @return bytes; empty if there is none of this name
     */
    OptionalLong image(String host, String datastore, String fileName);

    /**
     * Lets a host fetch a boot image from a URL. Without a checksum it fails if one of this name exists; with one, an image
     * that is there and right is left and the operation succeeds.
     *
     * @param host a host
     * @param datastore a storage of it
     * @param fileName its name, with the ending of its kind
     * @param url an https URL that the host can reach
     * @param checksum what its content must have; empty for not verified
     */
    Operation downloadImage(
            String host, String datastore, String fileName, String url, Optional<ImageChecksum> checksum);

    /** Deletes a boot image; one that does not exist is done. */
    Operation deleteImage(String host, String datastore, String fileName);

    /**
     * The machines that the hypervisor keeps running when a host fails.
     *
     * @return their VMIDs
     */
    Set<Integer> highlyAvailable();

    /**
     * In what high availability is not as wanted. That a machine is on another host than it was, or which one it prefers, is no
     * difference.
     *
     * @param wanted the machines of a pool
     * @return differences for people; empty if there is none
     */
    List<String> haDifferences(HaGroup wanted);

    /**
     * Makes high availability as wanted: looks what is there and adds or changes the rest. May be repeated at any time; the
     * machines exist.
     *
     * @param wanted the machines of a pool
     */
    void makeHighlyAvailable(HaGroup wanted);

    /**
     * Ends the high availability of machines, with the rules and groups that were made for their cluster and have no member
     * left. The machines stay as they are. May be repeated at any time.
     *
     * @param cluster name of the cluster
     * @param vmids the machines; those that are not highly available are left out
     */
    void endHighAvailability(String cluster, Set<Integer> vmids);

    /**
     * What the guest agent reports as the machine's addresses.
     *
     * @return one entry per NIC; empty if the agent does not answer (no agent, not started yet, machine stopped)
     */
    Optional<List<GuestNic>> guestNics(VmRef ref);

    /**
     * Which privileges the account lacks for what a plan will do; for the plan's preflight. Reads only. When in doubt
     * (rights that come from a pool or a zone and cannot be told apart from here) nothing is reported.
     *
     * @param calls what the plan will do
     * @return everything that is missing, each once, by path; empty if nothing is known to be missing
     */
    default List<PrivilegeGap> missingPrivileges(Collection<PlannedCall> calls) {
        return List.of();
    }

    /**
     * An operation that was started earlier, perhaps by another process.
     *
     * @param id what {@link Operation#id()} returned
     */
    Operation operation(String id);

    @Override
    void close();

    /** Kinds of devices that are passed through by the name of a cluster-wide mapping. */
    enum DeviceKind {
        /** PCI. */
        PCI,
        /** USB. */
        USB
    }

    /**
     * A NIC as the guest agent reports it.
     *
     * @param mac MAC address in lower case
     * @param addresses IP addresses without prefix length
     */
    record GuestNic(String mac, List<String> addresses) {}
}
