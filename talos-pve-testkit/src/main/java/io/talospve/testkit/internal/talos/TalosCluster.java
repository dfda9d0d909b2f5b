package io.talospve.testkit.internal.talos;

import io.talospve.testkit.internal.kube.KubeCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The machines that share a cluster's secrets, and what they form together. Everything follows from the machines' state:
 * whenever something changed, {@link #reconcile} looks at all of it again. Guarded by the fabric.
 */
final class TalosCluster {
    private final Fabric fabric;
    private final String name;
    private final List<TalosSystem> systems = new ArrayList<>();
    private final List<EtcdCluster> etcds = new ArrayList<>();
    private final List<Parked> parked = new ArrayList<>();
    private boolean reconciling;
    private boolean again;
    private @Nullable TalosSystem virtualHolder;

    TalosCluster(Fabric fabric, String name) {
        this.fabric = fabric;
        this.name = name;
    }

    /** A call that waits until something is so. */
    private record Parked(BooleanSupplier condition, Runnable then) {}

    String name() {
        return name;
    }

    List<TalosSystem> systems() {
        return List.copyOf(systems);
    }

    List<EtcdCluster> etcds() {
        return List.copyOf(etcds);
    }

    void join(TalosSystem system) {
        systems.add(system);
        systems.forEach(system::announceTo);
    }

    void leave(TalosSystem system) {
        systems.remove(system);
        systems.forEach(other -> other.forget(system.hostname()));
    }

    /** A machine changes what the others know of it. */
    void rename(TalosSystem system, Runnable change) {
        systems.forEach(other -> other.forget(system.hostname()));
        change.run();
        systems.forEach(system::announceTo);
    }

    EtcdCluster newEtcd() {
        EtcdCluster etcd = new EtcdCluster(kubernetes());
        etcds.add(etcd);
        return etcd;
    }

    private KubeCluster kubernetes() {
        KubeCluster kube =
                new KubeCluster(fabric.clock, fabric.latency, fabric.outside, fabric.random.nextLong());
        AtomicBoolean told = new AtomicBoolean();
        kube.onNodeChange(() -> {
            if (told.compareAndSet(false, true)) {
                fabric.clock.after(Duration.ZERO, () -> {
                    told.set(false);
                    synchronized (fabric) {
                        reconcile();
                    }
                });
            }
        });
        return kube;
    }

    /** An etcd cluster that a control plane without data would join: it has quorum, found through the cluster's members. */
    Optional<EtcdCluster> joinable() {
        return etcds.stream().filter(EtcdCluster::quorum).findFirst();
    }

    /** The control planes that sign certificates for workers: their trustd runs. */
    List<TalosSystem> trustds(String token) {
        return systems.stream()
                .filter(s -> s.config().controlPlane() && s.config().machineToken().equals(token) && s.timeInSync())
                .toList();
    }

    /** Runs something as soon as a condition holds; now, if it already does. */
    Runnable when(BooleanSupplier condition, Runnable then) {
        if (condition.getAsBoolean()) {
            then.run();
            return () -> { };
        }
        Parked one = new Parked(condition, then);
        parked.add(one);
        return () -> parked.remove(one);
    }

    /** Lets every machine react to what the others are now. */
    void reconcile() {
        again = true;
        if (reconciling) {
            return;
        }
        reconciling = true;
        try {
            while (again) {
                again = false;
                systems().forEach(TalosSystem::followCertificates);
                systems().forEach(system -> system.etcd().follow());
                systems().forEach(TalosSystem::followKubernetes);
                moveVirtualAddress();
                lostNodes();
                systems().forEach(TalosSystem::followStatus);
                for (Parked one : List.copyOf(parked)) {
                    if (one.condition().getAsBoolean() && parked.remove(one)) {
                        one.then().run();
                    }
                }
            }
        } finally {
            reconciling = false;
        }
    }

    /** Has the machines look again. */
    void changed() {
        again = true;
    }

    /** The Kubernetes that a machine's kubelet reaches: its own, else that of any API server. */
    Optional<KubeCluster> kubernetesFor(TalosSystem system) {
        if (system.apiServerRuns()) {
            return system.etcd().cluster().map(e -> e.kube);
        }
        return systems.stream()
                .filter(TalosSystem::apiServerRuns)
                .findFirst()
                .flatMap(other -> other.etcd().cluster())
                .map(e -> e.kube);
    }

    private void moveVirtualAddress() {
        TalosSystem holder = virtualHolder;
        if (holder != null && (!systems.contains(holder) || !holder.etcd().healthy())) {
            holder.dropVirtualAddresses();
            virtualHolder = null;
        }
        if (virtualHolder == null) {
            systems.stream()
                    .filter(s -> s.etcd().healthy() && s.hasVirtualAddresses())
                    .findFirst()
                    .ifPresent(next -> {
                        virtualHolder = next;
                        next.takeVirtualAddresses();
                    });
        }
    }

    private void lostNodes() {
        Set<String> alive = systems.stream().map(TalosSystem::hostname).collect(Collectors.toSet());
        for (EtcdCluster etcd : etcds) {
            for (String node : etcd.kube.nodeNames()) {
                if (!alive.contains(node)) {
                    etcd.kube.lost(node);
                }
            }
        }
    }
}
