package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.spec.ImageMode;
import io.talospve.spec.NodeRole;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.MachineView;
import io.talospve.spi.VmDetails;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.util.ArrayList;
import java.util.List;

/** What is left to do until a machine runs with its configuration. Pure. */
final class MachineLife {
    private final PlanSteps steps;
    private final ImagePlanning images;
    private final TalosCluster cluster;
    private final Observed world;
    /** Control planes that join the etcd of a bootstrapped cluster do so one after the other; the last so far. */
    private List<String> lastToJoin = List.of();

    MachineLife(PlanSteps steps, ImagePlanning images, TalosCluster cluster, Observed world) {
        this.steps = steps;
        this.images = images;
        this.cluster = cluster;
        this.world = world;
    }

    /** Adds the steps of one machine. */
    void add(MachinePlan machine) {
        String name = machine.name();
        Observed.Machine seen = world.machines().get(name);
        if (seen != null && seen.view() instanceof MachineView.Foreign foreign) {
            throw new RefusedException(
                    ErrorCode.WRONG_MACHINE,
                    "at " + machine.address().orElse("the address of " + name) + ", where " + name
                            + " should be, answers a machine that is not of this cluster: " + foreign.reason(),
                    "Look for a second machine with this address, or for a store that belongs to another cluster.");
        }
        boolean incomplete = seen != null && incomplete(machine, seen.vm());
        if (incomplete) {
            steps.add(
                    "complete/" + name,
                    Action.CHANGE,
                    "complete the virtual machine of " + name,
                    "its creation was interrupted, or its tags were removed",
                    List.of(),
                    new StepWork.CompleteMachine(name, machine.host()));
        }
        if (seen != null && installed(seen)) {
            return;
        }
        String role = machine.role() == NodeRole.CONTROL_PLANE ? "control plane" : "worker";
        if (seen == null) {
            List<String> needs = new ArrayList<>();
            needs.addAll(steps.previous(Planner.SECRETS));
            needs.addAll(images.needs(machine));
            needs.addAll(steps.previous(DayZeroPlanning.RENDER));
            steps.add(
                    "vm/" + name,
                    Action.CREATE,
                    "create " + role + " " + name + " on " + machine.host(),
                    "the spec has it and it does not exist",
                    needs,
                    new StepWork.CreateMachine(name, machine.host()));
        }
        grow(machine, seen);
        if (seen == null || !seen.vm().running()) {
            steps.add(
                    "start/" + name,
                    Action.CHANGE,
                    "start " + name,
                    seen == null ? "it is new" : "it is stopped",
                    before(name),
                    new StepWork.StartMachine(name, machine.host()));
        }
        String state = seen == null
                ? "it is new"
                : seen.vm().running() ? "now: " + seen.view().reason() : "it is stopped";
        steps.add(
                "api/" + name,
                Action.AWAIT,
                "await the Talos API of " + name + machine.address().map(a -> " at " + a).orElse(""),
                state,
                steps.previous("start/" + name),
                new StepWork.AwaitMachine(name));
        List<String> needs = new ArrayList<>(List.of("api/" + name));
        if (machine.role() == NodeRole.CONTROL_PLANE) {
            needs.addAll(steps.previous(DayZeroPlanning.RENDER));
        }
        if (joinsEtcd(machine)) {
            needs.addAll(lastToJoin);
            lastToJoin = List.of("installed/" + name);
        }
        steps.add(
                "configure/" + name,
                Action.CHANGE,
                "configure " + name,
                "a machine in maintenance mode installs once it has a configuration",
                needs,
                new StepWork.Configure(name));
        steps.add(
                "installed/" + name,
                Action.AWAIT,
                "await that " + name + " has installed and rebooted",
                "it must run with its own certificate",
                List.of("configure/" + name),
                new StepWork.AwaitInstalled(name));
    }

    private boolean joinsEtcd(MachinePlan machine) {
        return machine.role() == NodeRole.CONTROL_PLANE
                && world.record()
                        .filter(record -> record.bootstrap() == BootstrapState.BOOTSTRAPPED)
                        .isPresent();
    }

    /** What has to be done before a machine starts. */
    private List<String> before(String name) {
        List<String> needs = new ArrayList<>(steps.previous("vm/" + name));
        needs.addAll(steps.previous("complete/" + name));
        needs.addAll(steps.previous("grow/" + name));
        return needs;
    }

    /** An imported system disk is as large as the image. */
    private void grow(MachinePlan machine, Observed.Machine seen) {
        long wanted = machine.disks().get(0).sizeGiB();
        boolean small = seen == null
                || !seen.vm().running()
                        && seen.vm().disks().stream()
                                .anyMatch(disk -> disk.slot().equals("scsi0") && disk.sizeGiB() < wanted);
        if (cluster.image().mode() == ImageMode.IMPORT && small) {
            List<String> needs = new ArrayList<>(steps.previous("vm/" + machine.name()));
            needs.addAll(steps.previous("complete/" + machine.name()));
            steps.add(
                    "grow/" + machine.name(),
                    Action.CHANGE,
                    "grow the system disk of " + machine.name() + " to " + wanted + " GiB",
                    "an imported disk is as large as its image",
                    needs,
                    new StepWork.GrowSystemDisk(machine.name(), machine.host(), wanted));
        }
    }

    private boolean incomplete(MachinePlan machine, VmDetails vm) {
        return vm.lock().filter("create"::equals).isPresent() || !vm.tags().containsAll(machine.tags(cluster.name()));
    }

    /** Whether a machine runs with its configuration, as far as its own part goes. */
    static boolean installed(Observed.Machine machine) {
        return machine.vm().running() && machine.view() instanceof MachineView.Running;
    }
}
