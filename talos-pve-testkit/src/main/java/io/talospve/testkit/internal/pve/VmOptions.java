package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.integer;
import static io.talospve.testkit.internal.pve.Param.number;
import static io.talospve.testkit.internal.pve.Param.oneOf;
import static io.talospve.testkit.internal.pve.Param.string;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The options of a virtual machine's configuration: their rules, and which privilege changes them. Immutable. */
final class VmOptions {
    /** Numbered options with their highest number. */
    static final Map<String, Integer> NUMBERED = Map.ofEntries(
            Map.entry("net", 31), Map.entry("scsi", 30), Map.entry("virtio", 15), Map.entry("sata", 5),
            Map.entry("ide", 3), Map.entry("ipconfig", 31), Map.entry("numa", 7), Map.entry("hostpci", 15),
            Map.entry("usb", 13), Map.entry("serial", 3), Map.entry("parallel", 2), Map.entry("unused", 255),
            Map.entry("virtiofs", 9));

    private static final Pattern DRIVE = Pattern.compile("(ide[0-3]|scsi([0-9]|[12][0-9]|30)|virtio([0-9]|1[0-5])"
            + "|sata[0-5]|efidisk0|tpmstate0)");
    private static final Set<String> NUMBERS = Set.of(
            "acpi", "autostart", "balloon", "ciupgrade", "cores", "cpuunits", "freeze", "keephugepages", "kvm",
            "localtime", "migrate_speed", "numa", "onboot", "protection", "reboot", "shares", "smp", "sockets",
            "tablet", "tdf", "template", "vcpus", "allow-ksm");
    private static final Set<String> FAST = Set.of(
            "description", "hookscript", "lock", "migrate_downtime", "migrate_speed", "name", "onboot", "protection",
            "shares", "startup", "tags", "vmstatestorage");
    private static final Set<String> ROOT_ONLY = Set.of("args", "lock");
    private static final List<String> NIC_MODELS = List.of(
            "e1000", "e1000-82540em", "e1000-82544gc", "e1000-82545em", "e1000e", "i82551", "i82557b", "i82559er",
            "ne2k_isa", "ne2k_pci", "pcnet", "rtl8139", "virtio", "vmxnet3");

    private final boolean nine;
    private final Map<String, Param> options = new LinkedHashMap<>();
    private final Map<String, PropertyString> strings = new LinkedHashMap<>();

    VmOptions(boolean nine) {
        this.nine = nine;
        plainOptions();
        hardwareOptions();
        cloudInitOptions();
        driveOptions();
        if (nine) {
            add(bool("allow-ksm"));
            text("intel-tdx", new PropertyString("type", string("type").must(), bool("attestation"),
                    integer("quote-generation-socket")), -1);
        }
    }

    private void add(Param p) {
        options.put(p.name(), p);
    }

    private void text(String name, PropertyString format, int maxLength) {
        strings.put(name, format);
        Param p = string(NUMBERED.containsKey(name) ? name + "[n]" : name).format(format);
        add(maxLength > 0 ? p.maxLength(maxLength) : p);
    }

    private void plainOptions() {
        for (String flag : List.of("acpi", "autostart", "freeze", "keephugepages", "kvm", "localtime", "numa",
                "onboot", "protection", "reboot", "tablet", "tdf", "template")) {
            add(bool(flag));
        }
        add(string("affinity").format(Formats::cpuset));
        add(oneOf("arch", "x86_64", "aarch64"));
        add(string("args"));
        add(integer("balloon").min(0));
        add(oneOf("bios", "seabios", "ovmf"));
        add(string("boot").format(this::boot));
        add(string("bootdisk").pattern("(ide|sata|scsi|virtio)\\d+"));
        add(string("cdrom"));
        add(integer("cores").min(1));
        add(number("cpulimit").min(0).max(128));
        add(integer("cpuunits").min(1).max(262144));
        add(string("description").maxLength(8192));
        add(string("hookscript").format(VmOptions::volumeId));
        add(string("hotplug").format(VmOptions::hotplug));
        add(oneOf("hugepages", "any", "2", "1024"));
        add(oneOf("keyboard", "de", "de-ch", "da", "en-gb", "en-us", "es", "fi", "fr", "fr-be", "fr-ca", "fr-ch",
                "hu", "is", "it", "ja", "lt", "mk", "nl", "no", "pl", "pt", "pt-br", "sv", "sl", "tr"));
        add(oneOf("lock", "backup", "clone", "create", "migrate", "rollback", "snapshot", "snapshot-delete",
                "suspending", "suspended"));
        add(number("migrate_downtime").min(0));
        add(integer("migrate_speed").min(0));
        add(string("name").format(Formats::dnsName));
        add(oneOf("ostype", "other", "wxp", "w2k", "w2k3", "w2k8", "wvista", "win7", "win8", "win10", "win11", "l24",
                "l26", "solaris"));
        add(oneOf("scsihw", "lsi", "lsi53c810", "virtio-scsi-pci", "virtio-scsi-single", "megasas", "pvscsi"));
        add(integer("shares").min(0).max(50000));
        add(integer("smp").min(1));
        add(integer("sockets").min(1));
        add(string("startdate").pattern("(now|\\d{4}-\\d{1,2}-\\d{1,2}(T\\d{1,2}:\\d{1,2}:\\d{1,2})?)"));
        add(string("startup").format(VmOptions::startup));
        add(string("tags").format(Formats::tags));
        add(integer("vcpus").min(1));
        add(string("vmgenid").pattern("(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])"));
        add(string("vmstatestorage").format(Formats::storageId));
    }

    private void hardwareOptions() {
        text("agent", new PropertyString("enabled",
                nine ? Map.of("freeze-fs-on-backup", "freeze-fs", "guest-fsfreeze", "freeze-fs") : Map.of(),
                Map.of(),
                List.of(bool("enabled").must(), bool("fstrim_cloned_disks"), oneOf("type", "virtio", "isa"),
                        bool(nine ? "freeze-fs" : "freeze-fs-on-backup"))), -1);
        text("amd-sev", new PropertyString("type", string("type").must(), bool("allow-smt"), bool("kernel-hashes"),
                bool("no-debug"), bool("no-key-sharing")), -1);
        text("audio0", new PropertyString(null, oneOf("device", "ich9-intel-hda", "intel-hda", "AC97").must(),
                oneOf("driver", "spice", "none")), -1);
        PropertyString cpu = new PropertyString("cputype",
                string("cputype"), string("flags"), bool("hidden"),
                string("hv-vendor-id"), string("phys-bits"), string("guest-phys-bits"), string("reported-model"),
                string("level"));
        strings.put("cpu", cpu);
        add(string("cpu").format(v -> cpuType(cpu.parse(v).getOrDefault("cputype", "kvm64"))));
        text("hostpci", new PropertyString("host", string("host"), string("mapping").format(Formats::configId),
                string("device-id"), bool("legacy-igd"), string("mdev"), bool("pcie"), bool("rombar"),
                string("romfile"), string("sub-device-id"), string("sub-vendor-id"), string("vendor-id"),
                bool("x-vga")), -1);
        text("ivshmem", new PropertyString(null, string("name").pattern("[a-zA-Z0-9\\-]+"),
                integer("size").min(1).must()), -1);
        List<Param> machine = new ArrayList<>(List.of(
                string("type").maxLength(40).pattern("(pc|pc(-i440fx)?-\\d+(\\.\\d+)+(\\+pve\\d+)?(\\.pxe)?|q35"
                        + "|pc-q35-\\d+(\\.\\d+)+(\\+pve\\d+)?(\\.pxe)?|virt(?:-\\d+(\\.\\d+)+)?(\\+pve\\d+)?)"),
                bool("enable-s3"), bool("enable-s4"), oneOf("viommu", "intel", "virtio")));
        if (nine) {
            machine.add(number("aw-bits").min(32).max(64));
        }
        text("machine", new PropertyString("type", machine.toArray(Param[]::new)), -1);
        text("memory", new PropertyString("current", integer("current").min(16).must()), -1);
        List<Param> nic = new ArrayList<>(List.of(
                Param.oneOf("model", NIC_MODELS.toArray(String[]::new)).must(),
                string("bridge").format(Formats::bridge), bool("firewall"), bool("link_down"),
                string("macaddr").format(Formats::mac), integer("mtu").min(1).max(65520),
                integer("queues").min(0).max(64), number("rate").min(0), integer("tag").min(1).max(4094),
                string("trunks").pattern("\\d+(?:-\\d+)?(?:;\\d+(?:-\\d+)?)*")));
        if (nine) {
            nic.add(bool("host-tunnel"));
        }
        Map<String, String> byModel = new LinkedHashMap<>();
        NIC_MODELS.forEach(m -> byModel.put(m, "model macaddr"));
        PropertyString net = new PropertyString("model", Map.of(), byModel, nic);
        text("net", net, -1);
        text("numa", new PropertyString(null, string("cpus").must(), string("hostnodes"), number("memory"),
                oneOf("policy", "preferred", "bind", "interleave")), -1);
        text("parallel", new PropertyString("host", string("host").pattern("/dev/parport\\d+|/dev/usb/lp\\d+")), -1);
        text("rng0", new PropertyString("source", oneOf("source", "/dev/urandom", "/dev/random", "/dev/hwrng").must(),
                integer("max_bytes"), integer("period")), -1);
        add(string("serial[n]").pattern(nine ? "(/dev/[^,]+|socket)" : "(/dev/.+|socket)"));
        text("smbios1", new PropertyString(null,
                string("uuid").pattern("[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}"), string("version"),
                string("serial"), string("manufacturer"), string("product"), string("sku"), string("family"),
                bool("base64")), 512);
        text("spice_enhancements", new PropertyString(null, bool("foldersharing"),
                oneOf("videostreaming", "off", "all", "filter")), -1);
        text("unused", new PropertyString("file", Map.of("volume", "file"), Map.of(),
                List.of(string("file").must())), -1);
        text("usb", new PropertyString("host", string("host"), string("mapping").format(Formats::configId),
                bool("usb3")), -1);
        text("vga", new PropertyString("type", oneOf("type", "cirrus", "qxl", "qxl2", "qxl3", "qxl4", "none",
                "serial0", "serial1", "serial2", "serial3", "std", "virtio", "virtio-gl", "vmware"),
                integer("memory").min(4).max(512), oneOf("clipboard", "vnc")), -1);
        text("virtiofs", new PropertyString("dirid", string("dirid").must(), oneOf("cache", "auto", "always",
                "metadata", "never"), bool("direct-io"), bool("expose-acl"), bool("expose-xattr")), -1);
        text("watchdog", new PropertyString("model", oneOf("model", "i6300esb", "ib700"),
                oneOf("action", "reset", "shutdown", "poweroff", "pause", "debug", "none")), -1);
    }

    private void cloudInitOptions() {
        text("cicustom", new PropertyString(null, string("meta").format(VmOptions::volumeId),
                string("network").format(VmOptions::volumeId), string("user").format(VmOptions::volumeId),
                string("vendor").format(VmOptions::volumeId)), -1);
        add(string("cipassword"));
        add(oneOf("citype", "configdrive2", "nocloud", "opennebula"));
        add(bool("ciupgrade"));
        add(string("ciuser"));
        text("ipconfig", new PropertyString(null, string("ip").format(VmOptions::ip4), string("gw").format(v -> {
            if (!Formats.isIpv4(v)) {
                throw new IllegalArgumentException("value does not look like a valid IPv4 address");
            }
        }), string("ip6").format(VmOptions::ip6), string("gw6")), -1);
        add(string("nameserver").format(Formats::addressList));
        add(string("searchdomain"));
        add(string("sshkeys").format(Formats::urlEncoded));
    }

    private void driveOptions() {
        for (String bus : List.of("ide", "sata", "scsi", "virtio")) {
            text(bus, new PropertyString("file", Map.of("volume", "file", "bps_rd_length", "bps_rd_max_length",
                    "bps_wr_length", "bps_wr_max_length", "iops_rd_length", "iops_rd_max_length", "iops_wr_length",
                    "iops_wr_max_length"), Map.of(), drive(bus)), -1);
        }
        List<Param> efi = new ArrayList<>(List.of(string("file").must(), oneOf("efitype", "2m", "4m"), format(),
                string("import-from"), bool("pre-enrolled-keys"), string("size").format(Formats::diskSize)));
        efi.add(oneOf("ms-cert", "2011", "2023", "2023w", "2023k"));
        text("efidisk0", new PropertyString("file", Map.of("volume", "file"), Map.of(), efi), -1);
        List<Param> tpm = new ArrayList<>(List.of(string("file").must(), string("import-from"),
                string("size").format(Formats::diskSize), oneOf("version", "v1.2", "v2.0")));
        if (nine) {
            tpm.add(oneOf("format", "raw", "qcow2", "vmdk"));
        }
        text("tpmstate0", new PropertyString("file", Map.of("volume", "file"), Map.of(), tpm), -1);
    }

    private static Param format() {
        return oneOf("format", "raw", "qcow", "qed", "qcow2", "vmdk", "cloop");
    }

    private List<Param> drive(String bus) {
        List<Param> all = new ArrayList<>(List.of(
                string("file").must(), oneOf("aio", "native", "threads", "io_uring"), bool("backup"),
                oneOf("cache", "none", "writethrough", "writeback", "unsafe", "directsync"), bool("detect_zeroes"),
                oneOf("discard", "ignore", "on"), format(), string("import-from"), oneOf("media", "cdrom", "disk"),
                bool("replicate"), oneOf("rerror", "ignore", "report", "stop"),
                string("serial").format(Formats::urlEncoded).maxLength(60), bool("shared"),
                string("size").format(Formats::diskSize), bool("snapshot"),
                oneOf("werror", "enospc", "ignore", "report", "stop")));
        for (String limit : List.of("bps", "bps_rd", "bps_wr", "iops", "iops_rd", "iops_wr", "iops_max",
                "iops_rd_max", "iops_wr_max")) {
            all.add(integer(limit));
        }
        for (String limit : List.of("bps_max_length", "bps_rd_max_length", "bps_wr_max_length", "iops_max_length",
                "iops_rd_max_length", "iops_wr_max_length")) {
            all.add(integer(limit).min(1));
        }
        for (String limit : List.of("mbps", "mbps_max", "mbps_rd", "mbps_rd_max", "mbps_wr", "mbps_wr_max")) {
            all.add(number(limit));
        }
        if (!nine) {
            all.addAll(List.of(integer("cyls"), integer("heads"), integer("secs"), oneOf("trans", "none", "lba", "auto")));
        }
        if (!bus.equals("virtio")) {
            all.add(bool("ssd"));
            all.add(string("wwn").pattern("(0x)[0-9a-fA-F]{16}"));
        }
        if (bus.equals("ide")) {
            all.add(string("model").format(Formats::urlEncoded).maxLength(120));
        }
        if (bus.equals("scsi") || bus.equals("virtio")) {
            all.add(bool("iothread"));
            all.add(bool("ro"));
        }
        if (bus.equals("scsi")) {
            all.add(integer("queues").min(2));
            all.add(bool("scsiblock"));
            all.add(string("product").pattern("[A-Za-z0-9\\-_\\s]{0,16}"));
            all.add(string("vendor").pattern("[A-Za-z0-9\\-_\\s]{0,8}"));
        }
        return all;
    }

    // ---- formats that only virtual machines have ----

    private static void volumeId(String value) {
        if (!value.matches("[^:\\s]+:\\S+")) {
            throw new IllegalArgumentException("unable to parse volume ID '" + value + "'\n");
        }
    }

    private static void ip4(String value) {
        if (!value.equals("dhcp")) {
            Formats.cidr4(value);
        }
    }

    private static void ip6(String value) {
        if (!value.equals("dhcp") && !value.equals("auto")) {
            Formats.cidr6(value);
        }
    }

    private static void cpuType(String value) {
        if (value.startsWith("custom-")) {
            throw new IllegalArgumentException("Custom cputype '" + value.substring(7) + "' not found");
        }
        if (!value.matches("[A-Za-z0-9_.+-]+")) {
            throw new IllegalArgumentException("Built-in cputype '" + value + "' is not defined");
        }
    }

    private static void startup(String value) {
        for (String part : value.split(",")) {
            if (!part.strip().matches("(order=)?\\d+|(up|down)=\\d+")) {
                throw new IllegalArgumentException("unable to parse startup options");
            }
        }
    }

    private static void hotplug(String value) {
        if (value.equals("0") || value.equals("1")) {
            return;
        }
        for (String feature : Formats.list(value)) {
            if (!List.of("network", "disk", "cpu", "memory", "usb", "cloudinit").contains(feature)) {
                throw new IllegalArgumentException("invalid hotplug feature '" + feature + "'");
            }
        }
    }

    private void boot(String value) {
        if (value.isBlank()) {
            return;
        }
        if (value.startsWith("order=") || value.startsWith("legacy=")) {
            String order = value.substring(value.indexOf('=') + 1);
            if (value.startsWith("order=")) {
                for (String device : order.split(";")) {
                    if (!device.isEmpty() && !bootable(device)) {
                        throw new IllegalArgumentException("invalid boot device '" + device + "'");
                    }
                }
            }
            return;
        }
        if (!value.matches("[acdn]{1,4}")) {
            throw new IllegalArgumentException("invalid boot order '" + value + "'");
        }
    }

    private static boolean bootable(String device) {
        return device.matches("(net([0-9]|[12][0-9]|3[01])|usb([0-9]|1[0-3])|hostpci([0-9]|1[0-5]))")
                || (isDrive(device) && !device.equals("efidisk0") && !device.equals("tpmstate0"));
    }

    // ---- questions ----

    /** All options, numbered ones by their stem. */
    List<Param> all() {
        return List.copyOf(options.values());
    }

    /** Whether this release has an option of this name. */
    boolean knows(String name) {
        return Schema.of(nine, List.of()).with(all(), NUMBERED).find(name) != null;
    }

    static boolean isDrive(String name) {
        return DRIVE.matcher(name).matches();
    }

    static boolean isNic(String name) {
        return name.matches("net\\d+");
    }

    static String stem(String name) {
        return name.equals("efidisk0") || name.equals("tpmstate0") || name.equals("rng0") || name.equals("audio0")
                        || name.equals("smbios1")
                ? name
                : name.replaceAll("\\d+$", "");
    }

    /** The rules of a property string. */
    PropertyString rules(String name) {
        return Optional.ofNullable(strings.get(stem(name))).orElseThrow(() -> new IllegalStateException(name));
    }

    /** Whether JSON shows the value as a number. */
    static boolean numeric(String name) {
        return NUMBERS.contains(name);
    }

    /** Whether a change reaches a running machine at once. */
    static boolean live(String name) {
        return FAST.contains(name) || cloudInit(name) || name.startsWith("unused");
    }

    static boolean cloudInit(String name) {
        return name.startsWith("ipconfig")
                || Set.of("cicustom", "cipassword", "citype", "ciupgrade", "ciuser", "nameserver", "searchdomain",
                        "sshkeys").contains(name);
    }

    /** Whether only root@pam itself may set it. */
    static boolean rootOnly(String name) {
        return ROOT_ONLY.contains(name);
    }

    /** The privileges of which one suffices to change an option. */
    static Set<String> privilege(String name) {
        String stem = stem(name).toLowerCase(Locale.ROOT);
        if (isDrive(name) || stem.equals("unused") || Set.of("boot", "bootdisk", "vmstatestorage").contains(name)) {
            return Set.of("VM.Config.Disk");
        }
        if (isNic(name)) {
            return Set.of("VM.Config.Network");
        }
        if (cloudInit(name)) {
            return Set.of("VM.Config.Cloudinit", "VM.Config.Network");
        }
        return switch (stem) {
            case "cdrom" -> Set.of("VM.Config.CDROM");
            case "cores", "cpu", "cpulimit", "cpuunits", "sockets", "vcpus", "smp", "numa", "affinity", "amd-sev",
                    "intel-tdx" -> Set.of("VM.Config.CPU");
            case "memory", "balloon", "shares", "hugepages", "keephugepages", "allow-ksm" ->
                    Set.of("VM.Config.Memory");
            case "acpi", "arch", "audio0", "hotplug", "ivshmem", "kvm", "machine", "rng0", "scsihw", "serial", "smbios1",
                    "tablet", "vga", "watchdog", "usb", "hostpci", "parallel", "virtiofs", "spice_enhancements",
                    "vmgenid" -> Set.of("VM.Config.HWType");
            default -> Set.of("VM.Config.Options");
        };
    }
}
