package io.talospve.testkit.internal.world;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a running virtual machine sees of itself.
 *
 * @param name name of the virtual machine (cloud-init makes it the hostname)
 * @param uuid UUID of its SMBIOS
 * @param cores CPU cores
 * @param memoryMiB memory in MiB
 * @param nics NICs in order
 * @param disks disks in the boot order, then the others by slot
 * @param iso content of the CD-ROM that it may boot from; empty if none is inserted
 * @param isoFirst whether the boot order has the CD-ROM before the first disk
 * @param cloudInit content of the cloud-init drive; empty if there is none
 * @param agent whether the device of the guest agent is there
 * @param firmware what boots it
 */
public record Hardware(
        String name,
        UUID uuid,
        int cores,
        int memoryMiB,
        List<Nic> nics,
        List<Disk> disks,
        Optional<BootImage> iso,
        boolean isoFirst,
        Optional<CloudInit> cloudInit,
        boolean agent,
        Firmware firmware) {

    /** A machine with a BIOS. */
    public Hardware(
            String name,
            UUID uuid,
            int cores,
            int memoryMiB,
            List<Nic> nics,
            List<Disk> disks,
            Optional<BootImage> iso,
            boolean isoFirst,
            Optional<CloudInit> cloudInit,
            boolean agent) {
        this(name, uuid, cores, memoryMiB, nics, disks, iso, isoFirst, cloudInit, agent, Firmware.BIOS);
    }

    /**
     * What boots a machine.
     *
     * @param uefi whether it is UEFI, or else a BIOS
     * @param foreignKeys whether the usual vendors' keys were enrolled when its variables were made
     * @param variables where UEFI keeps what is enrolled later; empty if there is no EFI disk
     * @param tpm whether there is a TPM 2.0
     */
    public record Firmware(boolean uefi, boolean foreignKeys, Optional<Platter> variables, boolean tpm) {
        /** A BIOS, no TPM. */
        public static final Firmware BIOS = new Firmware(false, false, Optional.empty(), false);
    }

    /** A NIC. */
    public record Nic(String mac, String bridge) {}

    /**
     * A disk.
     *
     * @param slot device in the configuration, {@code scsi0}
     * @param wwn World Wide Name as configured, {@code 0x5…}; empty for none
     * @param sizeBytes size
     * @param platter what is written on it; the same object as long as the disk exists
     */
    public record Disk(String slot, Optional<String> wwn, long sizeBytes, Platter platter) {}

    /** What is written on a disk; survives power cycles, is blank again only when somebody wipes it. */
    public static final class Platter {
        private Object content = BLANK;
        /** Nothing was ever written. */
        public static final Object BLANK = "blank";

        /** What is written, {@link #BLANK} for nothing. */
        public synchronized Object content() {
            return content;
        }

        /** Writes. */
        public synchronized void write(Object newContent) {
            content = newContent;
        }
    }

    /**
     * A Talos boot image, as the image factory builds it.
     *
     * @param schematic schematic id
     * @param version Talos version
     * @param extensions full names of the system extensions in it
     * @param platform {@code nocloud} or {@code metal}
     * @param secureBoot whether it is the build that Talos' keys signed
     */
    public record BootImage(
            String schematic, String version, List<String> extensions, String platform, boolean secureBoot) {
        /** An image that is not signed. */
        public BootImage(String schematic, String version, List<String> extensions, String platform) {
            this(schematic, version, extensions, platform, false);
        }
    }

    /**
     * What Proxmox writes to the cloud-init drive.
     *
     * @param hostname hostname of the user data
     * @param nics network configuration, by MAC address; only NICs that have an ipconfigN
     * @param nameservers DNS servers
     */
    public record CloudInit(String hostname, List<NicConfig> nics, List<String> nameservers) {}

    /**
     * Network configuration of one NIC.
     *
     * @param mac MAC address in lower case
     * @param addresses {@code address/prefix} each, static
     * @param gateways default gateways
     * @param dhcp whether IPv4 comes by DHCP
     */
    public record NicConfig(String mac, List<String> addresses, List<String> gateways, boolean dhcp) {}
}
