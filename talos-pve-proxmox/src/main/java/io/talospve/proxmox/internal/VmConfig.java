package io.talospve.proxmox.internal;

import io.talospve.spec.Cidr;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmDetails.StaticAddress;
import io.talospve.spi.VmDisk;
import io.talospve.spi.VmNic;
import io.talospve.spi.VmRef;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** Reads a VM's configuration as {@code GET …/config} gives it into values that compare by meaning. */
public final class VmConfig {
    private static final Pattern DISK_SLOT = Pattern.compile("(ide|sata|scsi|virtio)(\\d+)");
    private static final Pattern NIC_SLOT = Pattern.compile("net(\\d+)");
    private static final Pattern MAC = Pattern.compile("[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}");
    /** Proxmox' default when the configuration names none. */
    private static final int DEFAULT_MEMORY = 512;

    private VmConfig() {}

    /** A configuration together with what is known about the power state. */
    public static VmDetails read(VmRef ref, JsonNode config, boolean running) {
        String name = Fields.text(config, "name");
        String lock = Fields.text(config, "lock");
        VmDetails.Builder vm = VmDetails.builder();
        vm.ref(ref)
                .name(name.isEmpty() ? "VM " + ref.vmid() : name)
                .description(Fields.text(config, "description"))
                .uuid(uuid(Fields.text(config, "smbios1")))
                .running(running)
                .lock(lock.isEmpty() ? Optional.empty() : Optional.of(lock))
                .template(Fields.flag(config, "template"))
                .protection(Fields.flag(config, "protection"))
                .cores((int) (Fields.number(config, "cores", 1) * Fields.number(config, "sockets", 1)))
                .memoryMiB(memory(Fields.text(config, "memory")))
                .disks(disks(config))
                .nics(nics(config))
                .staticAddresses(staticAddresses(config))
                .isoVolumes(isoVolumes(config))
                .tags(Tags.parse(Fields.text(config, "tags")));
        return vm.build();
    }

    private static Optional<UUID> uuid(String smbios) {
        return PropertyString.parse(smbios).get("uuid").flatMap(text -> {
            try {
                return Optional.of(UUID.fromString(text));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        });
    }

    /** A number, or a property string with the current size first. */
    private static int memory(String text) {
        return PropertyString.parse(text)
                .bareOr("current")
                .filter(digits -> digits.matches("\\d{1,9}"))
                .map(Integer::parseInt)
                .orElse(DEFAULT_MEMORY);
    }

    private static List<VmDisk> disks(JsonNode config) {
        List<VmDisk> disks = new ArrayList<>();
        for (String slot : driveSlots(config)) {
            PropertyString drive = PropertyString.parse(Fields.text(config, slot));
            int colon = volume(drive).indexOf(':');
            if (isCdrom(drive) || colon <= 0) {
                continue;
            }
            disks.add(new VmDisk(
                    slot,
                    volume(drive).substring(0, colon),
                    DiskSize.gib(drive.get("size").orElse("")),
                    drive.get("wwn").map(wwn -> wwn.toLowerCase(Locale.ROOT)).orElse(null)));
        }
        disks.sort(Comparator.comparing((VmDisk disk) -> bus(disk.slot())).thenComparingInt(disk -> index(disk.slot())));
        return disks;
    }

    /** The cloud-init drive is a CD-ROM too, but its volume is no image: images are in a storage's {@code iso/}. */
    private static Set<String> isoVolumes(JsonNode config) {
        Set<String> volumes = new TreeSet<>();
        for (String slot : driveSlots(config)) {
            PropertyString drive = PropertyString.parse(Fields.text(config, slot));
            if (isCdrom(drive) && volume(drive).contains(":iso/")) {
                volumes.add(volume(drive));
            }
        }
        return volumes;
    }

    private static List<String> driveSlots(JsonNode config) {
        return config.propertyNames().stream()
                .filter(key -> DISK_SLOT.matcher(key).matches())
                .toList();
    }

    private static boolean isCdrom(PropertyString drive) {
        return drive.get("media").filter("cdrom"::equals).isPresent();
    }

    private static String volume(PropertyString drive) {
        return drive.bareOr("file").or(() -> drive.get("volume")).orElse("");
    }

    private static String bus(String slot) {
        return slot.replaceAll("\\d+$", "");
    }

    private static int index(String slot) {
        return Integer.parseInt(slot.replaceAll("^\\D+", ""));
    }

    /** Of every NIC with both an address (ipconfigN) and a bridge (netN). */
    private static Set<StaticAddress> staticAddresses(JsonNode config) {
        Set<StaticAddress> addresses = new LinkedHashSet<>();
        for (String key : config.propertyNames()) {
            Matcher slot = NIC_SLOT.matcher(key);
            if (!slot.matches()) {
                continue;
            }
            PropertyString nic = PropertyString.parse(Fields.text(config, key));
            PropertyString ip = PropertyString.parse(Fields.text(config, "ipconfig" + slot.group(1)));
            Optional<Integer> vlan = nic.get("tag").filter(tag -> tag.matches("\\d{1,4}")).map(Integer::valueOf);
            for (String family : List.of("ip", "ip6")) {
                ip.get(family).map(text -> text.replaceFirst("/.*", "")).filter(Cidr::isAddress).ifPresent(address ->
                        nic.get("bridge").ifPresent(bridge -> addresses.add(new StaticAddress(bridge, vlan, address))));
            }
        }
        return addresses;
    }

    private static List<VmNic> nics(JsonNode config) {
        List<VmNic> nics = new ArrayList<>();
        for (String key : config.propertyNames()) {
            Matcher slot = NIC_SLOT.matcher(key);
            if (!slot.matches()) {
                continue;
            }
            PropertyString nic = PropertyString.parse(Fields.text(config, key));
            // the model's name is the key of the MAC address: virtio=BC:24:11:…
            String mac = nic.parts().values().stream()
                    .filter(value -> MAC.matcher(value).matches())
                    .findFirst()
                    .orElse("");
            nics.add(new VmNic(
                    Integer.parseInt(slot.group(1)), nic.get("bridge").orElse(null), mac.toLowerCase(Locale.ROOT)));
        }
        nics.sort(Comparator.comparingInt(VmNic::index));
        return nics;
    }
}
