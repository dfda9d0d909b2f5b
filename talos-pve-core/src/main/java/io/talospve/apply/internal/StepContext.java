package io.talospve.apply.internal;

import io.talospve.spi.Services;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.MachineView;
import io.talospve.spi.Operation;
import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** What one step needs while it runs. */
final class StepContext {
    private final Step step;
    private final ApplyState state;
    private final TimeSource time;
    private final Followed followed;
    private boolean forgotten;
    private volatile Optional<MachineLog.Of> suspect = Optional.empty();

    /**
     * What a step needs.
     *
     * @param changed run when the machine that the step follows has changed
     */
    StepContext(Step step, ApplyState state, TimeSource time, Runnable changed) {
        this.step = step;
        this.state = state;
        this.time = time;
        this.followed = new Followed(state.services().talos(), changed);
    }

    Step step() {
        return step;
    }

    ApplyState state() {
        return state;
    }

    Services services() {
        return state.services();
    }

    Plan plan() {
        return state.plan();
    }

    TalosCluster cluster() {
        return state.plan().cluster();
    }

    MachinePlan machine(String name) {
        return plan().machine(name)
                .orElseThrow(() -> new IllegalStateException("the plan has no machine " + name));
    }

    /**
     * Has the step run again as soon as this machine, as it was just seen, tells of a change.
     *
     * @return whether that begins now: then look once more, what changed in between is not told
     */
    boolean follow(MachineAddress address, MachineView seen) {
        return followed.follow(address, state.access(), seen, time.now());
    }

    /** The machine that the step follows, if any. */
    Followed followed() {
        return followed;
    }

    /** Says whose log may tell why the step does not get on. */
    void suspect(String node, String service) {
        suspect = Optional.of(new MachineLog.Of(node, service));
    }

    /** Whose log may tell why the step did not get on; empty if nobody in particular. */
    Optional<MachineLog.Of> suspect() {
        return suspect;
    }

    /**
     * Runs a long operation of the hypervisor: picks up the one that an earlier run of this step started, or starts it.
     *
     * @param what what is waited for, for a person
     * @param start starts it
     * @param timeout how long it may take
     * @return what to wait for; empty once it has succeeded
     */
    Optional<StepProgress> operate(String what, Supplier<Operation> start, Duration timeout) {
        forgotten = state.journal().isInherited(step.id());
        Optional<Operation> running =
                state.journal().openOperation(step.id()).map(services().hypervisor()::operation);
        Operation operation = running.orElseGet(() -> {
            Operation started = start.get();
            if (started.id().equals(Operation.done().id())) {
                return started;
            }
            state.journal().operationStarted(step.id(), started.id());
            return started;
        });
        Operation.State now = pollOrForget(operation);
        return switch (now.status()) {
            case RUNNING -> Optional.of(StepProgress.waitFor(what, now.text() == null ? "running" : now.text(), timeout));
            case SUCCEEDED -> {
                state.journal().operationEnded(step.id());
                yield Optional.empty();
            }
            case FAILED -> {
                state.journal().operationEnded(step.id());
                throw new RemoteException(
                        ErrorCode.TASK_FAILED,
                        step.title() + ": the task " + operation.id() + " failed: " + now.text(),
                        true,
                        "The task's log in Proxmox VE has the rest.",
                        now.text(),
                        null);
            }
        };
    }

    /**
     * Whether the end of the last {@link #operate} proves nothing about now, so that the world has to be looked at: nobody
     * knows the operation any more, or an earlier apply had started it.
     */
    boolean forgotten() {
        return forgotten;
    }

    /** A task that its host no longer knows has ended long ago: look at the world instead. */
    private Operation.State pollOrForget(Operation operation) {
        try {
            return operation.poll();
        } catch (RemoteException e) {
            if (e.code() == ErrorCode.NOT_FOUND || e.code() == ErrorCode.REJECTED) {
                state.journal().operationEnded(step.id());
                forgotten = true;
                return Operation.State.succeeded();
            }
            throw e;
        }
    }
}
