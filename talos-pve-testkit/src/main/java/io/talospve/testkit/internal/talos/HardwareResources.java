package io.talospve.testkit.internal.talos;

import com.google.protobuf.ByteString;
import io.talospve.testkit.internal.world.Hardware;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A machine and the system that it boots, as its resources show them. */
final class HardwareResources {
    private final Cosi cosi;
    private final Hardware hardware;
    private final Hardware.BootImage image;

    HardwareResources(Cosi cosi, Hardware hardware, Hardware.BootImage image) {
        this.cosi = cosi;
        this.hardware = hardware;
        this.image = image;
    }

    /** Shows what does not change from one boot to the next. */
    void show(String hostname, String nodeId) {
        cosi.put(
                "runtime",
                "Versions.runtime.talos.dev",
                "version",
                "runtime.VersionController",
                new Wire().text(1, image.version()),
                Cosi.ordered("version", image.version()));
        String uuid = hardware.uuid().toString();
        cosi.put(
                "hardware",
                "SystemInformations.hardware.talos.dev",
                "systeminformation",
                "hardware.SystemInfoController",
                new Wire()
                        .text(1, "QEMU")
                        .text(2, "Standard PC (i440FX + PIIX, 1996)")
                        .text(3, "pc-i440fx-10.0")
                        .text(5, uuid)
                        .text(6, "Power Switch"),
                Cosi.ordered(
                        "manufacturer", "QEMU",
                        "productName", "Standard PC (i440FX + PIIX, 1996)",
                        "version", "pc-i440fx-10.0",
                        "uuid", uuid,
                        "wakeUpType", "Power Switch"));
        cosi.put(
                "runtime",
                "PlatformMetadatas.talos.dev",
                "platformmetadata",
                "network.PlatformConfigApplyController",
                new Wire().text(1, image.platform()).text(2, image.platform().equals("nocloud") ? hostname : ""),
                image.platform().equals("nocloud")
                        ? Cosi.ordered("platform", image.platform(), "hostname", hostname)
                        : Cosi.ordered("platform", image.platform()));
        cosi.put(
                "runtime",
                "SecurityStates.talos.dev",
                "securitystate",
                "runtime.SecurityStateController",
                new Wire(),
                Cosi.ordered("secureBoot", new Firmware(hardware.firmware()).enforces()));
        cosi.put(
                "cluster",
                "Identities.cluster.talos.dev",
                "local",
                "cluster.NodeIdentityController",
                new Wire().text(1, nodeId),
                Cosi.ordered("nodeId", nodeId));
        showExtensions();
        showDisks();
    }

    /** Shows whether the clock is in sync. */
    void showTime(boolean synced) {
        cosi.put(
                "runtime",
                "TimeStatuses.v1alpha1.talos.dev",
                "node",
                "time.SyncController",
                new Wire().flag(1, synced),
                Cosi.ordered("synced", synced, "epoch", 0, "syncDisabled", false));
    }

    /** Shows what kind of machine it is; null for one without a configuration. */
    void showMachineType(@Nullable MachineConfig config) {
        String type = config == null ? "unknown" : config.machineType();
        cosi.put(
                "config",
                "MachineTypes.config.talos.dev",
                "machine-type",
                "config.MachineTypeController",
                // A bare enum number, not a message.
                config == null ? ByteString.EMPTY : ByteString.copyFrom(new byte[] {8, (byte) machineType(type)}),
                type + "\n");
    }

    private static int machineType(String type) {
        return type.equals("init") ? 1 : type.equals("controlplane") ? 2 : 3;
    }

    private void showExtensions() {
        for (int i = 0; i < image.extensions().size(); i++) {
            String full = image.extensions().get(i);
            String name = full.substring(full.indexOf('/') + 1);
            Wire metadata = new Wire().text(1, name).text(2, image.version()).text(3, "Sidero Labs");
            cosi.put(
                    "runtime",
                    "ExtensionStatuses.runtime.talos.dev",
                    Integer.toString(i),
                    "runtime.ExtensionStatusController",
                    new Wire().text(1, "00" + i + "." + name + ".sqsh").message(2, metadata),
                    Cosi.ordered(
                            "image",
                            "00" + i + "." + name + ".sqsh",
                            "metadata",
                            Cosi.ordered("name", name, "version", image.version(), "author", "Sidero Labs")));
        }
        Wire metadata = new Wire().text(1, "schematic").text(2, image.schematic());
        cosi.put(
                "runtime",
                "ExtensionStatuses.runtime.talos.dev",
                Integer.toString(image.extensions().size()),
                "runtime.ExtensionStatusController",
                new Wire().message(2, metadata),
                Cosi.ordered(
                        "image", "", "metadata", Cosi.ordered("name", "schematic", "version", image.schematic())));
    }

    /** The disks in the order of their device names. */
    static List<Hardware.Disk> byDevice(Hardware hardware) {
        return hardware.disks().stream()
                .sorted(Comparator.comparing(Hardware.Disk::slot))
                .toList();
    }

    private void showDisks() {
        List<Hardware.Disk> disks = byDevice(hardware);
        for (int i = 0; i < disks.size(); i++) {
            DiskFacts facts = DiskFacts.of(disks.get(i), i);
            boolean system = disks.get(i).platter().content() instanceof Installed;
            Map<String, Object> yaml = Cosi.ordered(
                    "dev_path", facts.devicePath(),
                    "size", facts.size(),
                    "pretty_size", facts.prettySize(),
                    "io_size", 512,
                    "sector_size", 512,
                    "readonly", false,
                    "cdrom", false,
                    "model", "QEMU HARDDISK",
                    "modalias", "scsi:t-0x00",
                    "bus_path", facts.busPath(),
                    "sub_system", "/sys/class/block",
                    "transport", "virtio",
                    "rotational", true);
            if (!facts.wwid().isEmpty()) {
                yaml.put("wwid", facts.wwid());
            }
            cosi.put(
                    "runtime",
                    "Disks.block.talos.dev",
                    facts.name(),
                    "block.DisksController",
                    new Wire()
                            .number(1, facts.size())
                            .number(2, 512)
                            .number(3, 512)
                            .text(5, "QEMU HARDDISK")
                            .text(7, "scsi:t-0x00")
                            .text(8, facts.wwid())
                            .text(9, facts.busPath())
                            .text(10, "/sys/class/block")
                            .text(11, "virtio")
                            .flag(12, true)
                            .text(14, facts.devicePath())
                            .text(15, facts.prettySize()),
                    yaml);
            volume(facts.name(), "disk", facts.size(), system ? "gpt" : "", "", facts.devicePath(), "");
            if (system) {
                String[][] parts = {{"1", "", "BIOS"}, {"2", "xfs", "BOOT"}, {"3", "talosmeta", "META"}, {"4", "xfs", "STATE"}, {"5", "xfs", "EPHEMERAL"}};
                for (String[] part : parts) {
                    volume(facts.name() + part[0], "partition", 0, part[1], part[2], facts.devicePath() + part[0], facts.name());
                }
                cosi.put(
                        "runtime",
                        "SystemDisks.block.talos.dev",
                        "system-disk",
                        "block.SystemDiskController",
                        new Wire().text(1, facts.name()).text(2, facts.devicePath()),
                        Cosi.ordered("diskID", facts.name(), "devPath", facts.devicePath()));
            }
        }
        hardware.cloudInit().ifPresent(drive ->
                volume("sr1", "disk", 4 << 20, "iso9660", "cidata", "/dev/sr1", ""));
    }

    private void volume(
            String id, String type, long size, String name, String label, String device, String parent) {
        Map<String, Object> yaml = Cosi.ordered("type", type, "device_path", "", "dev_path", device, "size", size);
        if (!name.isEmpty()) {
            yaml.put("name", name);
        }
        if (!label.isEmpty()) {
            yaml.put(type.equals("partition") ? "partition_label" : "label", label);
        }
        if (!parent.isEmpty()) {
            yaml.put("parent", parent);
        }
        cosi.put(
                "runtime",
                "DiscoveredVolumes.block.talos.dev",
                id,
                "block.DiscoveryController",
                new Wire()
                        .number(1, size)
                        .number(2, 512)
                        .text(4, name)
                        .text(6, type.equals("partition") ? "" : label)
                        .text(12, type.equals("partition") ? label : "")
                        .text(14, type)
                        .text(16, parent)
                        .text(17, device),
                yaml);
    }
}
