package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Checksums;
import io.talospve.testkit.internal.world.Storage;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.Volume;
import io.talospve.testkit.internal.world.World;
import io.talospve.testkit.internal.world.WorldError;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The disks of virtual machines: what a value may say, allocation, removal. Needs the world's lock. */
final class VmDisks {
    private static final Pattern NEW_DISK = Pattern.compile("([^/:\\s]+):(\\d+(\\.\\d+)?)");

    private final World world;
    private final VmOptions options;

    VmDisks(World world, VmOptions options) {
        this.world = world;
        this.options = options;
    }

    /** Checks a drive as far as Proxmox does before it starts a task. */
    void check(Call call, String host, int vmid, Optional<String> pool, String slot, String value) {
        Map<String, String> drive = options.rules(slot).parse(value);
        String file = drive.get("file");
        boolean cdrom = "cdrom".equals(drive.get("media"));
        if (file.equals("none") || file.equals("cdrom")) {
            if (!cdrom) {
                throw ApiError.parameter(slot, "volume '" + file + "' is only allowed with media=cdrom");
            }
            return;
        }
        if (file.startsWith("/")) {
            if (!call.caller().root()) {
                throw ApiError.die("Only root can pass arbitrary filesystem paths. at /usr/share/perl5/PVE/Storage.pm line "
                        + (world.version().nine() ? "651." : "581."));
            }
            return;
        }
        Matcher fresh = NEW_DISK.matcher(file);
        boolean cloudInit = file.endsWith(":cloudinit");
        if (fresh.matches() || cloudInit) {
            Storage storage = storage(file.substring(0, file.indexOf(':')), host);
            if (!storage.content().contains("images")) {
                throw ApiError.die("storage '" + storage.id() + "' does not support content-type 'images'");
            }
            call.demand("/storage/" + storage.id(), "Datastore.AllocateSpace");
            checkImport(call, host, slot, drive, cloudInit ? "0" : fresh.group(2));
            return;
        }
        if (file.indexOf(':') < 0) {
            throw ApiError.parameter(slot, "invalid format - format error\n" + slot + ".file: invalid format - unable to parse volume ID '"
                    + file + "'\n\n");
        }
        String id = file.substring(0, file.indexOf(':'));
        Storage storage = storage(id, host);
        Optional<Volume> volume = world.volume(host, file);
        if (volume.isPresent() && volume.get().content().equals("images")) {
            if (volume.get().vmid() != vmid) {
                call.demand("/storage/" + storage.id(), "Datastore.Allocate");
            }
            return;
        }
        call.demandAny("/storage/" + storage.id(), "Datastore.AllocateSpace", "Datastore.Audit");
    }

    private void checkImport(Call call, String host, String slot, Map<String, String> drive, String size) {
        String source = drive.get("import-from");
        if (source == null) {
            return;
        }
        if (!size.equals("0")) {
            throw ApiError.parameter(
                    slot, "'import-from' requires special syntax - use <storage ID>:0,import-from=<source>");
        }
        if (source.startsWith("/")) {
            if (!call.caller().root()) {
                throw ApiError.die("Only root can pass arbitrary filesystem paths. at /usr/share/perl5/PVE/Storage.pm line "
                        + (world.version().nine() ? "651." : "581."));
            }
            return;
        }
        Storage from = storage(source.substring(0, Math.max(0, source.indexOf(':'))), host);
        String kind = kind(source);
        if (!kind.equals("images") && !kind.equals("import")) {
            throw ApiError.parameter(
                    slot, source + " has wrong type '" + kind + "' - needs to be 'images' or 'import'");
        }
        call.demandAny("/storage/" + from.id(), "Datastore.AllocateSpace", "Datastore.Audit");
    }

    private static String kind(String volid) {
        String name = volid.substring(volid.indexOf(':') + 1);
        int slash = name.indexOf('/');
        String kind = slash < 0 ? "images" : name.substring(0, slash);
        return Set.of("iso", "import", "snippets", "vztmpl", "backup").contains(kind) ? kind : "images";
    }

    /** A storage that a host has. */
    Storage storage(String id, String host) {
        Storage storage = world.storages().get(id);
        if (storage == null) {
            throw ApiError.die("storage '" + id + "' does not exist");
        }
        if (!storage.on(host)) {
            throw ApiError.die("storage '" + id + "' is not available on node '" + host + "'");
        }
        return storage;
    }

    /** Makes the disk that a value asks for, if it asks for one, and returns the value as Proxmox stores it. */
    String store(Vm vm, String slot, String value) {
        PropertyString rules = options.rules(slot);
        Map<String, String> drive = new LinkedHashMap<>(rules.parse(value));
        String file = drive.get("file");
        if (file.equals("none") || file.equals("cdrom") || file.startsWith("/")) {
            return rules.print(drive);
        }
        Matcher fresh = NEW_DISK.matcher(file);
        if (file.endsWith(":cloudinit")) {
            Volume made = cloudInitDrive(vm, storage(file.substring(0, file.indexOf(':')), vm.host()));
            drive.put("file", made.volid());
            drive.put("media", "cdrom");
            drive.remove("format");
            drive.remove("size");
            return rules.print(drive);
        }
        if (fresh.matches()) {
            Storage storage = storage(fresh.group(1), vm.host());
            String source = drive.remove("import-from");
            String format = drive.remove("format");
            Volume made = source == null
                    ? allocate(vm, storage, size(slot, drive, fresh.group(2), storage), format == null ? "raw" : format)
                    : imported(vm, storage, source, format);
            drive.put("file", made.volid());
            drive.put("size", Formats.size(made.sizeBytes()));
            return rules.print(drive);
        }
        Volume existing = world.volume(vm.host(), file)
                .orElseThrow(() -> new WorldError("volume '" + file + "' does not exist"));
        drive.put("size", Formats.size(existing.sizeBytes()));
        if (VmHardware.isCloudInit(value)) {
            drive.remove("size");
        }
        return rules.print(drive);
    }

    private static long size(String slot, Map<String, String> drive, String gib, Storage storage) {
        if (slot.equals("efidisk0")) {
            long bytes = "4m".equals(drive.get("efitype")) ? 528L << 10 : 128L << 10;
            return storage.files() ? bytes : 4L << 20;
        }
        if (slot.equals("tpmstate0")) {
            return 4L << 20;
        }
        return new java.math.BigDecimal(gib).multiply(java.math.BigDecimal.valueOf(1L << 30)).longValue();
    }

    /** A blank disk of a machine. */
    Volume allocate(Vm vm, Storage storage, long bytes, String format) {
        demandSpace(storage);
        return put(vm, storage, bytes, storage.files() ? format : "raw", Optional.empty());
    }

    private Volume imported(Vm vm, Storage storage, String source, String wantedFormat) {
        demandSpace(storage);
        if (source.startsWith("/")) {
            Long bytes = world.hosts().get(vm.host()).files().get(source);
            if (bytes == null) {
                throw new WorldError("file '" + source + "' does not exist");
            }
            return put(vm, storage, bytes, wantedFormat != null && storage.files() ? wantedFormat : "raw",
                    Optional.empty());
        }
        Volume from = world.volume(vm.host(), source)
                .orElseThrow(() -> new WorldError("volume '" + source + "' does not exist"));
        String format = wantedFormat != null ? wantedFormat : storage.files() ? from.format() : "raw";
        return put(vm, storage, from.virtualBytes(), format, from.image());
    }

    private void demandSpace(Storage storage) {
        if (world.full(storage.id())) {
            throw new WorldError(storage.files()
                    ? "unable to create image: No space left on device"
                    : "lvcreate 'pve/data' error:   Cannot create new thin volume, free space in thin pool pve/data"
                            + " reached threshold.");
        }
    }

    private Volume put(
            Vm vm,
            Storage storage,
            long bytes,
            String format,
            Optional<io.talospve.testkit.internal.world.Hardware.BootImage> image) {
        int number = 0;
        String name = diskName(vm.vmid(), storage, number, format);
        while (taken(vm, storage, number)) {
            number++;
            name = diskName(vm.vmid(), storage, number, format);
        }
        Volume volume = new Volume(storage, vm.host(), name, "images", format, vm.vmid(), bytes, world.now(), image,
                Checksums.UNKNOWN);
        world.put(volume);
        return volume;
    }

    private boolean taken(Vm vm, Storage storage, int number) {
        Pattern name = Pattern.compile("(.*/)?(vm|base)-" + vm.vmid() + "-disk-" + number + "(\\..+)?");
        return world.volumesOf(vm.vmid(), vm.host()).stream()
                .anyMatch(v -> v.storage().equals(storage) && name.matcher(v.name()).matches());
    }

    private static String diskName(int vmid, Storage storage, int number, String format) {
        String name = "vm-" + vmid + "-disk-" + number;
        return storage.files() ? vmid + "/" + name + "." + format : name;
    }

    private Volume cloudInitDrive(Vm vm, Storage storage) {
        demandSpace(storage);
        String name = storage.files()
                ? vm.vmid() + "/vm-" + vm.vmid() + "-cloudinit.qcow2"
                : "vm-" + vm.vmid() + "-cloudinit";
        Volume volume = new Volume(storage, vm.host(), name, "images", storage.files() ? "qcow2" : "raw", vm.vmid(),
                4L << 20, world.now(), Optional.empty(), Checksums.UNKNOWN);
        world.put(volume);
        return volume;
    }

    /** The volume that a drive's value names, if it belongs to the machine. */
    Optional<Volume> own(Vm vm, String slot, String value) {
        String file = options.rules(slot).parse(value).get("file");
        return file.indexOf(':') < 0
                ? Optional.empty()
                : world.volume(vm.host(), file).filter(v -> v.vmid() == vm.vmid());
    }

    /** Detaches a drive: a disk becomes unused, a cloud-init drive goes, a CD-ROM is just forgotten. */
    void detach(Vm vm, String slot) {
        String value = vm.config().remove(slot);
        if (value == null) {
            return;
        }
        Optional<Volume> volume = own(vm, slot, value);
        if (volume.isEmpty()) {
            return;
        }
        if (VmHardware.isCloudInit(value)) {
            world.remove(volume.get());
        } else if (slot.startsWith("unused")) {
            world.remove(volume.get());
        } else {
            int number = 0;
            while (vm.config().containsKey("unused" + number)) {
                number++;
            }
            vm.config().put("unused" + number, volume.get().volid());
        }
    }

    /** Removes the disks of a machine that goes; those its configuration does not name only if asked. */
    void removeAll(Vm vm, boolean unreferencedToo) {
        Set<String> named = new java.util.HashSet<>();
        vm.config().forEach((k, v) -> {
            if (VmOptions.isDrive(k) || k.startsWith("unused")) {
                own(vm, k, v).ifPresent(volume -> named.add(volume.volid()));
            }
        });
        world.volumesOf(vm.vmid(), vm.host()).stream()
                .filter(v -> unreferencedToo || named.contains(v.volid()))
                .toList()
                .forEach(world::remove);
    }

    /** Default boot order: the first disk, the first CD-ROM, the first NIC; a blank if there is nothing. */
    String defaultBoot(Map<String, String> config) {
        java.util.List<String> order = new java.util.ArrayList<>();
        for (boolean cdrom : new boolean[] {false, true}) {
            VmHardware.drives(config).stream()
                    .filter(d -> !d.equals("efidisk0") && !d.equals("tpmstate0"))
                    .filter(d -> "cdrom".equals(options.rules(d).parse(config.get(d)).get("media")) == cdrom)
                    .findFirst()
                    .ifPresent(order::add);
        }
        VmHardware.numbered(config, "net").keySet().stream().findFirst().ifPresent(n -> order.add("net" + n));
        return order.isEmpty() ? " " : "order=" + String.join(";", order);
    }
}
