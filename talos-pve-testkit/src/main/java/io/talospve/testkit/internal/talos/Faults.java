package io.talospve.testkit.internal.talos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiPredicate;

/** Faults of the Talos side. Thread-safe. */
public final class Faults {
    private final List<Drop> drops = new CopyOnWriteArrayList<>();
    private final Set<String> lost = ConcurrentHashMap.newKeySet();
    private final Set<String> keptOut = ConcurrentHashMap.newKeySet();
    private final Set<String> broken = ConcurrentHashMap.newKeySet();
    private final Map<String, Duration> clocks = new ConcurrentHashMap<>();
    private final Set<String> unsynchronized = ConcurrentHashMap.newKeySet();
    private final List<Hook> hooks = new CopyOnWriteArrayList<>();

    Faults() {}

    /** A moment in the handling of a call. */
    public enum Moment {
        /** The request arrived, nothing happened yet. */
        BEFORE_EFFECT,
        /** It took effect, the answer is not sent yet. */
        AFTER_EFFECT
    }

    /** Sees each call of the Talos API. */
    @FunctionalInterface
    public interface Hook {
        /**
         * A call is at a moment.
         *
         * @param machine name of the machine that answers
         * @param method {@code machine.MachineService/Bootstrap}
         */
        void at(String machine, String method, Moment moment);
    }

    private static final class Drop {
        private final BiPredicate<String, String> matches;
        private final Moment moment;
        private int left;

        Drop(BiPredicate<String, String> matches, Moment moment, int times) {
            this.matches = matches;
            this.moment = moment;
            this.left = times;
        }

        synchronized boolean take(String machine, String method, Moment at) {
            if (left > 0 && moment == at && matches.test(machine, method)) {
                left--;
                return true;
            }
            return false;
        }
    }

    /**
     * Breaks the connection of the next calls instead of answering them.
     *
     * @param matches machine and method
     * @param moment before or after the call takes effect
     * @param times how many calls
     */
    public void drop(BiPredicate<String, String> matches, Moment moment, int times) {
        drops.add(new Drop(matches, moment, times));
    }

    /** A machine that never comes back from its next boots, until {@link #heal}. */
    public void neverReturns(String machine) {
        lost.add(machine);
    }

    /** Takes {@link #neverReturns} back; the machine needs a power cycle. */
    public void heal(String machine) {
        lost.remove(machine);
    }

    /** Images of a Talos version install, but do not come up: the machine goes back to the slot before. */
    public void doesNotBoot(String version) {
        broken.add(version);
    }

    boolean boots(String version) {
        return !broken.contains(version);
    }

    /** Adds a hook that sees each call. */
    public void hook(Hook hook) {
        hooks.add(hook);
    }

    /** A machine whose etcd cannot reach the members, or can again. */
    public void etcdCannotJoin(String machine, boolean kept) {
        if (kept) {
            keptOut.add(machine);
        } else {
            keptOut.remove(machine);
        }
    }

    /** A machine whose clock is ahead (or, negative, behind) of the datacenter's time; zero for one that is right. */
    void clockOff(String machine, Duration ahead) {
        clocks.put(machine, ahead);
    }

    Duration clockOffset(String machine) {
        return clocks.getOrDefault(machine, Duration.ZERO);
    }

    /** A machine that reaches no time server, or can again. */
    void timeNeverSyncs(String machine, boolean never) {
        if (never) {
            unsynchronized.add(machine);
        } else {
            unsynchronized.remove(machine);
        }
    }

    boolean syncsTime(String machine) {
        return !unsynchronized.contains(machine);
    }

    boolean mayJoinEtcd(String machine) {
        return !keptOut.contains(machine);
    }

    boolean returns(String machine) {
        return !lost.contains(machine);
    }

    /** Tells the hooks, and whether the connection breaks now. */
    boolean at(String machine, String method, Moment moment) {
        for (Hook hook : hooks) {
            hook.at(machine, method, moment);
        }
        for (Drop drop : new ArrayList<>(drops)) {
            if (drop.take(machine, method, moment)) {
                return true;
            }
        }
        return false;
    }
}
