package io.talospve.plan;

import io.talospve.error.ErrorCode;
import io.talospve.error.RemoteException;
import io.talospve.error.TalosPveException;
import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Makes the reads of one plan. What may pass (a connection that breaks, a host that is away for a moment, a lock) is asked
 * again with growing pauses, until all reads of the plan together have been failing for two minutes; anything else is thrown
 * at once. Pauses are made by the thread that plans, never by the executor's.
 */
final class Reads {
    /** Long enough for a service that restarts, short enough for somebody who waits for a plan. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    /** Somebody who cancels is heard after one pause at the latest. */
    private static final int LONGEST_PAUSE_SECONDS = 5;

    private final TimeSource time;
    private final Executor executor;
    private final int atOnce;
    private final PlanningWatch watch;
    private Duration spent = Duration.ZERO;

    /**
     * The reads of one plan.
     *
     * @param time where pauses come from
     * @param executor runs reads that do not depend on each other
     * @param atOnce how many of them
     * @param watch is told of what is asked again, and may stop it
     */
    Reads(TimeSource time, Executor executor, int atOnce, PlanningWatch watch) {
        this.time = time;
        this.executor = executor;
        this.atOnce = atOnce;
        this.watch = watch;
    }

    /** Reads one thing. */
    <T> T ask(String what, Supplier<T> read) {
        return ask(what, PATIENCE, read);
    }

    /** Reads one thing that a plan can be made without, and so waits for no longer than this. */
    <T> T ask(String what, Duration patience, Supplier<T> read) {
        Attempts attempts = new Attempts(what, patience);
        goOn(what);
        while (true) {
            try {
                T answer = read.get();
                attempts.end();
                return answer;
            } catch (RemoteException e) {
                attempts.failed(e);
            }
        }
    }

    /** Reads many things of one kind, some at once; the answers are in the order of the inputs. */
    <A, B> List<B> askEach(String what, List<A> inputs, Function<A, B> read) {
        Map<Integer, B> answers = new ConcurrentHashMap<>();
        Attempts attempts = new Attempts(what, PATIENCE);
        goOn(what);
        List<Integer> open = IntStream.range(0, inputs.size()).boxed().toList();
        while (!open.isEmpty()) {
            Map<Integer, RemoteException> failures =
                    round(open, index -> answers.put(index, read.apply(inputs.get(index))));
            for (RemoteException failure : failures.values()) {
                if (!failure.retryable()) {
                    throw failure;
                }
            }
            if (!failures.isEmpty()) {
                attempts.failed(failures.values().iterator().next());
            }
            open = List.copyOf(failures.keySet());
        }
        attempts.end();
        List<B> result = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            result.add(answers.get(i));
        }
        return result;
    }

    /** Nothing more is read for a plan that nobody wants any more; also what a plan can be made without ends it then. */
    private void goOn(String what) {
        watch.stopped().ifPresent(why -> {
            throw stopped(what + " was not read: " + why, null);
        });
    }

    private static TalosPveException stopped(String message, @Nullable RemoteException cause) {
        return new TalosPveException(ErrorCode.CANCELLED, message, true, "Nothing was changed.", null, cause);
    }

    /** Reads each once; what failed, by number. A failure that cannot pass ends the round early. */
    private Map<Integer, RemoteException> round(List<Integer> open, Function<Integer, ?> read) {
        Map<Integer, RemoteException> failures = new ConcurrentSkipListMap<>();
        AtomicInteger next = new AtomicInteger();
        Runnable worker = () -> {
            for (int i = next.getAndIncrement(); i < open.size(); i = next.getAndIncrement()) {
                try {
                    read.apply(open.get(i));
                } catch (RemoteException e) {
                    failures.put(open.get(i), e);
                    if (!e.retryable()) {
                        next.set(open.size());
                    }
                } catch (RuntimeException | Error e) {
                    next.set(open.size());
                    throw e;
                }
            }
        };
        List<CompletableFuture<Void>> workers = IntStream.range(0, Math.min(atOnce, open.size()))
                .mapToObj(number -> CompletableFuture.runAsync(worker, executor))
                .toList();
        try {
            // All of them, also after a failure: none shall be left that still reads.
            CompletableFuture.allOf(workers.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
        return failures;
    }

    /** One read through its attempts. */
    private final class Attempts {
        private final String what;
        private final Duration patience;
        private Instant failingSince = Instant.MAX;
        private int failures;

        Attempts(String what, Duration patience) {
            this.what = what;
            this.patience = patience;
        }

        /** Pauses before the next attempt, or throws what to tell if there is none. */
        void failed(RemoteException error) {
            if (!error.retryable()) {
                throw error;
            }
            Instant now = time.now();
            if (failures++ == 0) {
                failingSince = now;
            }
            Duration failing = Duration.between(failingSince, now);
            Optional<String> stopped = watch.stopped();
            if (stopped.isPresent()) {
                throw stopped(what + " was not read again: " + stopped.get() + "; " + error.getMessage(), error);
            }
            if (failing.compareTo(patience) >= 0 || spent.plus(failing).compareTo(PATIENCE) >= 0) {
                end();
                throw givenUp(error, "within " + failing.toSeconds() + " s");
            }
            Duration pause = Duration.ofSeconds(Math.min(LONGEST_PAUSE_SECONDS, 1L << Math.min(failures - 1, 10)));
            watch.retrying(new PlanningWatch.Retry(
                    now, what, failures, String.valueOf(error.getMessage()), now.plus(pause)));
            try (TimeSource.Waiter waiter = time.waiter()) {
                waiter.await(now.plus(pause));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw givenUp(error, "not again: interrupted");
            }
        }

        /** Answered, or given up: what it took is gone for the other reads. */
        void end() {
            if (failures > 0) {
                spent = spent.plus(Duration.between(failingSince, time.now()));
            }
        }

        private RemoteException givenUp(RemoteException error, String how) {
            return new RemoteException(
                    error.code(),
                    what + " cannot be read (asked " + failures + (failures == 1 ? " time, " : " times, ") + how + "): "
                            + error.getMessage(),
                    true,
                    error.hint().orElse("Plan again once the cause is removed: nothing was changed."),
                    error.serverText().orElse(null),
                    error);
        }
    }
}
