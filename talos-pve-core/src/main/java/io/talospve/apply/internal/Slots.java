package io.talospve.apply.internal;

import io.talospve.apply.Limits;
import io.talospve.plan.LivePlanner.Planned;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.Observed;
import io.talospve.plan.Step;
import io.talospve.plan.StepWork;
import io.talospve.spi.VmDisk;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * What steps occupy: a slot of their host and of each storage that they write to, from their first call to their end; and,
 * while a call runs, one of all calls and of the share of its host. Only the scheduler's thread touches it.
 */
final class Slots {
    private final Limits limits;
    private final int callsPerHost;
    private final Map<String, MachinePlan> machines = new HashMap<>();
    private final Map<String, Observed.Machine> existing;
    private final Set<String> sharedDatastores;
    private final Map<String, Integer> steps = new HashMap<>();
    private final Map<String, Integer> callsOfHost = new HashMap<>();
    private int calls;

    Slots(Limits limits, Planned planned) {
        this.limits = limits;
        planned.plan().machines().forEach(machine -> machines.put(machine.name(), machine));
        existing = planned.world().machines();
        sharedDatastores = planned.world().sharedDatastores();
        long hosts = planned.plan().steps().stream()
                .map(this::host)
                .flatMap(Optional::stream)
                .distinct()
                .count();
        callsPerHost = (int) Math.max(1, (limits.calls() + hosts - 1) / Math.max(1, hosts));
    }

    /** Whether a call may run at all. */
    boolean callsLeft() {
        return calls < limits.calls();
    }

    /** Whether a call of this step may run. */
    boolean roomForCall(Step step) {
        return callsLeft()
                && host(step).filter(host -> taken(callsOfHost, host) >= callsPerHost).isEmpty();
    }

    void takeCall(Step step) {
        calls++;
        host(step).ifPresent(host -> callsOfHost.merge(host, 1, Integer::sum));
    }

    void freeCall(Step step) {
        calls--;
        host(step).ifPresent(host -> callsOfHost.merge(host, -1, Integer::sum));
    }

    /** Whether a step may begin. */
    boolean roomForStep(Step step) {
        return step.work().host().filter(host -> taken(steps, slotOf(host)) >= limits.stepsPerHost()).isEmpty()
                && storages(step).stream().noneMatch(storage -> taken(steps, storage) >= limits.stepsPerStorage());
    }

    void takeStep(Step step) {
        occupied(step).forEach(slot -> steps.merge(slot, 1, Integer::sum));
    }

    void freeStep(Step step) {
        occupied(step).forEach(slot -> steps.merge(slot, -1, Integer::sum));
    }

    private static int taken(Map<String, Integer> slots, String slot) {
        return slots.getOrDefault(slot, 0);
    }

    private Set<String> occupied(Step step) {
        Set<String> slots = new HashSet<>(storages(step));
        step.work().host().map(Slots::slotOf).ifPresent(slots::add);
        return slots;
    }

    private static String slotOf(String host) {
        return "host " + host;
    }

    private Set<String> storages(Step step) {
        StepWork work = step.work();
        if (work instanceof StepWork.FetchImage fetch) {
            return Set.of(storage(fetch.datastore(), fetch.onHost()));
        } else if (work instanceof StepWork.DeleteImage delete) {
            return Set.of(storage(delete.datastore(), delete.onHost()));
        } else if (work instanceof StepWork.CreateMachine create && machines.containsKey(create.node())) {
            return storages(machines.get(create.node()).disks(), create.onHost());
        } else if (work instanceof StepWork.DeleteMachine delete && existing.containsKey(delete.node())) {
            return storages(existing.get(delete.node()).vm().disks(), delete.vm().host());
        }
        return Set.of();
    }

    private Set<String> storages(List<VmDisk> disks, String host) {
        Set<String> result = new TreeSet<>();
        disks.forEach(disk -> result.add(storage(disk.datastore(), host)));
        return result;
    }

    private String storage(String datastore, String host) {
        return "storage " + datastore + (sharedDatastores.contains(datastore) ? "" : " on " + host);
    }

    /** The host whose slowness a call of this step would suffer from. */
    private Optional<String> host(Step step) {
        return step.work().host().or(() -> node(step.work()).map(machines::get).map(MachinePlan::host));
    }

    private static Optional<String> node(StepWork work) {
        if (work instanceof StepWork.AwaitMachine await) {
            return Optional.of(await.node());
        } else if (work instanceof StepWork.Configure configure) {
            return Optional.of(configure.node());
        } else if (work instanceof StepWork.AwaitInstalled installed) {
            return Optional.of(installed.node());
        }
        return Optional.empty();
    }
}
