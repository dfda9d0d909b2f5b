package io.talospve.apply.internal;

import io.talospve.plan.HealthCondition;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.StepWork.AwaitHealthy;
import io.talospve.spec.NodeRole;
import io.talospve.spi.KubernetesApi;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosApi.EtcdMember;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Waits for the conditions of a healthy cluster, one after the other, in Talos' order. */
final class HealthStep implements StepRunner {
    private static final Duration EACH = Duration.ofMinutes(15);

    private final AwaitHealthy work;

    HealthStep(AwaitHealthy work) {
        this.work = work;
    }

    @Override
    public StepProgress run(StepContext context) {
        HealthLook look = new HealthLook(context.state());
        for (HealthCondition condition : work.conditions()) {
            if (condition.awaited()) {
                Optional<String> unmet = look.unmet(condition.id(), work.conditions());
                if (unmet.isPresent()) {
                    return StepProgress.waitFor(condition.id().title(), unmet.get(), EACH);
                }
            }
        }
        long notAwaited = work.conditions().stream().filter(c -> !c.awaited()).count();
        return StepProgress.done(
                work.conditions().size() - notAwaited + " conditions met"
                        + (notAwaited == 0 ? "" : ", " + notAwaited + " not awaited"));
    }

    /** One look at the cluster; what is asked is asked once. */
    private static final class HealthLook {
        private final ApplyState state;
        private final Map<String, MachineView> views = new TreeMap<>();
        private KubernetesApi.@Nullable View kubernetes;

        HealthLook(ApplyState state) {
            this.state = state;
        }

        /** Why a condition is not met; empty if it is. */
        Optional<String> unmet(HealthCondition.Id id, List<HealthCondition> all) {
            return switch (id) {
                case ETCD_HEALTHY -> etcdHealthy();
                case ETCD_MEMBERS -> etcdMembers();
                case MACHINES_BOOTED -> machinesBooted(awaitsNodesReady(all));
                case KUBERNETES_API -> {
                    kubernetes();
                    yield Optional.empty();
                }
                case NODES_REPORTED -> nodesReported();
                case NODES_READY -> kubernetes().nodes().stream()
                        .filter(node -> !node.ready())
                        .map(node -> node.name() + " is not Ready: " + node.readyReason())
                        .findFirst();
                case COREDNS -> coredns();
                case SCHEDULABLE -> kubernetes().nodes().stream()
                        .filter(KubernetesApi.Node::unschedulable)
                        .map(node -> node.name() + " is cordoned")
                        .findFirst();
            };
        }

        private static boolean awaitsNodesReady(List<HealthCondition> all) {
            return all.stream().anyMatch(c -> c.id() == HealthCondition.Id.NODES_READY && c.awaited());
        }

        private MachineView view(MachinePlan machine) {
            return views.computeIfAbsent(
                    machine.name(),
                    name -> state.services().talos().look(state.address(name), state.access(), null));
        }

        private Optional<String> etcdHealthy() {
            for (MachinePlan machine : state.controlPlanes()) {
                MachineView view = view(machine);
                if (!(view instanceof MachineView.Running running)) {
                    return Optional.of(machine.name() + ": " + view.reason());
                }
                if (!"Running".equals(running.etcd()) || !running.etcdHealthy()) {
                    return Optional.of(machine.name() + ": etcd is " + running.etcd()
                            + (running.etcdHealthy() ? "" : " and not healthy"));
                }
            }
            return Optional.empty();
        }

        private Optional<String> etcdMembers() {
            Set<String> wanted = state.controlPlanes().stream()
                    .map(MachinePlan::name)
                    .collect(Collectors.toCollection(TreeSet::new));
            for (MachinePlan machine : state.controlPlanes()) {
                List<EtcdMember> members =
                        state.services().talos().etcdMembers(state.address(machine.name()), state.access());
                List<String> learners =
                        members.stream().filter(EtcdMember::learner).map(EtcdMember::hostname).toList();
                if (!learners.isEmpty()) {
                    return Optional.of(String.join(", ", learners) + " has no vote yet");
                }
                Set<String> names =
                        members.stream().map(EtcdMember::hostname).collect(Collectors.toCollection(TreeSet::new));
                if (!names.equals(wanted)) {
                    return Optional.of(machine.name() + " knows the members " + names + ", wanted are " + wanted);
                }
            }
            return Optional.empty();
        }

        private Optional<String> machinesBooted(boolean nodesReadyAwaited) {
            for (MachinePlan machine : state.plan().machines()) {
                MachineView view = view(machine);
                if (!(view instanceof MachineView.Running running)) {
                    return Optional.of(machine.name() + ": " + view.reason());
                }
                List<String> unmet = new ArrayList<>(running.unmet());
                if (!nodesReadyAwaited) {
                    // Without a CNI no node becomes Ready, and Talos says so of the machine, too.
                    unmet.removeIf(condition -> condition.startsWith("nodeReady"));
                }
                if (!running.stage().equals("running") || !unmet.isEmpty()) {
                    return Optional.of(machine.name() + " is " + running.stage()
                            + (unmet.isEmpty() ? "" : ", unmet: " + String.join("; ", unmet)));
                }
            }
            return Optional.empty();
        }

        private KubernetesApi.View kubernetes() {
            if (kubernetes == null) {
                kubernetes = state.services().kubernetes().look(state.kubeconfig());
            }
            return kubernetes;
        }

        private Optional<String> nodesReported() {
            Set<String> missing = state.plan().machines().stream()
                    .map(MachinePlan::name)
                    .collect(Collectors.toCollection(TreeSet::new));
            kubernetes().nodes().forEach(node -> missing.remove(node.name()));
            return missing.isEmpty()
                    ? Optional.empty()
                    : Optional.of("not registered: " + String.join(", ", missing));
        }

        private Optional<String> coredns() {
            return state.services()
                    .kubernetes()
                    .deployment(state.kubeconfig(), "kube-system", "coredns")
                    .map(found -> found.available() >= 1
                            ? Optional.<String>empty()
                            : Optional.of("no replica of coredns is available"))
                    .orElse(Optional.of("there is no deployment coredns yet"));
        }
    }
}
