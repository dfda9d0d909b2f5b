package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Hardware;
import io.talospve.testkit.internal.world.Host;
import io.talospve.testkit.internal.world.Task;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.World;
import io.talospve.testkit.internal.world.WorldError;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Starting and stopping virtual machines. Needs the world's lock. */
final class VmPower {
    private static final String QEMU_FAILED = "start failed: QEMU exited with code 1";

    private final World world;
    private final VmOptions options;
    private final VmHardware hardware;

    VmPower(World world, VmOptions options, VmHardware hardware) {
        this.world = world;
        this.options = options;
        this.hardware = hardware;
    }

    /** Starts a machine, or says why it cannot be; what QEMU would print goes to the task's log. */
    void start(Task task, Vm vm) {
        if (vm.running()) {
            throw new WorldError("VM " + vm.vmid() + " already running");
        }
        Map<String, String> config = vm.config();
        if ("1".equals(config.get("template"))) {
            throw new WorldError("you can't start a vm if it's a template");
        }
        demandNoLock(vm);
        for (String slot : VmHardware.drives(config)) {
            String file = options.rules(slot).parse(config.get(slot)).get("file");
            if (file.indexOf(':') > 0 && world.volume(vm.host(), file).isEmpty()) {
                throw new WorldError("volume '" + file + "' does not exist");
            }
        }
        checkSnippets(vm);
        checkMappings(vm);
        Host host = world.hosts().get(vm.host());
        VmHardware.numbered(config, "net").forEach((number, value) -> {
            String bridge = options.rules("net0").parse(value).get("bridge");
            if (bridge != null && !host.bridges().contains(bridge)) {
                task.say("bridge '" + bridge + "' does not exist");
                task.say("kvm: -netdev type=tap,id=net" + number + ",ifname=tap" + vm.vmid() + "i" + number
                        + ",script=/usr/libexec/qemu-server/pve-bridge"
                        + ",downscript=/usr/libexec/qemu-server/pve-bridgedown,vhost=on: network script"
                        + " /usr/libexec/qemu-server/pve-bridge failed with status 512");
                throw new WorldError(QEMU_FAILED);
            }
        });
        Hardware now = hardware.of(vm);
        if (now.cores() > host.cpus()) {
            throw new WorldError("MAX " + host.cpus() + " vcpus allowed per VM on this node");
        }
        if (memory(config) > host.memoryBytes()) {
            task.say("kvm: cannot set up guest memory 'pc.ram': Cannot allocate memory");
            throw new WorldError(QEMU_FAILED);
        }
        vm.bootMedia(now.cloudInit());
        world.powerOn(vm, now, v -> {
            Hardware later = hardware.of(v);
            return new Hardware(later.name(), later.uuid(), later.cores(), later.memoryMiB(), later.nics(),
                    later.disks(), later.iso(), later.isoFirst(), v.bootMedia(), later.agent(), later.firmware());
        });
    }

    private void checkMappings(Vm vm) {
        for (String kind : List.of("pci", "usb")) {
            String option = kind.equals("pci") ? "hostpci" : "usb";
            VmHardware.numbered(vm.config(), option).values().forEach(value -> {
                String name = options.rules(option).parse(value).get("mapping");
                boolean here = name == null || world.mappings(kind).getOrDefault(name, Set.of()).contains(vm.host());
                if (!here) {
                    throw new WorldError(
                            kind.toUpperCase(Locale.ROOT) + " device mapping not found for '" + name + "'");
                }
            });
        }
    }

    private void checkSnippets(Vm vm) {
        String custom = vm.config().get("cicustom");
        if (custom == null) {
            return;
        }
        options.rules("cicustom").parse(custom).forEach((kind, volid) -> {
            if (world.volume(vm.host(), volid).isEmpty()) {
                throw new WorldError("volume '" + volid + "' does not exist");
            }
        });
    }

    long memory(Map<String, String> config) {
        return Long.parseLong(options.rules("memory").parse(config.getOrDefault("memory", "512")).get("current")) << 20;
    }

    static void demandNoLock(Vm vm) {
        if (!vm.lock().isEmpty()) {
            throw new WorldError("VM is locked (" + vm.lock() + ")");
        }
    }

    /** Asks a machine to shut down; the task ends when it is off, when time is up, or by force. */
    void shutdown(Task task, Vm vm, Duration timeout, boolean force, Runnable off) {
        if (!vm.running()) {
            off.run();
            return;
        }
        if (vm.paused()) {
            throw new WorldError("VM is paused - cannot shutdown");
        }
        var deadline = world.after(timeout, () -> {
            if (task.ended().isPresent()) {
                return;
            }
            vm.shutdownWatch(Optional.empty());
            if (force) {
                task.say("VM quit/powerdown failed - terminating now with SIGTERM");
                world.powerOff(vm);
                off.run();
                return;
            }
            if (hardware.agent(vm.config())) {
                task.say("QEMU Guest Agent is not running - VM " + vm.vmid()
                        + (world.version().nine() ? " qga" : " qmp") + " command 'guest-ping' failed - got timeout");
            }
            world.end(task, "VM quit/powerdown failed - got timeout");
        });
        vm.shutdownWatch(Optional.of(() -> {
            deadline.cancel();
            if (task.ended().isEmpty()) {
                off.run();
            }
        }));
        world.shutdown(vm);
    }

    /** Pulls the power and gives it again at once, as the reset button does. */
    void reset(Vm vm) {
        if (!vm.running()) {
            throw new WorldError("VM " + vm.vmid() + " not running");
        }
        world.reset(vm, hardware.of(vm));
    }
}
