package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Endpoints.onVm;
import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.integer;
import static io.talospve.testkit.internal.pve.Param.oneOf;
import static io.talospve.testkit.internal.pve.Param.string;

import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.Storage;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.Volume;
import io.talospve.testkit.internal.world.World;
import io.talospve.testkit.internal.world.WorldError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Calls that make a machine appear elsewhere: clone, template, migrate. */
final class CopyCalls {
    private final World world;
    private final VmOptions options;
    private final VmDisks disks;
    private final VmTasks tasks;
    private final HaState ha;

    CopyCalls(World world, VmOptions options, HaState ha) {
        this.world = world;
        this.options = options;
        this.ha = ha;
        disks = new VmDisks(world, options);
        tasks = new VmTasks(world);
    }

    void addTo(Endpoints endpoints) {
        String vm = "/nodes/{node}/qemu/{vmid}";
        List<Param> migrate = new ArrayList<>(List.of(integer("bwlimit").min(0), bool("force"),
                string("migration_network"), oneOf("migration_type", "secure", "insecure"), bool("online"),
                string("target").must().format(Formats::node), string("targetstorage"), bool("with-local-disks")));
        if (endpoints.nine()) {
            migrate.add(bool("with-conntrack-state"));
        }
        endpoints
                .add("POST " + vm + "/clone", true,
                        endpoints.schema(onVm(), integer("bwlimit").min(0), string("description"),
                                oneOf("format", "raw", "qcow2", "vmdk"), bool("full"),
                                string("name").format(Formats::dnsName),
                                integer("newid").must().min(100).max(999_999_999),
                                string("pool").format(Formats::poolId), string("snapname").maxLength(40),
                                string("storage").format(Formats::storageId), string("target").format(Formats::node)),
                        this::mayClone, this::cloneVm)
                .add("POST " + vm + "/template", true, endpoints.schema(onVm(), QemuCalls.driveName("disk")),
                        c -> c.demand("/vms/" + c.vmid(), "VM.Allocate"), this::template)
                .add("POST " + vm + "/migrate", true, endpoints.schema(onVm(), migrate.toArray(Param[]::new)),
                        c -> c.demand("/vms/" + c.vmid(), "VM.Migrate"), this::migrate);
    }

    private Vm vm(Call call) {
        return Optional.ofNullable(world.vms().get(call.vmid()))
                .filter(v -> v.host().equals(call.node().name()))
                .orElseThrow(() -> QemuCalls.missing(call.node().name(), call.vmid()));
    }

    private void mayClone(Call call) {
        call.demand("/vms/" + call.vmid(), "VM.Clone");
        boolean allowed = call.may("/vms/" + call.text("newid"), "VM.Allocate")
                || call.maybe("pool").map(p -> call.may("/pool/" + p, "VM.Allocate")).orElse(false);
        if (!allowed) {
            throw ApiError.forbidden("/vms/" + call.text("newid") + ", VM.Allocate");
        }
    }

    private Object cloneVm(Call call) {
        call.demandQuorum();
        Vm source = vm(call);
        int newId = call.number("newid");
        Optional<String> pool = call.maybe("pool");
        pool.ifPresent(p -> {
            if (!world.pools().containsKey(p)) {
                throw ApiError.forbidden("pool '" + p + "' does not exist");
            }
        });
        boolean template = "1".equals(source.config().get("template"));
        boolean full = call.has("full") ? call.flag("full") : !template;
        if (!full && !template) {
            throw ApiError.die("Linked clone feature is not supported for drive 'scsi0'");
        }
        String target = call.text("target", source.host());
        if (!world.hosts().containsKey(target)) {
            throw ApiError.parameter("target", "no such cluster node '" + target + "'");
        }
        Vm there = world.vms().get(newId);
        if (there != null) {
            throw ApiError.die("unable to create VM " + newId + ": config file already exists");
        }
        for (String slot : VmHardware.drives(source.config())) {
            disks.own(source, slot, source.config().get(slot)).ifPresent(v -> {
                Storage storage = disks.storage(call.text("storage", v.storage().id()), target);
                call.demand("/storage/" + storage.id(), "Datastore.AllocateSpace");
                if (!target.equals(source.host()) && !v.storage().shared()) {
                    throw ApiError.die("can't clone to non-local node '" + target + "' (storage '" + v.storage().id()
                            + "' is not shared)");
                }
            });
        }
        Vm copy = world.addVm(newId, target);
        copy.config().put("lock", "clone");
        Map<String, String> wanted = new LinkedHashMap<>();
        call.maybe("name").ifPresent(n -> wanted.put("name", n));
        call.maybe("description").ifPresent(d -> wanted.put("description", d));
        Optional<String> storage = call.maybe("storage");
        return tasks.onVm(call, source, "qmclone", task -> {
            try {
                fill(source, copy, storage);
            } catch (WorldError | ApiError e) {
                disks.removeAll(copy, true);
                world.removeVm(copy);
                throw new WorldError("clone failed: " + e.getMessage());
            }
            copy.config().putAll(wanted);
            copy.config().putIfAbsent("name", "Copy-of-VM-" + source.name().replace(' ', '-'));
            copy.config().remove("lock");
            copy.changed(world.now());
            pool.map(world.pools()::get).ifPresent(p -> world.joinPool(newId, p));
        });
    }

    private void fill(Vm source, Vm copy, Optional<String> storageId) {
        VmPower.demandNoLock(source);
        source.config().forEach((name, value) -> {
            if (name.startsWith("unused") || name.equals("template") || name.equals("lock")) {
                return;
            }
            if (VmOptions.isNic(name)) {
                Map<String, String> nic = new LinkedHashMap<>(options.rules(name).parse(value));
                nic.put("macaddr", world.randomMac());
                copy.config().put(name, options.rules(name).print(nic));
            } else if (name.equals("smbios1")) {
                copy.config().put(name, value.replaceAll("uuid=[^,]*", "uuid=" + world.randomUuid()));
            } else if (name.equals("vmgenid")) {
                copy.config().put(name, world.randomUuid().toString());
            } else if (VmOptions.isDrive(name)) {
                copy.config().put(name, drive(source, copy, name, value, storageId));
            } else {
                copy.config().put(name, value);
            }
        });
    }

    private String drive(Vm source, Vm copy, String slot, String value, Optional<String> storageId) {
        Optional<Volume> own = disks.own(source, slot, value);
        if (own.isEmpty()) {
            return value;
        }
        Volume from = own.get();
        Storage storage = disks.storage(storageId.orElse(from.storage().id()), copy.host());
        if (VmHardware.isCloudInit(value)) {
            return disks.store(copy, slot, storage.id() + ":cloudinit");
        }
        Volume made = disks.allocate(copy, storage, from.sizeBytes(), from.format());
        made.platter().write(from.platter().content());
        Map<String, String> drive = new LinkedHashMap<>(options.rules(slot).parse(value));
        drive.put("file", made.volid());
        drive.put("size", Formats.size(made.sizeBytes()));
        return options.rules(slot).print(drive);
    }

    private Object template(Call call) {
        Vm vm = vm(call);
        if ("1".equals(vm.config().get("template"))) {
            throw ApiError.die("you can't convert a template to a template");
        }
        if (vm.running()) {
            throw ApiError.die("you can't convert a VM to template if VM is running");
        }
        return tasks.onVm(call, vm, "qmtemplate", task -> {
            VmPower.demandNoLock(vm);
            for (String slot : VmHardware.drives(vm.config())) {
                String value = vm.config().get(slot);
                Optional<Volume> own = disks.own(vm, slot, value);
                if (own.isPresent() && !VmHardware.isCloudInit(value)) {
                    Volume base = own.get().moved(
                            vm.host(), own.get().name().replace("vm-" + vm.vmid(), "base-" + vm.vmid()), vm.vmid());
                    world.remove(own.get());
                    world.put(base);
                    vm.config().put(slot, value.replace(own.get().volid(), base.volid()));
                }
            }
            vm.config().put("template", "1");
            vm.changed(world.now());
        });
    }

    private Object migrate(Call call) {
        call.demandQuorum();
        Vm vm = vm(call);
        String target = call.text("target");
        Host to = world.hosts().get(target);
        if (to == null) {
            throw ApiError.parameter("target", "no such cluster node '" + target + "'");
        }
        if (target.equals(vm.host())) {
            throw ApiError.parameter("target", "target is local node.");
        }
        if (vm.running() && !call.flag("online")) {
            throw ApiError.parameter("online", "can't migrate running VM without --online");
        }
        if (ha.manages("vm:" + vm.vmid())) {
            ha.migrate("vm:" + vm.vmid(), target);
            return tasks.run(call, vm.host(), "hamigrate", String.valueOf(vm.vmid()), task -> { });
        }
        boolean localToo = !vm.running() || call.flag("with-local-disks");
        return tasks.onVm(call, vm, "qmigrate", task -> {
            VmPower.demandNoLock(vm);
            if (!to.online()) {
                throw new WorldError("migration aborted");
            }
            List<Volume> local = world.volumesOf(vm.vmid(), vm.host()).stream()
                    .filter(v -> !v.storage().shared())
                    .toList();
            if (!local.isEmpty() && !localToo) {
                throw new WorldError("Problem found while scanning volumes - can't migrate local disk '"
                        + local.get(0).volid() + "': can't live migrate attached local disks without"
                        + " with-local-disks option");
            }
            for (Volume volume : local) {
                disks.storage(volume.storage().id(), target);
                world.remove(volume);
                world.put(volume.moved(target, volume.name(), vm.vmid()));
            }
            world.move(vm, target);
        });
    }
}
