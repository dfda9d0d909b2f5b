package io.talospve.health.internal;

import io.talospve.health.internal.ClusterSight.Member;
import io.talospve.spec.NodeRole;
import io.talospve.spi.KubernetesApi;
import io.talospve.spi.KubernetesApi.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One look at what Kubernetes says; it is asked once for each thing. Not thread-safe. */
final class KubernetesConditions {
    private static final String SYSTEM = "kube-system";
    private static final String APP = "k8s-app";
    private static final List<String> STATIC_PODS =
            List.of("kube-apiserver", "kube-controller-manager", "kube-scheduler");

    private final ClusterSight sight;
    private final KubernetesApi kubernetes;
    private KubernetesApi.@Nullable View view;
    private @Nullable List<Pod> pods;

    KubernetesConditions(ClusterSight sight, KubernetesApi kubernetes) {
        this.sight = sight;
        this.kubernetes = kubernetes;
    }

    private KubernetesApi.View view() {
        if (view == null) {
            view = kubernetes.look(sight.kubeconfig());
        }
        return view;
    }

    private List<Pod> pods() {
        if (pods == null) {
            pods = kubernetes.pods(sight.kubeconfig(), SYSTEM);
        }
        return pods;
    }

    /** Met if it answers; how it fails is an error for the caller. */
    Observation answers() {
        return new Observation(1, 1, "version " + view().version());
    }

    Observation nodesReported() {
        Set<String> there = view().nodes().stream().map(KubernetesApi.Node::name).collect(Collectors.toSet());
        return Observation.ofMachines(
                sight.machines(),
                Member::name,
                machine -> there.contains(machine.name())
                        ? Optional.empty()
                        : Optional.of(machine.name() + " is not registered"));
    }

    Observation staticPodsRun() {
        return eachStaticPod(pod -> pod.phase().equals("Running") ? Optional.empty() : Optional.of(pod.phase()));
    }

    Observation componentsReady() {
        return eachStaticPod(KubernetesConditions::notReady);
    }

    private Observation eachStaticPod(Function<Pod, Optional<String>> complaint) {
        List<Optional<String>> complaints = new ArrayList<>();
        for (Member machine : sight.machines()) {
            if (machine.role() == NodeRole.CONTROL_PLANE) {
                for (String name : STATIC_PODS) {
                    String full = name + "-" + machine.name();
                    complaints.add(pods().stream()
                            .filter(pod -> pod.staticPod() && pod.name().equals(full))
                            .findFirst()
                            .map(pod -> complaint.apply(pod).map(text -> full + " is " + text))
                            .orElseGet(() -> Optional.of("there is no pod " + full)));
                }
            }
        }
        return Observation.of(complaints);
    }

    private static Optional<String> notReady(Pod pod) {
        return pod.ready()
                ? Optional.empty()
                : Optional.of("not Ready" + (pod.reason().isEmpty() ? "" : ": " + pod.reason()));
    }

    Observation nodesReady() {
        return eachNode(node -> node.ready() ? Optional.empty() : Optional.of("not Ready: " + node.readyReason()));
    }

    Observation schedulable() {
        return eachNode(node -> node.unschedulable() ? Optional.of("cordoned") : Optional.empty());
    }

    private Observation eachNode(Function<KubernetesApi.Node, Optional<String>> complaint) {
        return Observation.ofMachines(
                view().nodes(),
                KubernetesApi.Node::name,
                node -> complaint.apply(node).map(text -> node.name() + " is " + text));
    }

    /** One pod on each machine, and all of them ready. */
    Observation kubeProxy() {
        Map<String, List<Pod>> proxies = pods().stream()
                .filter(pod -> "kube-proxy".equals(pod.labels().get(APP)) && !ended(pod))
                .collect(Collectors.groupingBy(Pod::node));
        return Observation.ofMachines(sight.machines(), Member::name, machine -> {
            List<Pod> here = proxies.getOrDefault(machine.name(), List.of());
            return here.isEmpty()
                    ? Optional.of("no pod of kube-proxy is on " + machine.name())
                    : here.stream()
                            .flatMap(pod -> notReady(pod).map(text -> pod.name() + " is " + text).stream())
                            .findFirst();
        });
    }

    Observation coreDns() {
        return kubernetes
                .deployment(sight.kubeconfig(), SYSTEM, "coredns")
                .map(found -> new Observation(
                        Math.min(found.available(), Math.max(found.desired(), 1)),
                        Math.max(found.desired(), 1),
                        found.available() >= found.desired() && found.available() > 0
                                ? ""
                                : dnsComplaint()))
                .orElseGet(() -> Observation.of(Optional.of("there is no deployment coredns yet")));
    }

    private String dnsComplaint() {
        return pods().stream()
                .filter(pod -> "kube-dns".equals(pod.labels().get(APP)) && !ended(pod))
                .flatMap(pod -> notReady(pod).map(text -> pod.name() + " is " + text).stream())
                .findFirst()
                .orElse("too few of its pods are available");
    }

    private static boolean ended(Pod pod) {
        return pod.phase().equals("Failed") || pod.phase().equals("Succeeded");
    }
}
