package io.talospve.health.internal;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Makes calls that do not depend on each other. The calling thread makes them itself, one after the other, and the executor
 * helps as far as it has threads: the caller never waits for a call that nobody has begun, so that it may itself be a thread
 * of that executor.
 */
final class ParallelCalls {
    private static final int HELPERS = 15;

    private final Executor executor;

    ParallelCalls(Executor executor) {
        this.executor = executor;
    }

    /** What the call gives for each key, in the keys' order. The first call that fails makes all fail. */
    <K, V> Map<K, V> map(Collection<K> keys, Function<K, V> call) {
        List<K> todo = List.copyOf(keys);
        Map<K, V> done = new ConcurrentHashMap<>();
        List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
        AtomicInteger next = new AtomicInteger();
        CountDownLatch open = new CountDownLatch(todo.size());
        Runnable work = () -> {
            for (int i = next.getAndIncrement(); i < todo.size(); i = next.getAndIncrement()) {
                try {
                    if (failures.isEmpty()) {
                        done.put(todo.get(i), call.apply(todo.get(i)));
                    }
                } catch (RuntimeException | Error e) {
                    failures.add(e);
                } finally {
                    open.countDown();
                }
            }
        };
        for (int helper = 0; helper < Math.min(HELPERS, todo.size() - 1); helper++) {
            try {
                executor.execute(work);
            } catch (RejectedExecutionException e) {
                break;
            }
        }
        work.run();
        awaitBegun(open);
        if (!failures.isEmpty()) {
            if (failures.get(0) instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) failures.get(0);
        }
        Map<K, V> ordered = new LinkedHashMap<>();
        todo.forEach(key -> ordered.put(key, done.get(key)));
        return ordered;
    }

    /** Every call has been begun and ends by itself; an interrupt reaches those of this thread. */
    private static void awaitBegun(CountDownLatch open) {
        boolean interrupted = false;
        while (true) {
            try {
                open.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
