package io.talospve.apply.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.error.RemoteException;
import io.talospve.plan.Allocation;
import io.talospve.plan.Field;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.Mark;
import io.talospve.plan.StepWork.CompleteMachine;
import io.talospve.plan.StepWork.CreateMachine;
import io.talospve.plan.StepWork.DeleteMachine;
import io.talospve.plan.StepWork.GrowSystemDisk;
import io.talospve.plan.StepWork.LiftProtection;
import io.talospve.plan.StepWork.StartMachine;
import io.talospve.plan.StepWork.StopMachine;
import io.talospve.spec.ImageMode;
import io.talospve.spi.Hypervisor;
import io.talospve.spi.Operation;
import io.talospve.spi.VmCreation;
import io.talospve.spi.VmCreation.NicCreation;
import io.talospve.spi.VmDetails;
import io.talospve.spi.VmRef;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/** Virtual machines: creating, starting, stopping, deleting them. */
final class VmSteps {
    private static final Duration CREATE = Duration.ofMinutes(15);
    private static final Duration POWER = Duration.ofMinutes(5);
    private static final Duration LOCK = Duration.ofMinutes(10);

    private VmSteps() {}

    static StepRunner create(CreateMachine work) {
        return context -> {
            ApplyState state = context.state();
            MachinePlan machine = context.machine(work.node());
            Optional<Allocation> known = state.allocation(work.node());
            boolean underWay = state.creation(work.node()).isPresent()
                    && state.journal().openOperation(context.step().id()).isPresent();
            Optional<VmDetails> there =
                    underWay ? Optional.empty() : known.flatMap(allocation -> at(state, allocation));
            if (there.isPresent() && isAllocated(there.get(), known.get())) {
                return created(context, machine, there.get());
            }
            if (there.isPresent() && !beingCreated(there.get())) {
                // Its VMID is somebody else's by now: the machine gets another one.
                state.giveUp(known.get());
            } else if (there.isPresent() && state.journal().openOperation(context.step().id()).isEmpty()) {
                return StepProgress.waitFor(
                        "the creation of " + there.get().ref() + ", perhaps an earlier one of ours, has ended",
                        "locked (create)",
                        LOCK);
            }
            if (there.isEmpty()
                    && state.journal().openOperation(context.step().id()).isEmpty()) {
                // the host it was to be created on is no longer in the spec: nothing is there, so it goes to the new one
                known.filter(earlier -> !earlier.ref().host().equals(machine.host())).ifPresent(state::giveUp);
            }
            Allocation allocation = state.allocation(work.node()).orElseGet(() -> state.allocate(
                    machine, machine.vmid() instanceof Field.Known<Integer> fixed
                            ? Optional.of(fixed.value())
                            : Optional.empty()));
            Optional<StepProgress> wait = context.operate(
                    work.node() + " is created",
                    () -> createOrGiveUp(context, machine, allocation),
                    CREATE);
            if (wait.isPresent()) {
                return wait.get();
            }
            Optional<VmDetails> made = state.creation(work.node())
                    .filter(asked -> asked.uuid().equals(allocation.uuid())
                            && asked.systemDiskFrom().isEmpty()
                            && !context.forgotten())
                    .map(CreatedVm::of);
            state.creationEnded(work.node());
            // One that an earlier process asked for, or whose end nobody saw, has to be looked at.
            VmDetails vm = made.or(() -> context.services().hypervisor().vm(allocation.ref()))
                    .orElseThrow(() -> new RemoteException(
                            ErrorCode.UNEXPECTED_ANSWER,
                            "creating " + work.node() + " as " + allocation.ref() + " succeeded, but it is not there",
                            true,
                            "Somebody may have removed it.",
                            null,
                            null));
            return created(context, machine, vm);
        };
    }

    /** Somebody may have taken the VMID between choosing and creating; our own earlier call may have, too. */
    private static Operation createOrGiveUp(StepContext context, MachinePlan machine, Allocation allocation) {
        Hypervisor hypervisor = context.services().hypervisor();
        try {
            VmCreation asked = creation(context, machine, allocation);
            Operation started = hypervisor.create(asked);
            context.state().creating(machine.name(), asked);
            return started;
        } catch (RemoteException e) {
            if (e.code() != ErrorCode.NAME_TAKEN || context.state().find(machine.name()).isPresent()) {
                throw e;
            }
            context.state().giveUp(allocation);
            if (machine.vmid() instanceof Field.Known<Integer> fixed) {
                throw new RefusedException(
                        ErrorCode.NAME_TAKEN,
                        "the spec fixes vmid " + fixed.value() + " for " + machine.name()
                                + ", but another machine has it: " + e.getMessage(),
                        "Choose another vmid.");
            }
            throw e;
        }
    }

    /** While Proxmox creates a machine its configuration holds the lock alone: nothing tells yet whose it is. */
    private static boolean beingCreated(VmDetails vm) {
        return vm.lock().filter("create"::equals).isPresent() && vm.uuid().isEmpty();
    }

    private static Optional<VmDetails> at(ApplyState state, Allocation allocation) {
        return state.services().hypervisor().vm(allocation.ref()).or(() -> state.elsewhere(allocation.ref()));
    }

    /** Whether a virtual machine is the one the allocation was journalled for, by the UUID that only we chose. */
    private static boolean isAllocated(VmDetails vm, Allocation allocation) {
        return vm.uuid().filter(allocation.uuid()::equals).isPresent();
    }

    private static StepProgress created(StepContext context, MachinePlan machine, VmDetails vm) {
        if (vm.lock().isPresent()) {
            return StepProgress.waitFor(
                    machine.name() + " is no longer locked", "locked (" + vm.lock().get() + ")", LOCK);
        }
        Set<String> tags = machine.tags(context.cluster().name());
        if (!vm.tags().containsAll(tags)) {
            Set<String> all = new TreeSet<>(vm.tags());
            all.addAll(tags);
            context.services().hypervisor().setTags(vm.ref(), all);
        }
        context.state().saw(machine.name(), vm);
        return StepProgress.done(vm.ref().toString());
    }

    static StepRunner complete(CompleteMachine work) {
        return context ->
                created(context, context.machine(work.node()), context.state().seen(work.node()));
    }

    private static VmCreation creation(StepContext context, MachinePlan machine, Allocation allocation) {
        Mark mark = new Mark(
                context.cluster().name(),
                machine.name(),
                machine.role(),
                allocation.ref().vmid(),
                allocation.uuid(),
                context.services().pki().osCaFingerprint(context.state().bundle()));
        boolean imported = context.cluster().image().mode() == ImageMode.IMPORT;
        return VmCreation.builder()
                .ref(allocation.ref())
                .name(machine.name())
                .uuid(allocation.uuid())
                .description(mark.description(machine.vm().description()))
                .tags(machine.tags(context.cluster().name()))
                .cores(machine.cores())
                .memoryMiB(machine.memoryMiB())
                .disks(machine.disks())
                .cloudInitDatastore(machine.disks().get(0).datastore())
                .isoVolume(imported ? "none" : machine.isoVolume().require())
                .systemDiskFrom(imported ? Optional.of(machine.isoVolume().require()) : Optional.empty())
                .nics(machine.nics().stream()
                        .map(nic -> new NicCreation(
                                nic.network().attachedTo(),
                                nic.mac(),
                                nic.dhcp() ? Optional.empty() : nic.network().address().map(Object::toString),
                                nic.dhcp() ? Optional.empty() : nic.network().gateway(),
                                nic.dhcp(),
                                nic.network().nic()))
                        .toList())
                .nameservers(machine.nameservers())
                .options(machine.vm())
                .build();
    }

    static StepRunner grow(GrowSystemDisk work) {
        return context -> {
            ApplyState state = context.state();
            String slot = "scsi0";
            if (large(state.require(work.node()), slot, work.sizeGiB())) {
                return StepProgress.done(work.sizeGiB() + " GiB");
            }
            Optional<StepProgress> wait = context.operate(
                    "the system disk of " + work.node() + " is grown",
                    () -> context.services().hypervisor().growDisk(state.seen(work.node()).ref(), slot, work.sizeGiB()),
                    POWER);
            if (wait.isPresent()) {
                return wait.get();
            }
            return large(state.require(work.node()), slot, work.sizeGiB())
                    ? StepProgress.done(work.sizeGiB() + " GiB")
                    : StepProgress.waitFor("the system disk of " + work.node() + " is grown", "still small", POWER);
        };
    }

    private static boolean large(VmDetails vm, String slot, long sizeGiB) {
        return vm.disks().stream().anyMatch(disk -> disk.slot().equals(slot) && disk.sizeGiB() >= sizeGiB);
    }

    static StepRunner start(StartMachine work) {
        return context -> {
            ApplyState state = context.state();
            VmDetails vm = state.seen(work.node());
            if (vm.running()) {
                return StepProgress.done("runs on " + vm.ref().host());
            }
            Optional<StepProgress> wait = context.operate(
                    work.node() + " starts", () -> startWhereItIs(context, work.node()), POWER);
            if (wait.isPresent()) {
                return wait.get();
            }
            if (context.forgotten() && !state.require(work.node()).running()) {
                return StepProgress.waitFor(work.node() + " runs", "stopped", POWER);
            }
            VmDetails.Builder running = VmDetails.builder();
            state.saw(work.node(), running.from(state.seen(work.node())).running(true).build());
            return StepProgress.done("runs on " + state.seen(work.node()).ref().host());
        };
    }

    /** What was seen of it may be older than a move to another host. */
    private static Operation startWhereItIs(StepContext context, String node) {
        Hypervisor hypervisor = context.services().hypervisor();
        try {
            return hypervisor.start(context.state().seen(node).ref());
        } catch (RemoteException e) {
            if (e.code() != ErrorCode.NOT_FOUND) {
                throw e;
            }
            return hypervisor.start(context.state().require(node).ref());
        }
    }

    static StepRunner stop(StopMachine work) {
        return context -> {
            Optional<VmDetails> vm = proven(context, work.node(), work.vm(), work.uuid());
            if (vm.isEmpty() || !vm.get().running()) {
                return StepProgress.done("stopped");
            }
            Optional<StepProgress> wait = context.operate(
                    work.node() + " stops",
                    () -> context.services().hypervisor().stop(vm.get().ref()),
                    POWER);
            if (wait.isPresent()) {
                return wait.get();
            }
            boolean runs = context.forgotten()
                    && proven(context, work.node(), work.vm(), work.uuid()).filter(VmDetails::running).isPresent();
            return runs
                    ? StepProgress.waitFor(work.node() + " is stopped", "running", POWER)
                    : StepProgress.done("stopped");
        };
    }

    static StepRunner unprotect(LiftProtection work) {
        return context -> {
            Optional<VmDetails> vm = proven(context, work.node(), work.vm(), work.uuid());
            vm.filter(VmDetails::protection)
                    .ifPresent(found -> context.services().hypervisor().setProtection(found.ref(), false));
            return StepProgress.done("not protected");
        };
    }

    static StepRunner delete(DeleteMachine work) {
        return context -> {
            Optional<VmDetails> vm = proven(context, work.node(), work.vm(), work.uuid());
            if (vm.isEmpty()) {
                return deleted(context, work);
            }
            Hypervisor hypervisor = context.services().hypervisor();
            Optional<StepProgress> wait = context.operate(
                    work.node() + " is deleted", () -> hypervisor.delete(vm.get().ref()), CREATE);
            context.state().forget(work.node());
            if (wait.isPresent()) {
                return wait.get();
            }
            boolean there = context.forgotten()
                    && proven(context, work.node(), work.vm(), work.uuid()).isPresent();
            return there
                    ? StepProgress.waitFor(work.node() + " is gone", "still there", POWER)
                    : deleted(context, work);
        };
    }

    /** Nobody has to look for it any more. */
    private static StepProgress deleted(StepContext context, DeleteMachine work) {
        ApplyState state = context.state();
        state.allocation(work.node())
                .filter(made -> made.uuid().equals(work.uuid()))
                .ifPresent(state::giveUp);
        return StepProgress.done("deleted");
    }

    /** The machine to stop or delete, wherever it is, with proof that it is ours and of these secrets. */
    static Optional<VmDetails> proven(StepContext context, String node, VmRef expected, UUID uuid) {
        ApplyState state = context.state();
        Optional<VmDetails> vm =
                context.services().hypervisor().vm(expected).or(() -> state.elsewhere(expected));
        if (vm.isEmpty()) {
            return vm;
        }
        String ca = context.services().pki().osCaFingerprint(state.bundle());
        boolean proof = state.isOurs(vm.get(), node)
                && vm.get().uuid().filter(uuid::equals).isPresent()
                && Mark.find(vm.get().description()).filter(mark -> mark.ca().equals(ca)).isPresent();
        if (!proof) {
            throw new RefusedException(
                    ErrorCode.COPIED_MARK,
                    vm.get().ref() + " is no longer the machine " + node + " that was planned for removal",
                    "Plan again.");
        }
        return vm;
    }
}
