package io.talospve.talos.api;

import io.talospve.talos.api.internal.Questions;
import io.talospve.talos.api.internal.Unary;
import java.util.List;

/**
 * Something that several machines can be asked in one call; see {@link GrpcTalosApi#ask}. None changes anything. Immutable.
 *
 * @param <T> what a machine answers
 */
public final class Question<T> {
    private final Unary<T> call;

    private Question(Unary<T> call) {
        this.call = call;
    }

    Unary<T> call() {
        return call;
    }

    /**
     * What do you run?
     *
     * @return the question
     */
    public static Question<TalosVersion> version() {
        return new Question<>(Questions.VERSION);
    }

    /**
     * What is your name?
     *
     * @return the question
     */
    public static Question<String> hostname() {
        return new Question<>(Questions.HOSTNAME);
    }

    /**
     * How are your services?
     *
     * @return the question
     */
    public static Question<List<ServiceStatus>> services() {
        return new Question<>(Questions.SERVICES);
    }

    /**
     * How much memory do you use?
     *
     * @return the question
     */
    public static Question<MachineMetrics.Memory> memory() {
        return new Question<>(Questions.MEMORY);
    }

    /**
     * How loaded are you?
     *
     * @return the question
     */
    public static Question<MachineMetrics.Load> load() {
        return new Question<>(Questions.LOAD);
    }

    /**
     * Since when do you run, and what do your processors do?
     *
     * @return the question
     */
    public static Question<MachineMetrics.Stat> stat() {
        return new Question<>(Questions.STAT);
    }

    /**
     * How full are your file systems?
     *
     * @return the question
     */
    public static Question<List<MachineMetrics.Mount>> mounts() {
        return new Question<>(Questions.MOUNTS);
    }

    /**
     * Which disks do you have?
     *
     * @return the question
     */
    public static Question<List<MachineDisk>> disks() {
        return new Question<>(Questions.DISKS);
    }

    /**
     * How late is it?
     *
     * @return the question
     */
    public static Question<MachineClock> clock() {
        return new Question<>(Questions.CLOCK);
    }

    /**
     * Whom does your own etcd know?
     *
     * @return the question
     */
    public static Question<List<EtcdPeer>> etcdMembers() {
        return new Question<>(Questions.LOCAL_MEMBERS);
    }

    /**
     * How is your etcd?
     *
     * @return the question
     */
    public static Question<EtcdStatus> etcdStatus() {
        return new Question<>(Questions.ETCD_STATUS);
    }
}
