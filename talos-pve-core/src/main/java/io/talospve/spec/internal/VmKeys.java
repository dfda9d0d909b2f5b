package io.talospve.spec.internal;

import static io.talospve.spec.internal.Shapes.bool;
import static io.talospve.spec.internal.Shapes.choice;
import static io.talospve.spec.internal.Shapes.integer;
import static io.talospve.spec.internal.Shapes.list;
import static io.talospve.spec.internal.Shapes.oneOf;
import static io.talospve.spec.internal.Shapes.text;

import io.talospve.spec.DiskOptions;
import io.talospve.spec.ExtraDisk;
import io.talospve.spec.HighAvailability;
import io.talospve.spec.ImageMode;
import io.talospve.spec.ImageSettings;
import io.talospve.spec.NicOptions;
import io.talospve.spec.VmOptions.Firmware;
import io.talospve.spec.VmOptions.StartupOrder;
import io.talospve.spec.VmSettings;
import io.talospve.spec.VmidRange;
import java.util.List;

/** The keys about virtual hardware and its administration in Proxmox VE; part of {@link SpecKeys}. */
final class VmKeys {
    /** Of the largest host that Proxmox VE supports. */
    private static final int MAX_SOCKETS = 4;

    private static final int MAX_ORDER = 10_000;
    private static final int MAX_DELAY_SECONDS = 86_400;

    static final Mapping<VmidRange, VmDrafts.Range> VMIDS =
            new Mapping<>("range", VmDrafts.Range::new, VmDrafts.Range::build)
                    .required("from", integer(SpecKeys.MIN_VMID, SpecKeys.MAX_VMID), VmidRange::from,
                            VmDrafts.Range::from, "First VMID", "8000")
                    .required("to", integer(SpecKeys.MIN_VMID, SpecKeys.MAX_VMID), VmidRange::to, VmDrafts.Range::to,
                            "Last VMID", "8099");

    static final Mapping<ImageSettings, ImageSettings.Builder> IMAGE =
            new Mapping<>("image settings", ImageSettings::builder, ImageSettings.Builder::build)
                    .defaulted("mode", choice(ImageMode.class), ImageMode.ISO, ImageSettings::mode, (b, v) -> b.mode(v),
                            "Boot an ISO and install from it, or let Proxmox import a disk image to the system disk (content"
                                    + " type import)", "import")
                    .optional("checksum", text(), ImageSettings::checksum, (b, v) -> b.checksum(v), "none",
                            "Checksum of the fetched file, which Proxmox verifies: sha256, sha384 or sha512",
                            "\"sha256:0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0\"");

    static final Mapping<ExtraDisk, VmDrafts.Disk> EXTRA_DISK =
            new Mapping<>("disk", VmDrafts.Disk::new, VmDrafts.Disk::build)
                    .required("size", integer(1, SpecKeys.MAX_DISK_GIB), ExtraDisk::size, VmDrafts.Disk::size,
                            "Size in GiB", "1024")
                    .optional("datastore", text(), ExtraDisk::datastore, VmDrafts.Disk::datastore,
                            "the host's storage for data disks", "Storage that holds it, on every host", "ceph");

    static final Mapping<NicOptions, NicOptions.Builder> NIC =
            new Mapping<>("NIC", NicOptions::builder, NicOptions.Builder::build)
                    .optional("bridge", text(), NicOptions::bridge, (b, v) -> b.bridge(v), "the name of the network",
                            "Bridge or vnet it is attached to; for several NICs on one bridge", "vmbr0")
                    .optional("vlan", integer(1, NetworkRules.MAX_VLAN), NicOptions::vlan, (b, v) -> b.vlan(v), "none",
                            "VLAN that Proxmox puts it into; the machine sees untagged packets", "40")
                    .optional("mtu", integer(1, NetworkRules.MAX_MTU), NicOptions::mtu, (b, v) -> b.mtu(v),
                            "Proxmox' own", "MTU that the NIC offers, in bytes; 1 for that of the bridge", "1")
                    .defaulted("firewall", bool(), false, NicOptions::firewall, (b, v) -> b.firewall(v),
                            "Let Proxmox' firewall filter it", "true")
                    .optional("queues", integer(1, 64), NicOptions::queues, (b, v) -> b.queues(v), "1",
                            "Packet queues", "4")
                    .optional("rate", integer(1, 1_000_000), NicOptions::rateMBps, (b, v) -> b.rateMBps(v), "none",
                            "Limit in megabytes per second", "100");

    private static final Mapping<DiskOptions, DiskOptions.Builder> DISKS =
            new Mapping<>("disk options", DiskOptions::builder, DiskOptions.Builder::build)
                    .defaulted("ssd", bool(), true, DiskOptions::ssd, (b, v) -> b.ssd(v),
                            "Show solid-state disks to the machine", "false")
                    .defaulted("discard", bool(), true, DiskOptions::discard, (b, v) -> b.discard(v),
                            "Free blocks on the storage that the machine trims", "false")
                    .defaulted("io_thread", bool(), true, DiskOptions::ioThread, (b, v) -> b.ioThread(v),
                            "An I/O thread per disk; with virtio-scsi-single", "false")
                    .optional("cache", oneOf("none", "writethrough", "writeback", "directsync", "unsafe"),
                            DiskOptions::cache, (b, v) -> b.cache(v), "none", "Cache mode", "writeback")
                    .defaulted("backup", bool(), true, DiskOptions::backup, (b, v) -> b.backup(v),
                            "Part of backups", "false")
                    .defaulted("replicate", bool(), true, DiskOptions::replicate, (b, v) -> b.replicate(v),
                            "Copied by replication jobs", "false");

    private static final Mapping<StartupOrder, VmDrafts.Startup> STARTUP =
            new Mapping<>("start-up order", VmDrafts.Startup::new, VmDrafts.Startup::build)
                    .required("order", integer(0, MAX_ORDER), StartupOrder::order, VmDrafts.Startup::order,
                            "Lower starts first and stops last", "1")
                    .optional("up", integer(0, MAX_DELAY_SECONDS), StartupOrder::upSeconds, VmDrafts.Startup::up,
                            "Proxmox' own", "Seconds until the next one starts", "30")
                    .optional("down", integer(0, MAX_DELAY_SECONDS), StartupOrder::downSeconds, VmDrafts.Startup::down,
                            "Proxmox' own", "Seconds that its shutdown may take", "120");

    static final Mapping<HighAvailability, HighAvailability.Builder> HA =
            new Mapping<>("high availability", HighAvailability::builder, HighAvailability.Builder::build)
                    .defaulted("hosts", list(text()), List.of(), HighAvailability::hosts, (b, v) -> b.hosts(v),
                            "Hosts that the machines prefer; without any all are equal", "[alpha, charlie]")
                    .defaulted("strict", bool(), false, HighAvailability::strict, (b, v) -> b.strict(v),
                            "Run on no other host, even if that means not to run", "true")
                    .defaulted("failback", bool(), true, HighAvailability::failback, (b, v) -> b.failback(v),
                            "Go back to a preferred host that is there again", "false")
                    .defaulted("apart", bool(), false, HighAvailability::apart, (b, v) -> b.apart(v),
                            "Never two machines of the pool on one host; on Proxmox VE 8 each only prefers a host of its own",
                            "true")
                    .optional("max_restart", integer(0, 100), HighAvailability::maxRestart, (b, v) -> b.maxRestart(v), "1",
                            "Times that a failed start is tried again on the same host", "2")
                    .optional("max_relocate", integer(0, 100), HighAvailability::maxRelocate, (b, v) -> b.maxRelocate(v), "1",
                            "Times that it is then tried on another host", "2");

    static final Mapping<VmSettings, VmSettings.Builder> VM =
            new Mapping<>("virtual machine settings", VmSettings::builder, VmSettings.Builder::build)
                    .optional("sockets", integer(1, MAX_SOCKETS), VmSettings::sockets, (b, v) -> b.sockets(v), "1",
                            "CPU sockets; the cores of the size are divided among them", "2")
                    .optional("cpu_type", text(), VmSettings::cpuType, (b, v) -> b.cpuType(v), "host",
                            "CPU type; a common one, such as x86-64-v2-AES, for live migration between unlike hosts",
                            "x86-64-v2-AES")
                    .optional("hardware_virtualization", bool(), VmSettings::hardwareVirtualization,
                            (b, v) -> b.hardwareVirtualization(v), "true",
                            "Use the host's CPU virtualisation; false only in labs whose hosts have none, very slow", "false")
                    .optional("numa", bool(), VmSettings::numa, (b, v) -> b.numa(v), "false", "Emulate NUMA", "true")
                    .optional("affinity", text(), VmSettings::affinity, (b, v) -> b.affinity(v), "all",
                            "CPUs of the host that it may run on", "0-3,8")
                    .optional("balloon", integer(0, SpecKeys.MAX_MEMORY_MIB), VmSettings::balloon, (b, v) -> b.balloon(v),
                            "0", "Memory in MiB that it keeps when the host takes some back; 0 for a fixed size, which a"
                                    + " kubelet counts on", "4096")
                    .optional("machine_type", text(), VmSettings::machineType, (b, v) -> b.machineType(v),
                            "Proxmox' own, q35 with UEFI", "Machine type", "q35")
                    .optional("firmware", choice(Firmware.class), VmSettings::firmware, (b, v) -> b.firmware(v),
                            "seabios, ovmf with secure_boot",
                            "What boots it: BIOS, UEFI in setup mode, or UEFI with the usual keys, which boots no Talos with"
                                    + " secure boot", "ovmf")
                    .optional("firmware_datastore", text(), VmSettings::firmwareDatastore, (b, v) -> b.firmwareDatastore(v),
                            "that of the system disk", "Storage of UEFI variables and TPM state", "local-lvm")
                    .optional("tpm", bool(), VmSettings::tpm, (b, v) -> b.tpm(v), "false, true with secure_boot",
                            "A TPM 2.0", "true")
                    .optional("scsi_controller", oneOf("virtio-scsi-single", "virtio-scsi-pci", "lsi", "lsi53c810",
                            "megasas", "pvscsi"), VmSettings::scsiController, (b, v) -> b.scsiController(v),
                            "virtio-scsi-single", "SCSI controller of the disks", "virtio-scsi-pci")
                    .optional("disks", DISKS, VmSettings::disks, (b, v) -> b.disks(v), "those below",
                            "How disks behave", "")
                    .optional("data_disks", DISKS, VmSettings::dataDisks, (b, v) -> b.dataDisks(v), "as disks",
                            "How disks other than the system disk behave", "{ backup: false }")
                    .optional("pool", text(), VmSettings::pool, (b, v) -> b.pool(v), "none",
                            "Resource pool it becomes a member of; the pool has to exist", "talos")
                    .defaulted("tags", list(text()), List.of(), VmSettings::tags, (b, v) -> b.tags(v),
                            "Tags beside the library's own; those of cluster, role, pool and machine are added up",
                            "[rack-a]")
                    .optional("startup", STARTUP, VmSettings::startup, (b, v) -> b.startup(v), "none",
                            "Place in the host's start-up order; needs Sys.Modify on /", "{ order: 1, up: 30 }")
                    .optional("start_on_boot", bool(), VmSettings::startOnBoot, (b, v) -> b.startOnBoot(v), "true",
                            "Start it with its host", "false")
                    .optional("protection", bool(), VmSettings::protection, (b, v) -> b.protection(v), "false",
                            "Let Proxmox refuse to delete it; planning the cluster's removal is refused while this is true",
                            "true")
                    .optional("description", text(), VmSettings::description, (b, v) -> b.description(v), "none",
                            "Text before the library's own lines in its description", "\"Ask storage@example.com\"");

    private VmKeys() {}
}
