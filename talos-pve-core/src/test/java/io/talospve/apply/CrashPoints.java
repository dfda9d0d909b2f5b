package io.talospve.apply;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Counts the calls that reach the world or the store, and stops the process before or after the effect of one of them. */
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
        BEFORE,
        AFTER
    }

    private final List<String> calls = new ArrayList<>();
    private int crashAt = -1;
    /** Is asked before every effect, and throws what the call shall answer instead. */
    Consumer<String> refusal = name -> { };
    /** Is asked after every effect, and throws what the call shall answer although it took effect. */
    Consumer<String> loss = name -> { };
    private Moment moment = Moment.BEFORE;

    /** Lets the next process die at its call with this number, from 0. */
    void crashAt(int call, Moment when) {
        calls.clear();
        crashAt = call;
        moment = when;
    }

    void never() {
        calls.clear();
        crashAt = -1;
    }

    List<String> calls() {
        return List.copyOf(calls);
    }

    <T> T call(String name, Supplier<T> effect) {
        int number = calls.size();
        calls.add(name);
        if (number == crashAt && moment == Moment.BEFORE) {
            throw new Crash("before " + name);
        }
        refusal.accept(name);
        T result = effect.get();
        loss.accept(name);
        if (number == crashAt && moment == Moment.AFTER) {
            throw new Crash("after " + name);
        }
        return result;
    }

    void run(String name, Runnable effect) {
        call(name, () -> {
            effect.run();
            return true;
        });
    }
}
