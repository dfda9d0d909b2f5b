package io.talospve.testkit.internal.talos;

import io.talospve.talos.proto.machine.ResetRequest;
import io.talospve.talos.proto.machine.SequenceEvent;
import io.talospve.testkit.internal.world.Guest;
import io.talospve.testkit.internal.world.Hardware;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Talos Linux in one virtual machine, through all its power cycles. Thread-safe. */
final class TalosGuest implements Guest {
    private final Fabric fabric;
    private final PowerSwitch power;
    private @Nullable Hardware hardware;
    private @Nullable TalosSystem system;
    private long cycle;
    private String phase = "off";
    private int applied;

    TalosGuest(Fabric fabric, PowerSwitch power) {
        this.fabric = fabric;
        this.power = power;
    }

    @Override
    public void powerOn(Hardware now) {
        synchronized (fabric) {
            hardware = now;
            start();
        }
    }

    @Override
    public void powerOff() {
        synchronized (fabric) {
            stop();
            phase = "off";
        }
    }

    @Override
    public void shutdown(Runnable off) {
        long mine;
        synchronized (fabric) {
            if (system == null) {
                // Nothing runs that would listen to the button.
                return;
            }
            system.stage("shutting down");
            mine = cycle;
        }
        fabric.clock.after(fabric.latency.scaled(3000), () -> {
            synchronized (fabric) {
                if (cycle != mine) {
                    return;
                }
                stop();
                phase = "off";
            }
            off.run();
        });
    }

    @Override
    public Optional<List<AgentNic>> agentNics() {
        synchronized (fabric) {
            if (system == null || hardware == null || !hardware.agent()
                    || !system.image().extensions().contains("siderolabs/qemu-guest-agent")) {
                return Optional.empty();
            }
            List<AgentNic> out = new ArrayList<>();
            out.add(new AgentNic("lo", "00:00:00:00:00:00", List.of(new AgentAddress("127.0.0.1", 8))));
            for (MachineLink link : system.links()) {
                out.add(new AgentNic(
                        link.name(),
                        link.mac(),
                        link.addresses().stream()
                                .map(a -> new AgentAddress(a.address(), a.prefix()))
                                .toList()));
            }
            return Optional.of(out);
        }
    }

    private void start() {
        stop();
        phase = "booting";
        long mine = cycle;
        Hardware machine = Objects.requireNonNull(hardware);
        if (!fabric.faults.returns(machine.name())) {
            phase = "lost";
            return;
        }
        fabric.clock.after(fabric.latency.boot(), () -> {
            synchronized (fabric) {
                if (cycle == mine) {
                    bootFrom(machine);
                }
            }
        });
    }

    private void stop() {
        cycle++;
        if (system != null) {
            system.down();
            system = null;
        }
    }

    private void bootFrom(Hardware machine) {
        // a disk image is an installed system without a configuration
        machine.disks().stream().map(Hardware.Disk::platter).forEach(platter -> {
            if (platter.content() instanceof Hardware.BootImage image) {
                platter.write(Installed.fresh(image, null));
            }
        });
        Optional<Hardware.Disk> installed = machine.disks().stream()
                .filter(d -> d.platter().content() instanceof Installed)
                .findFirst();
        if (machine.iso().isPresent() && (machine.isoFirst() || installed.isEmpty())) {
            if (installed.isPresent()) {
                // talos.halt_if_installed: the ISO refuses to run beside an installed system.
                phase = "halted";
                return;
            }
            run(machine, machine.iso().get(), null);
        } else if (installed.isPresent()) {
            Installed disk = (Installed) installed.get().platter().content();
            if (!fabric.faults.boots(disk.current().version())) {
                if (disk.fallback() == null || !fabric.faults.boots(disk.fallback().version())) {
                    phase = "no bootable system";
                    return;
                }
                // The boot loader counts the attempt as failed and takes the other slot, after another boot.
                installed.get().platter().write(disk.rolledBack());
                long mine = cycle;
                fabric.clock.after(fabric.latency.boot(), () -> {
                    synchronized (fabric) {
                        if (cycle == mine) {
                            bootFrom(machine);
                        }
                    }
                });
                return;
            }
            run(machine, disk.current(), disk.config());
        } else {
            phase = "no bootable device";
        }
    }

    private void run(Hardware machine, Hardware.BootImage image, @Nullable String text) {
        Firmware firmware = new Firmware(machine.firmware());
        Optional<String> refused = firmware.refuses(image);
        if (refused.isPresent()) {
            phase = refused.get();
            return;
        }
        if (firmware.enrols(image)) {
            phase = "enrolling keys";
            long mine = cycle;
            fabric.clock.after(fabric.latency.scaled(Firmware.ENROLMENT_MILLIS), () -> restart(mine));
            return;
        }
        MachineConfig config = null;
        if (text != null) {
            try {
                config = MachineConfig.parse(text, false);
            } catch (ConfigException e) {
                throw new IllegalStateException("a configuration that was accepted no longer parses", e);
            }
        }
        TalosSystem booted = new TalosSystem(fabric, this, machine, image, config);
        system = booted;
        phase = booted.maintenance() ? "maintenance" : "running";
        booted.boot();
    }

    /** What is on the system disk. */
    Installed installed() {
        return (Installed) systemDisk().platter().content();
    }

    private Hardware.Disk systemDisk() {
        return Objects.requireNonNull(hardware).disks().stream()
                .filter(d -> d.platter().content() instanceof Installed)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nothing is installed"));
    }

    void write(Installed content) {
        systemDisk().platter().write(content);
    }

    /** Whether something is installed. */
    boolean isInstalled() {
        return hardware != null
                && hardware.disks().stream().anyMatch(d -> d.platter().content() instanceof Installed);
    }

    /** Takes a configuration in maintenance mode: installs and reboots, or goes on booting if Talos is installed already. */
    void configure(MachineConfig config) {
        applied++;
        TalosSystem current = Objects.requireNonNull(system);
        Hardware machine = Objects.requireNonNull(hardware);
        long mine = cycle;
        if (isInstalled()) {
            // Nothing is to be installed: the boot goes on where it waited for a configuration.
            write(installed().withConfig(config.text()));
            phase = "configuring";
            current.stopListening();
            fabric.clock.after(fabric.latency.scaled(300), () -> {
                synchronized (fabric) {
                    if (cycle == mine) {
                        phase = "running";
                        current.leaveMaintenance(config);
                    }
                }
            });
            return;
        }
        phase = "installing";
        current.tellSequence("install", SequenceEvent.Action.START);
        current.stage("installing");
        Optional<Hardware.Disk> disk = config.systemDisk(machine.disks());
        if (disk.isEmpty()) {
            current.log().line("machined", "[talos] phase install (1/1): failed: no disk matches the install disk selector");
            fabric.clock.after(fabric.latency.scaled(10_000), () -> restart(mine));
            return;
        }
        Optional<Hardware.BootImage> image = config.pullCandidates(config.installImage()).stream()
                .map(fabric.images::pull)
                .flatMap(Optional::stream)
                .findFirst();
        if (image.isEmpty()) {
            current.log().line("machined", "[talos] task install (1/1): failed: error pulling installer \""
                    + config.installImage() + "\": not found");
            fabric.clock.after(fabric.latency.scaled(10_000), () -> restart(mine));
            return;
        }
        if (config.sealsDisksByTpm() && !machine.firmware().tpm()) {
            current.log().line("machined", "[talos] volume STATE: failed to seal the key: TPM device is not available");
            fabric.clock.after(fabric.latency.scaled(10_000), () -> restart(mine));
            return;
        }
        current.log().line("machined", "[talos] installing Talos to disk " + disk.get().slot());
        fabric.clock.after(fabric.latency.install(), () -> {
            synchronized (fabric) {
                if (cycle != mine) {
                    return;
                }
                disk.get().platter().write(Installed.fresh(image.get(), config.text()));
            }
            restart(mine);
        });
    }

    /**
     * Goes down with a stage shown first, and boots again.
     *
     * @param actor id of the call that asked for it, empty if none did
     */
    void reboot(TalosSystem current, String stage, String actor) {
        current.tellSequence(sequence(stage), SequenceEvent.Action.START, actor);
        current.stage(stage);
        long mine = cycle;
        fabric.clock.after(Duration.ZERO.plus(fabric.latency.scaled(1000)), () -> restart(mine));
    }

    private static String sequence(String stage) {
        return switch (stage) {
            case "resetting" -> "reset";
            case "upgrading" -> "upgrade";
            case "shutting down" -> "shutdown";
            default -> "reboot";
        };
    }

    /** Goes down with a stage shown first, and stays off. */
    void powerDown(TalosSystem current, String stage, String actor) {
        current.tellSequence(sequence(stage), SequenceEvent.Action.START, actor);
        current.stage(stage);
        long mine = cycle;
        fabric.clock.after(fabric.latency.scaled(3000), () -> {
            synchronized (fabric) {
                if (cycle != mine) {
                    return;
                }
                stop();
                phase = "off";
            }
            power.off();
        });
    }

    private void restart(long expected) {
        // The world may hold its own lock while it calls us: ask it before taking ours.
        Hardware now = power.hardware();
        synchronized (fabric) {
            if (cycle != expected) {
                return;
            }
            hardware = now;
            start();
        }
    }

    /** Whether a configuration was taken in this boot already. */
    boolean configured() {
        return phase.equals("installing") || phase.equals("configuring");
    }

    /** Boots another image next, keeping the present one for a rollback. */
    void upgrade(TalosSystem current, Hardware.BootImage image, boolean staged, String actor) {
        write(installed().upgraded(image));
        reboot(current, staged ? "rebooting" : "upgrading", actor);
    }

    /** Boots the other slot; false if there is nothing in it. */
    boolean rollback(TalosSystem current) {
        if (installed().fallback() == null) {
            return false;
        }
        write(installed().rolledBack());
        reboot(current, "rebooting", "");
        return true;
    }

    /** Wipes and goes down. */
    void reset(TalosSystem current, ResetRequest request, String actor) {
        if (request.getGraceful() && current.etcd().member().isPresent()) {
            Optional<String> refused = EtcdApi.leave(current);
            if (refused.isPresent()) {
                current.log().line("machined", "[talos] reset failed: failed to leave cluster: " + refused.get());
                return;
            }
        }
        List<String> labels = request.getSystemPartitionsToWipeList().stream()
                .filter(p -> p.getWipe())
                .map(p -> p.getLabel())
                .toList();
        request.getUserDisksToWipeList().forEach(device ->
                current.disk(device).ifPresent(disk -> disk.platter().write(Hardware.Platter.BLANK)));
        if (request.getSystemPartitionsToWipeCount() == 0) {
            if (request.getMode() != ResetRequest.WipeMode.USER_DISKS) {
                systemDisk().platter().write(Hardware.Platter.BLANK);
            }
        } else {
            Installed kept = installed();
            if (labels.contains("STATE")) {
                kept = kept.withConfig(null);
            }
            if (labels.contains("EPHEMERAL")) {
                kept = kept.withEtcd(null);
            }
            if (labels.contains("META")) {
                kept = kept.withMeta(Map.of());
            }
            write(kept);
        }
        if (request.getReboot()) {
            reboot(current, "resetting", actor);
        } else {
            powerDown(current, "resetting", actor);
        }
    }

    /** Loses the data of etcd; what runs of it stops. */
    void loseEtcd() {
        write(installed().withEtcd(null));
        if (system != null) {
            system.etcd().lost();
        }
    }

    Optional<TalosSystem> system() {
        return Optional.ofNullable(system);
    }

    Optional<Hardware> hardware() {
        return Optional.ofNullable(hardware);
    }

    String phase() {
        return system != null && phase.equals("running") ? system.stage() : phase;
    }

    int applied() {
        return applied;
    }

    void countApplied() {
        applied++;
    }
}
