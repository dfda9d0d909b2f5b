package io.talospve.testkit.internal.kube.control;

import io.talospve.testkit.internal.clock.Latency;
import io.talospve.testkit.internal.clock.SimClock;
import io.talospve.testkit.internal.kube.outside.Outside;
import io.talospve.testkit.internal.kube.api.ApiError;
import io.talospve.testkit.internal.kube.api.ObjectStore;
import io.talospve.testkit.internal.kube.api.Resources;
import io.talospve.testkit.internal.kube.api.ResourceType;
import io.talospve.testkit.internal.kube.api.Tree;
import io.talospve.testkit.internal.kube.api.TypeTable;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;

/** All controllers of one cluster, put together. Guarded by the store. */
public final class ControllerSet {
    private final ObjectStore store;
    private final Kubelets kubelets;
    private final ControlLoops loops;
    private volatile PodSecurity.Policy policy = new PodSecurity.Policy("privileged", Set.of());

    /**
     * The controllers of a cluster.
     *
     * @param running whether an API server runs; without one they rest
     */
    public ControllerSet(
            SimClock clock,
            Latency latency,
            ObjectStore store,
            TypeTable types,
            Resources resources,
            Outside outside,
            BooleanSupplier running) {
        this.store = store;
        kubelets = new Kubelets(store, resources, clock::now);
        loops = new ControlLoops(clock, latency, store, running);
        loops.add(new Namespaces(store, resources));
        loops.add(new Definitions(store, types, clock::now));
        loops.add(new Garbage(store));
        loops.add(new Workloads(store, resources, types, clock::now));
        Pods pods = new Pods(store, kubelets, new PodStart(store, kubelets, outside), latency, clock::now);
        pods.runs(loops.add(pods));
        Flux flux = new Flux(store, resources, outside.git(), latency, clock::now);
        flux.runs(loops.add(flux));
        resources.admission(this::admit);
    }

    private void admit(ResourceType type, Map<String, Object> object) {
        if (!type.qualified().equals("pods")) {
            return;
        }
        String namespace = Tree.namespace(object);
        Object spec = object.get("spec");
        String account = Tree.text(spec, "serviceAccountName");
        if (store.get("serviceaccounts", namespace, account).isEmpty()) {
            throw ApiError.forbidden(
                    type,
                    Tree.name(object),
                    "error looking up service account " + namespace + "/" + account + ": serviceaccount \"" + account
                            + "\" not found");
        }
        PodSecurity.refusal(store, policy, namespace, spec).ifPresent(why -> {
            throw ApiError.forbidden(type, Tree.name(object), why);
        });
    }

    /**
     * A kubelet registers its node, or says that it is alive.
     *
     * @param reaches whether the node's own network leads to a host and port
     */
    public void register(Registration registration, BiPredicate<String, Integer> reaches) {
        kubelets.register(registration, reaches);
    }

    /** A kubelet stopped answering. */
    public void lost(String name) {
        kubelets.lost(name);
    }

    /** Shows or replaces a static pod of a control plane. */
    public void staticPod(String component, String node, String ip, String image) {
        kubelets.staticPod(component, node, ip, image);
    }

    /** What pod security enforces. */
    public void podSecurity(String level, Set<String> exempt) {
        policy = new PodSecurity.Policy(level, Set.copyOf(exempt));
    }

    /** An API server is up again. */
    public void wake() {
        loops.wake();
    }
}
