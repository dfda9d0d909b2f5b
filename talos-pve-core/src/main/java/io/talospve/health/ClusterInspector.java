package io.talospve.health;

import io.talospve.error.ErrorCode;
import io.talospve.error.TalosPveException;
import io.talospve.health.HealthReport.Condition;
import io.talospve.health.HealthReport.State;
import io.talospve.health.internal.ClusterHealth;
import io.talospve.health.internal.IssuedAccess;
import io.talospve.health.internal.Observation;
import io.talospve.health.internal.StoredCluster;
import io.talospve.plan.HealthCondition;
import io.talospve.spec.TalosCluster;
import io.talospve.spi.MachineAddress;
import io.talospve.spi.NodeRef;
import io.talospve.spi.Services;
import io.talospve.spi.TalosAccess;
import io.talospve.spi.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Looks at clusters that the store knows: how healthy they are, where their machines are, and what opens them. Changes
 * nothing and needs no lock, so that it may be asked while an apply runs. Thread-safe.
 */
public final class ClusterInspector {
    /** How often a health that is waited for is looked at. */
    private static final Duration POLL = Duration.ofSeconds(2);

    private final Services services;
    private final TimeSource time;
    private final Executor executor;
    private final IssuedAccess issued;

    /**
     * An inspector.
     *
     * @param services what is asked
     * @param time where time comes from
     * @param executor helps to ask many machines at once
     */
    public ClusterInspector(Services services, TimeSource time, Executor executor) {
        this.services = services;
        this.time = time;
        this.executor = executor;
        this.issued = new IssuedAccess(services.pki(), time);
    }

    private StoredCluster open(String cluster) {
        return StoredCluster.open(services, issued, cluster);
    }

    /**
     * The machines of a cluster, control planes first within what the store knows.
     *
     * @param cluster name of the cluster
     * @throws io.talospve.error.RefusedException if the store does not know it
     */
    public List<NodeRef> nodes(String cluster) {
        return open(cluster).machines().stream()
                .map(machine -> new NodeRef(cluster, machine.name()))
                .toList();
    }

    /**
     * A machine of a cluster.
     *
     * @param cluster name of the cluster
     * @param name name of the machine
     * @throws io.talospve.error.RefusedException if the store does not know the cluster, or the cluster no such machine
     */
    public NodeRef node(String cluster, String name) {
        open(cluster).member(name);
        return new NodeRef(cluster, name);
    }

    /**
     * Where a machine's Talos API is: its static address, or the one that its guest agent reports.
     *
     * @param node the machine
     * @throws io.talospve.error.RefusedException if the store does not know it
     * @throws io.talospve.error.RemoteException if its address is not known now
     */
    public MachineAddress address(NodeRef node) {
        return open(node.cluster()).address(node.name());
    }

    /**
     * What opens the machines of a cluster: a client certificate that is good for twelve hours at least.
     *
     * @param cluster name of the cluster
     * @throws io.talospve.error.RefusedException if the store does not know the cluster or has no secrets of it
     */
    public TalosAccess access(String cluster) {
        return open(cluster).access();
    }

    /**
     * How a cluster is now. Every condition is looked at; what does not answer is a condition that is not met, not an error.
     *
     * @param cluster the spec: it says which conditions are expected
     * @throws io.talospve.error.RefusedException if the store does not know the cluster
     */
    public HealthReport health(TalosCluster cluster) {
        return report(cluster, health(open(cluster.name())));
    }

    private ClusterHealth health(StoredCluster cluster) {
        return new ClusterHealth(cluster, services.talos(), services.kubernetes(), executor);
    }

    /**
     * Looks until a cluster is healthy, or the time is up.
     *
     * @param cluster the spec
     * @param atMost how long
     * @param progress is told of every look, on the calling thread
     * @return the last look; {@link HealthReport#healthy()} says which of both it was
     * @throws io.talospve.error.RefusedException if the store does not know the cluster
     * @throws TalosPveException with code {@code CANCELLED} if the calling thread is interrupted, which stays set
     */
    public HealthReport awaitHealthy(TalosCluster cluster, Duration atMost, Consumer<HealthReport> progress) {
        Instant deadline = time.now().plus(atMost);
        ClusterHealth health = health(open(cluster.name()));
        try (TimeSource.Waiter waiter = time.waiter()) {
            while (true) {
                HealthReport report = report(cluster, health);
                progress.accept(report);
                Instant now = time.now();
                if (report.healthy() || !now.isBefore(deadline)) {
                    return report;
                }
                Instant next = now.plus(POLL);
                waiter.await(next.isBefore(deadline) ? next : deadline);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TalosPveException(
                    ErrorCode.CANCELLED,
                    "waiting for the health of " + cluster.name() + " was interrupted",
                    false,
                    null,
                    null,
                    e);
        }
    }

    private HealthReport report(TalosCluster cluster, ClusterHealth health) {
        List<HealthCondition> all = HealthCondition.of(cluster);
        ClusterHealth.Look look = health.look();
        List<Condition> seen = new ArrayList<>();
        for (HealthCondition condition : all) {
            seen.add(observe(condition, all, look, seen));
        }
        return new HealthReport(cluster.name(), time.now(), seen);
    }

    private static Condition observe(
            HealthCondition condition, List<HealthCondition> all, ClusterHealth.Look look, List<Condition> before) {
        for (Condition earlier : before) {
            if (earlier.state() != State.MET && needs(condition.id(), earlier.id())) {
                return new Condition(
                        condition.id(), State.UNKNOWN, 0, 1, "not asked: needs " + earlier.id().title(), condition.reason());
            }
        }
        Observation seen;
        try {
            seen = look.observe(condition.id(), all);
        } catch (TalosPveException e) {
            if (e.code() == ErrorCode.CANCELLED) {
                throw e;
            }
            seen = new Observation(0, 1, String.valueOf(e.getMessage()));
        }
        return new Condition(
                condition.id(),
                seen.holds() ? State.MET : State.UNMET,
                seen.met(),
                seen.of(),
                seen.lastSeen(),
                condition.reason());
    }

    /** What would only hang or fail in the same way: etcd does not answer before it runs, nor does Kubernetes. */
    private static boolean needs(HealthCondition.Id asked, HealthCondition.Id earlier) {
        return switch (asked) {
            case ETCD_CONSISTENT, ETCD_MEMBERS -> earlier == HealthCondition.Id.ETCD_HEALTHY;
            case MEMORY, DISK -> earlier == HealthCondition.Id.APID;
            case NODES_REPORTED, STATIC_PODS, COMPONENTS, NODES_READY, KUBE_PROXY, COREDNS, SCHEDULABLE ->
                earlier == HealthCondition.Id.KUBERNETES_API;
            default -> false;
        };
    }
}
