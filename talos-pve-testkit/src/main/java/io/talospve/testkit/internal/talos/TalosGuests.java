package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.kube.KubeCluster;
import io.talospve.testkit.internal.kube.outside.Outside;
import io.talospve.testkit.internal.net.IoThreads;
import io.talospve.testkit.internal.net.SimNetwork;
import io.talospve.testkit.internal.world.Guest;
import io.talospve.testkit.internal.world.ImageSource;
import java.time.Duration;
import java.util.List;

/** Makes the Talos machines of a datacenter; what they form together lives here. Thread-safe. */
public final class TalosGuests implements Guest.Factory, AutoCloseable {
    private final Fabric fabric;

    /**
     * A datacenter's Talos side.
     *
     * @param clock its clock
     * @param latency how long things take
     * @param network its IP network
     * @param images the outside from which installer images come
     * @param io threads for HTTP servers
     * @param seed for ids that are random in Talos; keys and certificates do not come from it
     */
    public TalosGuests(
            SimClock clock, Latency latency, SimNetwork network, ImageSource images, IoThreads io, long seed) {
        fabric = new Fabric(clock, latency, network, images, io, seed);
    }

    @Override
    public Guest create(Guest.PowerSwitch power) {
        synchronized (fabric) {
            TalosGuest guest = new TalosGuest(fabric, power);
            fabric.add(guest);
            return guest;
        }
    }

    /** Faults of this side. */
    public Faults faults() {
        return fabric.faults;
    }

    /** The Kubernetes clusters there are, one for each etcd cluster, in the order they were begun. */
    public List<KubeCluster> kubernetes() {
        synchronized (fabric) {
            return fabric.clusters().stream()
                    .flatMap(cluster -> cluster.etcds().stream())
                    .map(etcd -> etcd.kube)
                    .toList();
        }
    }

    /** What the machines' clusters meet outside of themselves. */
    public Outside outside() {
        return fabric.outside;
    }

    /**
     * Destroys the etcd data of a machine, as a broken disk does: its member stays in the list and never runs again.
     *
     * @param machine name of the machine
     */
    public void loseEtcdMember(String machine) {
        synchronized (fabric) {
            fabric.guests().stream()
                    .filter(g -> g.hardware().map(h -> h.name().equals(machine)).orElse(false))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no machine " + machine + " was ever powered on"))
                    .loseEtcd();
        }
    }

    /**
     * Sets a machine's clock wrong, or right again.
     *
     * @param ahead how far it is ahead of the datacenter's time; negative if it is behind, zero if it is right
     */
    public void clockOff(String machine, Duration ahead) {
        synchronized (fabric) {
            fabric.faults.clockOff(machine, ahead);
            timeChanged(machine);
        }
    }

    /** A machine reaches no time server, or can again. */
    public void timeNeverSyncs(String machine, boolean never) {
        synchronized (fabric) {
            fabric.faults.timeNeverSyncs(machine, never);
            timeChanged(machine);
        }
    }

    private void timeChanged(String machine) {
        fabric.guests().stream()
                .filter(g -> g.hardware().map(h -> h.name().equals(machine)).orElse(false))
                .flatMap(g -> g.system().stream())
                .forEach(TalosSystem::timeChanged);
    }

    /** Applies a configuration to a machine in maintenance mode without a call. */
    void apply(String machine, MachineConfig config) {
        synchronized (fabric) {
            fabric.guests().stream()
                    .filter(g -> g.hardware().map(h -> h.name().equals(machine)).orElse(false))
                    .findFirst()
                    .orElseThrow()
                    .configure(config);
        }
    }

    /** What there is now, for assertions. */
    public Snapshot snapshot() {
        synchronized (fabric) {
            return new Snapshot(
                    fabric.guests().stream()
                            .filter(g -> g.hardware().isPresent())
                            .map(TalosGuests::machine)
                            .toList(),
                    fabric.clusters().stream().map(TalosGuests::cluster).toList());
        }
    }

    private static Snapshot.Machine machine(TalosGuest guest) {
        var system = guest.system();
        return new Snapshot.Machine(
                guest.hardware().orElseThrow().name(),
                guest.phase(),
                system.map(TalosSystem::hostname).orElse(""),
                system.filter(s -> !s.maintenance()).map(TalosSystem::ready).orElse(false),
                guest.isInstalled() ? configDigest(guest) : "",
                guest.applied(),
                guest.isInstalled() ? guest.installed().current().version() : "",
                system.map(TalosSystem::flatAddresses).orElse(List.of()));
    }

    private static String configDigest(TalosGuest guest) {
        String text = guest.installed().config();
        return text == null ? "" : MachineConfig.digest(text);
    }

    private static Snapshot.Cluster cluster(TalosCluster cluster) {
        return new Snapshot.Cluster(
                cluster.name(),
                cluster.etcds().size(),
                cluster.etcds().stream()
                        .map(e -> new Snapshot.Etcd(
                                e.members().stream()
                                        .map(m -> new Snapshot.Member(m.id, m.name, m.learner, m.system != null))
                                        .toList(),
                                e.quorum(),
                                e.kube.nodeNames()))
                        .toList());
    }

    @Override
    public void close() {
        List<TalosGuest> guests;
        synchronized (fabric) {
            guests = fabric.guests();
        }
        guests.forEach(TalosGuest::powerOff);
        fabric.close();
    }

    /**
     * The Talos side at one moment.
     *
     * @param machines machines that were powered on once, in the order of their creation
     * @param clusters clusters, by the secrets that their machines share
     */
    public record Snapshot(List<Machine> machines, List<Cluster> clusters) {
        /** A machine by name. */
        public Machine machine(String name) {
            return machines.stream()
                    .filter(m -> m.name().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("no machine " + name + " was ever powered on"));
        }

        /**
         * A machine.
         *
         * @param name name of the virtual machine
         * @param stage {@code off}, {@code booting}, {@code maintenance}, {@code installing}, {@code running}, …
         * @param hostname hostname, empty while nothing runs
         * @param ready whether all conditions are met
         * @param configDigest SHA-256 of the installed configuration, empty if there is none
         * @param applied how many configurations it took
         * @param installedVersion Talos version on its disk, empty if there is none
         * @param addresses addresses it has up
         */
        public record Machine(
                String name,
                String stage,
                String hostname,
                boolean ready,
                String configDigest,
                int applied,
                String installedVersion,
                List<String> addresses) {}

        /**
         * A cluster.
         *
         * @param name cluster name
         * @param bootstraps how many etcd clusters were begun; more than one is a split brain
         * @param etcds its etcd clusters
         */
        public record Cluster(String name, int bootstraps, List<Etcd> etcds) {}

        /**
         * An etcd cluster with what is in it.
         *
         * @param nodes names of the Kubernetes nodes
         */
        public record Etcd(List<Member> members, boolean quorum, List<String> nodes) {}

        /** An etcd member. */
        public record Member(long id, String name, boolean learner, boolean running) {}
    }
}
