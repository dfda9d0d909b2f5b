package io.talospve.apply.internal;

import io.talospve.spi.Services;
import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.Plan;
import io.talospve.plan.Step;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.Operation;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** What one step needs while it runs. */
final class StepContext {
    private final Step step;
    private final ApplyState state;
    private boolean forgotten;

    StepContext(Step step, ApplyState state) {
        this.step = step;
        this.state = state;
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
