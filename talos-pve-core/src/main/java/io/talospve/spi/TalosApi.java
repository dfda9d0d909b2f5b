package io.talospve.spi;

import io.talospve.spec.Secret;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The Talos API of machines, in maintenance mode and running.
 *
 * <p>Calls block, have a deadline of at most 30 s of their own, can be interrupted, never sleep and are never repeated by
 * the implementation. Errors are {@link io.talospve.error.RemoteException}; {@code retryable()} is true where the same call
 * may succeed later, or where it is unknown whether it took effect.
 *
 * <p>Implementations are thread-safe.
 */
public interface TalosApi extends AutoCloseable {
    /**
     * Which state a machine is in. Never throws for what a machine does or does not do: that is what the views say.
     *
     * @param address where
     * @param access the cluster's access; null if the cluster has no secrets yet
     * @param keyPin the key that a machine in maintenance mode must present, null for any: another one gives
     *     {@link MachineView.Foreign}
     * @return what is there
     */
    MachineView look(MachineAddress address, @Nullable TalosAccess access, @Nullable String keyPin);

    /**
     * Gives a machine in maintenance mode its configuration; it installs and reboots. The configuration is sent only to the
     * key that was seen.
     *
     * @param keyPin the pin of {@link MachineView.Maintenance}
     * @param machineConfig the YAML text
     */
    void applyInMaintenance(MachineAddress address, String keyPin, Secret<String> machineConfig);

    /**
     * Bootstraps etcd on this control plane. The guard against a second cluster is the caller's: Talos has none.
     *
     * @return what the machine answered
     * @throws io.talospve.error.RemoteException retryable with code {@code SERVER_FAILED} if it is not ready for it yet
     */
    BootstrapAnswer bootstrap(MachineAddress address, TalosAccess access);

    /**
     * The members of the etcd cluster as this machine's own etcd knows them (a local query).
     *
     * @return the members; never empty
     */
    List<EtcdMember> etcdMembers(MachineAddress address, TalosAccess access);

    /**
     * An admin kubeconfig that a control plane issues.
     *
     * @return the kubeconfig's YAML text
     */
    Secret<String> kubeconfig(MachineAddress address, TalosAccess access);

    /**
     * The last lines of a machine's log.
     *
     * @param service a service ({@code etcd}, {@code kubelet} …) or {@code machined} for the machine itself
     * @param lines how many lines at most
     * @return the text, perhaps empty
     */
    String logTail(MachineAddress address, TalosAccess access, String service, int lines);

    /**
     * How large a running machine is, as it sees itself.
     *
     * @return its size
     */
    MachineSize size(MachineAddress address, TalosAccess access);

    /**
     * Begins to tell when something changes about a machine: its stage, its readiness, a service. It is a hint and no more:
     * who waits for something looks now and then anyway, and once more right after this call, because what changed before
     * it is not told. Returns when the machine has confirmed; never throws for what a machine does or does not do.
     *
     * <p>An implementation that cannot watch returns {@link Watch#ENDED}, as this one does.
     *
     * @param address where
     * @param access the cluster's access
     * @param seen what the last look saw; there is nothing to watch unless it is {@link MachineView.Maintenance} or
     *     {@link MachineView.Running}
     * @param changed is run after a change and when the watch ends, in any thread, perhaps for nothing, perhaps once more
     *     after {@link Watch#close}; must neither block nor throw
     * @return the watch, to be closed; one that has ended already if the machine cannot be watched now
     */
    default Watch watch(MachineAddress address, TalosAccess access, MachineView seen, Runnable changed) {
        return Watch.ENDED;
    }

    @Override
    void close();

    /** A machine that is watched; see {@link TalosApi#watch}. Thread-safe. */
    interface Watch extends AutoCloseable {
        /** A watch that tells nothing. */
        Watch ENDED = new Watch() {
            @Override
            public boolean live() {
                return false;
            }

            @Override
            public void close() {}
        };

        /**
         * Whether changes are told: false once the machine has gone away or the watch was closed.
         *
         * @return whether it has not ended
         */
        boolean live();

        /** Ends the watch. A second call does nothing. */
        @Override
        void close();
    }

    /** What a machine answers to a bootstrap. */
    enum BootstrapAnswer {
        /** It will bootstrap (or is at it): the call is asynchronous. */
        ACCEPTED,
        /** Its etcd has data already. */
        ALREADY_DONE
    }

    /**
     * A member of etcd.
     *
     * @param id etcd's member id, unsigned
     * @param hostname the machine's name
     * @param learner whether it has no vote yet
     */
    record EtcdMember(long id, String hostname, boolean learner) {}

    /**
     * How large a machine is.
     *
     * @param memoryBytes all its memory
     * @param dataBytes size of the file system at {@code /var}, zero if there is none
     */
    record MachineSize(long memoryBytes, long dataBytes) {}
}
