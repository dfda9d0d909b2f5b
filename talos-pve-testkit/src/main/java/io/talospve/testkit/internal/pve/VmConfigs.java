package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.World;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Configurations of virtual machines: who may change what, how it is kept, how it is shown. Needs the world's lock. */
final class VmConfigs {
    private final World world;
    private final VmOptions options;
    private final VmDisks disks;

    VmConfigs(World world, VmOptions options, VmDisks disks) {
        this.world = world;
        this.options = options;
        this.disks = disks;
    }

    // ---- who may ----

    /** Demands what changing some options needs; tags are not looked at when a machine is created. */
    void demand(Call call, String host, int vmid, Optional<String> pool, Map<String, String> values, Set<String> deletes,
            boolean creating) {
        String path = "/vms/" + vmid;
        Set<String> names = new java.util.TreeSet<>(values.keySet());
        names.addAll(deletes);
        if (call.caller().root()) {
            return;
        }
        for (String name : names) {
            String value = values.getOrDefault(name, "");
            if (VmOptions.rootOnly(name)) {
                throw ApiError.die("only root can set '" + name + "' config");
            }
            if (name.startsWith("serial") && !value.isEmpty() && !value.equals("socket")) {
                throw ApiError.die("only root can modify '" + name + "' config for real devices");
            }
            if ((name.startsWith("hostpci") || name.startsWith("usb")) && !value.isEmpty()
                    && !value.contains("mapping=") && !value.startsWith("spice")) {
                throw ApiError.die("only root can set '" + name + "' config for non-mapped devices");
            }
            if ((name.startsWith("hostpci") || name.startsWith("usb")) && value.contains("mapping=")) {
                String kind = name.startsWith("usb") ? "usb" : "pci";
                call.demand("/mapping/" + kind + "/" + options.rules(name).parse(value).get("mapping"), "Mapping.Use");
            }
            if (name.equals("startup")) {
                call.demand("/", "Sys.Modify");
            }
            if (name.equals("tags") && creating) {
                continue;
            }
            boolean cdrom = VmOptions.isDrive(name) && value.contains("media=cdrom");
            if (cdrom && !value.contains("cloudinit")) {
                call.demandAny(path, pool, Set.of("VM.Config.CDROM"));
            } else {
                call.demandAny(path, pool, VmOptions.privilege(name));
            }
        }
    }

    /** Demands the use of every bridge that some NICs name. */
    void demandBridges(Call call, Map<String, String> values) {
        values.forEach((name, value) -> {
            if (VmOptions.isNic(name)) {
                Map<String, String> nic = options.rules(name).parse(value);
                String bridge = nic.get("bridge");
                if (bridge != null) {
                    String path = "/sdn/zones/localnetwork/" + bridge;
                    call.demand(nic.containsKey("tag") ? path + "/" + nic.get("tag") : path, "SDN.Use");
                }
            }
        });
    }

    // ---- how it is kept ----

    /** A value as Proxmox stores it, disks apart. */
    String normal(String name, String value, boolean creating) {
        if (VmOptions.isNic(name)) {
            Map<String, String> nic = new LinkedHashMap<>(options.rules(name).parse(value));
            nic.computeIfAbsent("macaddr", k -> world.randomMac());
            return options.rules(name).print(nic);
        }
        if (name.equals("tags") && (!creating || world.version().nine())) {
            return Formats.normalTags(value);
        }
        if (name.equals("smbios1") && !value.contains("uuid=")) {
            return value + ",uuid=" + world.randomUuid();
        }
        if (name.equals("vmgenid") && value.equals("1")) {
            return world.randomUuid().toString();
        }
        return value;
    }

    // ---- how it is shown ----

    /** The configuration as the API shows it. */
    Map<String, Object> show(Vm vm, boolean current) {
        TreeMap<String, String> shown = new TreeMap<>(vm.config());
        if (!current) {
            vm.pendingDelete().forEach(shown::remove);
            shown.putAll(vm.pending());
        }
        Map<String, Object> json = new TreeMap<>();
        shown.forEach((k, v) -> json.put(k, k.equals("cipassword") ? "**********" : typed(k, v)));
        json.put("digest", digest(vm));
        return json;
    }

    /** Value and what waits for the next stop, option by option. */
    List<Map<String, Object>> pending(Vm vm) {
        List<Map<String, Object>> all = new ArrayList<>();
        TreeMap<String, String> names = new TreeMap<>(vm.config());
        names.putAll(vm.pending());
        for (String name : names.keySet()) {
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("key", name);
            if (vm.config().containsKey(name)) {
                entry.put("value", typed(name, vm.config().get(name)));
            }
            if (vm.pending().containsKey(name)) {
                entry.put("pending", typed(name, vm.pending().get(name)));
            }
            if (vm.pendingDelete().contains(name)) {
                entry.put("delete", 1);
            }
            all.add(entry);
        }
        all.add(Map.of("key", "digest", "value", digest(vm)));
        return all;
    }

    static Object typed(String name, String value) {
        return VmOptions.numeric(name) && value.matches("-?\\d+") ? (Object) Long.valueOf(value) : value;
    }

    /** SHA-1 of the configuration file. */
    static String digest(Vm vm) {
        StringBuilder file = new StringBuilder();
        vm.config().forEach((k, v) -> file.append(k).append(": ").append(v).append('\n'));
        file.append("[PENDING]\n");
        vm.pending().forEach((k, v) -> file.append(k).append(": ").append(v).append('\n'));
        file.append("delete: ").append(String.join(",", vm.pendingDelete())).append('\n');
        return sha1(file.toString());
    }

    /** SHA-1 of a text, in hexadecimal. */
    static String sha1(String text) {
        try {
            return HexFormat.of().formatHex(
                    MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- changing ----

    /** Checks a change as far as Proxmox does before it makes it. */
    void checkDrives(Call call, Vm vm, Map<String, String> values) {
        values.forEach((name, value) -> {
            if (VmOptions.isDrive(name)) {
                disks.check(call, vm.host(), vm.vmid(), Optional.empty(), name, value);
            }
        });
    }

    /** Makes a change; what a running machine cannot take waits for its stop. */
    void apply(Vm vm, Map<String, String> values, Set<String> deletes) {
        for (String name : deletes) {
            vm.pending().remove(name);
            if (!vm.config().containsKey(name)) {
                continue;
            }
            boolean drive = VmOptions.isDrive(name);
            if ((drive || name.startsWith("unused")) && "1".equals(vm.config().get("protection"))
                    && !vm.config().get(name).contains("media=cdrom")) {
                throw ApiError.die("can't remove drive '" + name + "' - protection mode enabled");
            }
            if (drive || name.startsWith("unused")) {
                disks.detach(vm, name);
            } else if (!vm.running() || VmOptions.live(name) || VmOptions.isNic(name)) {
                vm.config().remove(name);
            } else {
                vm.pendingDelete().add(name);
            }
        }
        values.forEach((name, value) -> {
            if (VmOptions.isDrive(name)) {
                setDrive(vm, name, value);
                return;
            }
            String kept = normal(name, value, false);
            vm.pendingDelete().remove(name);
            if (!vm.running() || VmOptions.live(name) || VmOptions.isNic(name)) {
                vm.config().put(name, kept);
                vm.pending().remove(name);
            } else if (kept.equals(vm.config().get(name))) {
                vm.pending().remove(name);
            } else {
                vm.pending().put(name, kept);
            }
        });
        vm.changed(world.now());
    }

    private void setDrive(Vm vm, String name, String value) {
        String old = vm.config().get(name);
        String stored = disks.store(vm, name, value);
        if (old != null) {
            String before = options.rules(name).parse(old).get("file");
            String after = options.rules(name).parse(stored).get("file");
            if (!before.equals(after)) {
                disks.detach(vm, name);
            }
        }
        vm.config().put(name, stored);
        String file = options.rules(name).parse(stored).get("file");
        vm.config().entrySet().removeIf(e -> e.getKey().startsWith("unused") && e.getValue().equals(file));
    }
}
