package io.talospve.testkit.internal.pve;

import io.talospve.testkit.internal.world.Task;
import io.talospve.testkit.internal.world.Vm;
import io.talospve.testkit.internal.world.World;
import io.talospve.testkit.internal.world.WorldError;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Workers: those on one machine come one after the other, as the lock of its configuration file makes them. */
final class VmTasks {
    /** How long somebody waits for the lock of a machine's configuration. */
    static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);

    private final World world;

    VmTasks(World world) {
        this.world = world;
    }

    /** What a worker does; a {@link WorldError} or {@link ApiError} is its failure. */
    @FunctionalInterface
    interface Work {
        void run(Task task);
    }

    /** Starts a worker that takes the usual time, works at its end, and is then done. */
    String run(Call call, String host, String type, String id, Work work) {
        return run(call, host, type, id, world.latency().task(), work);
    }

    /** Starts a worker that takes a time, works at its end, and is then done. */
    String run(Call call, String host, String type, String id, Duration time, Work work) {
        Task task = world.start(host, type, id, call.caller().authId());
        task.onInterrupt(() -> world.end(task, "received interrupt"));
        world.after(time, () -> finish(task, work));
        return task.upid();
    }

    /** Starts a worker on a machine; it waits for the workers before it, 10 s at most. */
    String onVm(Call call, Vm vm, String type, Work work) {
        return open(call, vm, type, task -> {
            work.run(task);
            world.end(task, "OK");
        });
    }

    /** Starts a worker on a machine whose work ends the task itself. */
    String open(Call call, Vm vm, String type, Work work) {
        Task task = world.start(vm.host(), type, String.valueOf(vm.vmid()), call.caller().authId());
        task.onInterrupt(() -> world.end(task, "received interrupt"));
        Instant now = world.now();
        Duration wait = Duration.between(now, vm.busyUntil());
        if (wait.compareTo(LOCK_TIMEOUT) > 0) {
            world.after(LOCK_TIMEOUT, () -> world.end(task, lockTimeout(vm)));
            return task.upid();
        }
        Instant end = now.plus(wait.isNegative() ? Duration.ZERO : wait).plus(world.latency().task());
        vm.busyUntil(end);
        world.after(Duration.between(now, end), () -> guarded(task, work));
        return task.upid();
    }

    /** What is said after waiting too long for a machine's lock. */
    static String lockTimeout(Vm vm) {
        return "can't lock file '/var/lock/qemu-server/lock-" + vm.vmid() + ".conf' - got timeout";
    }

    private void finish(Task task, Work work) {
        guarded(task, t -> {
            work.run(t);
            world.end(t, "OK");
        });
    }

    /** Does a worker's work; what it throws is how it ends. Does nothing if it has ended, by a crash or a signal. */
    void guarded(Task task, Work work) {
        if (task.ended().isPresent()) {
            return;
        }
        Optional<String> spoiled = world.spoiled(task.type());
        if (spoiled.filter(String::isEmpty).isPresent()) {
            return; // it hangs
        }
        try {
            spoiled.ifPresent(exit -> {
                throw new WorldError(exit);
            });
            work.run(task);
        } catch (WorldError e) {
            world.end(task, String.valueOf(e.getMessage()));
        } catch (ApiError e) {
            world.end(task, (e.status() == 500 ? "" : e.status() + " ") + e.text());
        }
    }
}
