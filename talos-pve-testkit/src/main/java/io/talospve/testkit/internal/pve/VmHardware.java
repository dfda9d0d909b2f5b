package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Hardware;
import io.talospve.testkit.internal.world.Hardware.BootImage;
import io.talospve.testkit.internal.world.Hardware.CloudInit;
import io.talospve.testkit.internal.world.Hardware.NicConfig;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.Volume;
import io.talospve.testkit.internal.world.World;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** What a virtual machine's configuration makes of it. */
final class VmHardware {
    private final World world;
    private final VmOptions options;

    VmHardware(World world, VmOptions options) {
        this.world = world;
        this.options = options;
    }

    /** The hardware that a configuration describes, the machine being where it is. */
    Hardware of(Vm vm) {
        Map<String, String> config = vm.config();
        List<String> order = bootOrder(config);
        List<Hardware.Disk> disks = new ArrayList<>();
        Optional<BootImage> iso = Optional.empty();
        int isoAt = Integer.MAX_VALUE;
        int diskAt = Integer.MAX_VALUE;
        for (String slot : drives(config)) {
            Map<String, String> drive = options.rules(slot).parse(config.get(slot));
            Optional<Volume> volume = world.volume(vm.host(), drive.get("file"));
            int place = order.contains(slot) ? order.indexOf(slot) : Integer.MAX_VALUE;
            if ("cdrom".equals(drive.get("media"))) {
                if (place < isoAt && volume.flatMap(Volume::image).isPresent()) {
                    iso = volume.get().image();
                    isoAt = place;
                }
            } else if (volume.isPresent() && !slot.equals("efidisk0") && !slot.equals("tpmstate0")) {
                disks.add(new Hardware.Disk(slot, Optional.ofNullable(drive.get("wwn")), volume.get().sizeBytes(),
                        volume.get().platter()));
                diskAt = Math.min(diskAt, place);
            }
        }
        disks.sort(Comparator.comparingInt(d -> order.contains(d.slot()) ? order.indexOf(d.slot()) : 1000));
        return new Hardware(
                vm.name(),
                uuid(config),
                Integer.parseInt(config.getOrDefault("cores", "1"))
                        * Integer.parseInt(config.getOrDefault("sockets", "1")),
                Integer.parseInt(options.rules("memory").parse(config.getOrDefault("memory", "512")).get("current")),
                nics(config),
                List.copyOf(disks),
                iso,
                iso.isPresent() && isoAt < diskAt,
                cloudInit(vm, config),
                agent(config),
                firmware(vm, config));
    }

    private Hardware.Firmware firmware(Vm vm, Map<String, String> config) {
        Map<String, String> efi = drive(config, "efidisk0");
        Map<String, String> tpm = drive(config, "tpmstate0");
        return new Hardware.Firmware(
                "ovmf".equals(config.get("bios")),
                "1".equals(efi.get("pre-enrolled-keys")),
                Optional.ofNullable(efi.get("file"))
                        .flatMap(file -> world.volume(vm.host(), file))
                        .map(Volume::platter),
                "v2.0".equals(tpm.get("version")));
    }

    private Map<String, String> drive(Map<String, String> config, String slot) {
        return config.containsKey(slot) ? options.rules(slot).parse(config.get(slot)) : Map.of();
    }

    /** Names of the drives in Proxmox's own order. */
    static List<String> drives(Map<String, String> config) {
        return config.keySet().stream()
                .filter(VmOptions::isDrive)
                .sorted(Comparator.comparingInt(VmHardware::rank).thenComparingInt(VmHardware::index))
                .toList();
    }

    private static int rank(String drive) {
        return List.of("ide", "scsi", "virtio", "sata", "efidisk", "tpmstate").indexOf(drive.replaceAll("\\d+$", ""));
    }

    private static int index(String drive) {
        return Integer.parseInt(drive.replaceAll("^\\D+", ""));
    }

    boolean agent(Map<String, String> config) {
        return config.containsKey("agent")
                && "1".equals(options.rules("agent").parse(config.get("agent")).get("enabled"));
    }

    private static UUID uuid(Map<String, String> config) {
        for (String part : config.getOrDefault("smbios1", "").split(",")) {
            if (part.startsWith("uuid=")) {
                return UUID.fromString(part.substring(5));
            }
        }
        return new UUID(0, 0);
    }

    private static List<String> bootOrder(Map<String, String> config) {
        String boot = config.getOrDefault("boot", "");
        return boot.startsWith("order=") ? List.of(boot.substring(6).split(";")) : List.of();
    }

    private List<Hardware.Nic> nics(Map<String, String> config) {
        return numbered(config, "net").entrySet().stream()
                .map(e -> options.rules("net0").parse(e.getValue()))
                .map(n -> new Hardware.Nic(n.getOrDefault("macaddr", ""), n.getOrDefault("bridge", "")))
                .toList();
    }

    private static final Pattern DIGITS = Pattern.compile("\\d+");

    /** Values of numbered options by number. */
    static Map<Integer, String> numbered(Map<String, String> config, String stem) {
        Map<Integer, String> found = new java.util.TreeMap<>();
        config.forEach((k, v) -> {
            if (k.startsWith(stem) && DIGITS.matcher(k.substring(stem.length())).matches()) {
                found.put(Integer.parseInt(k.substring(stem.length())), v);
            }
        });
        return new LinkedHashMap<>(found);
    }

    private Optional<CloudInit> cloudInit(Vm vm, Map<String, String> config) {
        boolean drive = drives(config).stream().anyMatch(d -> isCloudInit(config.get(d)));
        if (!drive) {
            return Optional.empty();
        }
        Map<Integer, String> nets = numbered(config, "net");
        List<NicConfig> nics = new ArrayList<>();
        numbered(config, "ipconfig").forEach((number, value) -> {
            if (!nets.containsKey(number)) {
                return;
            }
            String mac = options.rules("net0").parse(nets.get(number)).getOrDefault("macaddr", "")
                    .toLowerCase(Locale.ROOT);
            Map<String, String> ip = options.rules("ipconfig0").parse(value);
            List<String> addresses = new ArrayList<>();
            List<String> gateways = new ArrayList<>();
            boolean dhcp = "dhcp".equals(ip.get("ip"));
            if (ip.containsKey("ip") && !dhcp) {
                addresses.add(ip.get("ip"));
            }
            if (ip.containsKey("gw")) {
                gateways.add(ip.get("gw"));
            }
            if (ip.containsKey("ip6") && ip.get("ip6").contains("/")) {
                addresses.add(ip.get("ip6"));
            }
            if (ip.containsKey("gw6")) {
                gateways.add(ip.get("gw6"));
            }
            nics.add(new NicConfig(mac, List.copyOf(addresses), List.copyOf(gateways), dhcp));
        });
        List<String> servers = config.containsKey("nameserver")
                ? Formats.list(config.get("nameserver"))
                : List.of("127.0.0.1");
        return Optional.of(new CloudInit(config.getOrDefault("name", "VM" + vm.vmid()), List.copyOf(nics), servers));
    }

    /** Whether a drive is the cloud-init drive. */
    static boolean isCloudInit(String value) {
        return value.contains("cloudinit") && value.contains("media=cdrom");
    }
}
