package io.talospve.testkit.internal.talos;

import io.talospve.spec.Cidr;
import io.talospve.talos.proto.machine.SequenceEvent;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The etcd of one control plane, from one boot to the next: bootstrapped, joined, left, broken. Guarded by the fabric. */
final class EtcdNode {
    private final TalosSystem system;
    private EtcdCluster.@Nullable Member member;
    private @Nullable EtcdCluster cluster;
    private boolean mayJoin;
    private boolean joined;
    private boolean bootstrapRequested;
    private boolean broken;
    private boolean snapshotUploaded;

    EtcdNode(TalosSystem system) {
        this.system = system;
    }

    /** The cluster that it is a member of, or is becoming one. */
    Optional<EtcdCluster> cluster() {
        return Optional.ofNullable(cluster);
    }

    Optional<EtcdCluster.Member> member() {
        return Optional.ofNullable(member);
    }

    /** The machine goes down. */
    void down() {
        if (member != null && member.system == system) {
            member.system = null;
        }
    }

    /** Goes on with the data on the disk; without any it waits to be bootstrapped, or to join. */
    void start() {
        Installed disk = system.guest().installed();
        Installed.EtcdData data = disk.etcd();
        if (data == null) {
            system.later(system.fabric().latency.scaled(1000), () -> {
                mayJoin = true;
                system.cluster().reconcile();
            });
            return;
        }
        Optional<EtcdCluster.Member> known = data.cluster().member(data.member());
        if (known.isEmpty()) {
            broken = true;
            system.services().add("etcd")
                    .to("Running", "Started task etcd (PID 260) for container etcd")
                    .to("Failed", "the member has been permanently removed from the cluster");
            return;
        }
        cluster = data.cluster();
        member = known.get();
        system.services().add("etcd")
                .to("Preparing", "Creating service runner")
                .to("Running", "Started task etcd (PID 260) for container etcd")
                .unhealthy("Unknown");
        system.later(system.fabric().latency.etcd(), () -> {
            EtcdCluster.Member mine = Objects.requireNonNull(member);
            mine.system = system;
            mine.name = system.hostname();
            mine.address = address();
            joined = !mine.learner;
            if (mine.learner) {
                promoteWhenPossible();
            }
            system.cluster().reconcile();
        });
    }

    /**
     * Begins a new etcd cluster, as Bootstrap asks.
     *
     * @return false if there is data already
     */
    boolean bootstrap() {
        if (system.guest().installed().etcd() != null || broken) {
            return false;
        }
        if (bootstrapRequested) {
            return true;
        }
        bootstrapRequested = true;
        system.runs();
        system.services().add("etcd")
                .to("Failed", "Failed to run pre stage: bootstrap requested")
                .to("Finished", "Bootstrap requested")
                .to("Starting", "Starting service")
                .to("Preparing", "Running pre state");
        system.log().line("machined", "[talos] bootstrap request received");
        system.tellSequence("bootstrap", SequenceEvent.Action.START);
        system.later(system.fabric().latency.scaled(1000), this::createEtcd);
        system.cluster().reconcile();
        return true;
    }

    private void createEtcd() {
        if (cluster != null) {
            return;
        }
        EtcdCluster created = system.cluster().newEtcd();
        EtcdCluster.Member first = created.add(newMemberId(), system.hostname(), address(), false);
        system.guest().write(system.guest().installed().withEtcd(new Installed.EtcdData(created, first.id)));
        cluster = created;
        member = first;
        system.services().add("etcd")
                .to("Preparing", "Creating service runner")
                .to("Running", "Started task etcd (PID 260) for container etcd")
                .unhealthy("Unknown");
        system.later(remaining(), () -> {
            first.system = system;
            joined = true;
            system.cluster().reconcile();
        });
        system.cluster().reconcile();
    }

    private Duration remaining() {
        Duration left = system.fabric().latency.etcd().minus(system.fabric().latency.scaled(1000));
        return left.isNegative() ? Duration.ZERO : left;
    }

    private long newMemberId() {
        return system.fabric().random.nextLong();
    }

    /** Joins an existing etcd cluster when there is one and no other machine is joining it. */
    void follow() {
        if (system.isDown() || system.maintenance() || !system.config().controlPlane()) {
            return;
        }
        boolean reachesMembers = system.fabric().faults.mayJoinEtcd(system.hardware().name());
        if (mayJoin && reachesMembers && cluster == null && !bootstrapRequested && !broken && system.guest().installed().etcd() == null) {
            system.cluster().joinable().filter(e -> !e.hasLearner()).ifPresent(this::join);
        }
        if (healthy()) {
            system.services().add("etcd").nowHealthy();
            if (system.stage().equals("booting")) {
                system.runs();
            }
        } else if (member != null && member.system == system) {
            system.services().add("etcd")
                    .unhealthy(member.learner ? "etcdserver: rpc not supported for learner" : "etcdserver: no leader");
        }
    }

    /** Joins with empty data: a member of the same name is what this machine was before, and Talos removes it. */
    private void join(EtcdCluster existing) {
        existing.members().stream()
                .filter(other -> other.name.equals(system.hostname()) && other.system == null)
                .forEach(former -> existing.remove(former.id));
        EtcdCluster.Member learner = existing.add(newMemberId(), system.hostname(), address(), true);
        system.guest().write(system.guest().installed().withEtcd(new Installed.EtcdData(existing, learner.id)));
        cluster = existing;
        member = learner;
        learner.system = system;
        system.services().add("etcd")
                .to("Preparing", "Creating service runner")
                .to("Running", "Started task etcd (PID 260) for container etcd")
                .unhealthy("Unknown");
        system.later(remaining(), this::promoteWhenPossible);
        system.cluster().changed();
    }

    private void promoteWhenPossible() {
        EtcdCluster mine = Objects.requireNonNull(cluster);
        EtcdCluster.Member learner = Objects.requireNonNull(member);
        system.cluster().when(mine::quorum, () -> {
            if (!system.isDown() && mine.member(learner.id).isPresent()) {
                learner.learner = false;
                joined = true;
                system.cluster().changed();
            }
        });
        system.cluster().reconcile();
    }

    /** Whether the own member is a voter in a cluster with quorum. */
    boolean healthy() {
        return !system.isDown()
                && joined
                && member != null
                && cluster != null
                && member.system == system
                && !member.learner
                && cluster.member(member.id).isPresent()
                && cluster.quorum();
    }

    /** Stops etcd and forgets its data: after leaving the cluster. */
    void left() {
        system.services().add("etcd")
                .to("Stopping", "Sending SIGTERM to task etcd (PID 270, container etcd)")
                .to("Finished", "Service finished successfully");
        if (member != null) {
            member.system = null;
        }
        member = null;
        cluster = null;
        joined = false;
        mayJoin = false;
        broken = true;
        system.guest().write(system.guest().installed().withEtcd(null));
        system.cluster().reconcile();
    }

    /** The data is gone: etcd fails, the member stays in the list. */
    void lost() {
        removed();
        system.cluster().reconcile();
    }

    /** Somebody else removed the own member: etcd ends, its data stays. */
    void removed() {
        system.services().add("etcd").to("Failed", "the member has been permanently removed from the cluster");
        if (member != null) {
            member.system = null;
        }
        member = null;
        cluster = null;
        joined = false;
        broken = true;
    }

    /** Keeps an uploaded snapshot for {@link #recover}. */
    void takeSnapshot() {
        snapshotUploaded = true;
    }

    /**
     * Recovery of etcd: from the uploaded snapshot a new cluster; without one Talos accepts the call and ruins etcd.
     *
     * @return false if there is data already
     */
    boolean recover() {
        if (system.guest().installed().etcd() != null) {
            return false;
        }
        if (snapshotUploaded) {
            broken = false;
            return bootstrap();
        }
        broken = true;
        mayJoin = false;
        system.services().add("etcd")
                .to("Finished", "Bootstrap requested")
                .to("Failed", "Failed to run pre stage: failed to recover etcd from snapshot: open /var/lib/etcd.snapshot: no such file or directory");
        system.runs();
        system.cluster().reconcile();
        return true;
    }

    private String address() {
        List<String> subnets = Tree.texts(system.config().main(), "cluster.etcd.advertisedSubnets");
        for (String address : system.flatAddresses()) {
            if (subnets.stream().anyMatch(s -> !s.startsWith("!") && Cidr.parse(s).contains(address))) {
                return address;
            }
        }
        return system.nodeAddress();
    }
}
