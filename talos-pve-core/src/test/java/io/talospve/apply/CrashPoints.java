package io.talospve.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Counts the calls that reach the world or the store, one at a time, and stops the process at one of them. A process that
 * has died makes no call any more, on none of its threads.
 */
final class CrashPoints {
    /** The process has died. */
    static final class Crash extends Error {
        private static final long serialVersionUID = 1L;

        Crash(String at) {
            super(at);
        }
    }

    /** When, seen from the call. */
    enum Moment {
        /** Nothing was done. */
        BEFORE,
        /** It was done, and nobody knows. */
        AFTER,
        /** It was done and answered, and what the answer leads to is not done. */
        ANSWERED
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final List<String> calls = new ArrayList<>();
    private int crashAt = -1;
    private boolean dead;
    /** Is asked before every effect, and throws what the call shall answer instead. */
    Consumer<String> refusal = name -> { };
    /** Is asked after every effect, and throws what the call shall answer although it took effect. */
    Consumer<String> loss = name -> { };
    private Moment moment = Moment.BEFORE;

    /** Lets the next process die at its call with this number, from 0. */
    void crashAt(int call, Moment when) {
        begin(call, when);
    }

    void never() {
        begin(-1, Moment.BEFORE);
    }

    private void begin(int call, Moment when) {
        lock.lock();
        try {
            calls.clear();
            crashAt = call;
            moment = when;
            dead = false;
        } finally {
            lock.unlock();
        }
    }

    List<String> calls() {
        lock.lock();
        try {
            return List.copyOf(calls);
        } finally {
            lock.unlock();
        }
    }

    <T> T call(String name, Supplier<T> effect) {
        lock.lock();
        try {
            if (dead) {
                throw new Crash("dead before " + name);
            }
            int number = calls.size();
            calls.add(name);
            if (number == crashAt && moment == Moment.BEFORE) {
                throw die("before " + name);
            }
            refusal.accept(name);
            T result = effect.get();
            loss.accept(name);
            if (number == crashAt && moment == Moment.AFTER) {
                throw die("after " + name);
            }
            dead = number == crashAt && moment == Moment.ANSWERED;
            return result;
        } finally {
            lock.unlock();
        }
    }

    private Crash die(String at) {
        dead = true;
        return new Crash(at);
    }

    void run(String name, Runnable effect) {
        call(name, () -> {
            effect.run();
            return true;
        });
    }
}
