package io.talospve.apply.internal;

import io.talospve.error.ErrorCode;
import io.talospve.error.RefusedException;
import io.talospve.plan.MachinePlan;
import io.talospve.plan.StepWork.Bootstrap;
import io.talospve.spi.MachineView;
import io.talospve.spi.TalosApi.BootstrapAnswer;
import io.talospve.store.ClusterRecord;
import io.talospve.store.ClusterRecord.BootstrapState;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Bootstraps etcd, once in the life of a cluster. Talos itself does not stop a second control plane with an empty disk from
 * being bootstrapped into a second cluster: the guard is here. The store is written before the call, and before every call
 * all control planes must answer and none may have an etcd already.
 */
final class BootstrapStep implements StepRunner {
    private static final Duration ANSWER = Duration.ofMinutes(10);
    private static final Duration START = Duration.ofMinutes(10);

    private final Bootstrap work;

    BootstrapStep(Bootstrap work) {
        this.work = work;
    }

    @Override
    public StepProgress run(StepContext context) {
        ApplyState state = context.state();
        ClusterRecord record = state.record();
        if (record.bootstrap() == BootstrapState.BOOTSTRAPPED) {
            return StepProgress.done("bootstrapped before");
        }
        if (!record.bootstrapNode().equals(work.node())) {
            throw new RefusedException(
                    ErrorCode.BOOTSTRAP_REFUSED,
                    "the store says that " + record.bootstrapNode() + " bootstraps this cluster, the plan says "
                            + work.node(),
                    "Plan again.");
        }
        Map<String, MachineView> views = look(state);
        if (silent(views).isEmpty() && context.follow(state.address(work.node()), views.get(work.node()))) {
            views = look(state);
        }
        Optional<String> silent = silent(views);
        if (silent.isPresent()) {
            // One that does not answer may have an etcd cluster: bootstrapping now could make a second one.
            return StepProgress.waitFor(
                    "every control plane answers", silent.get() + ": " + views.get(silent.get()).reason(), ANSWER);
        }
        if (views.values().stream().anyMatch(BootstrapStep::runsEtcd)) {
            return adopt(state, record, views);
        }
        if (!(views.get(work.node()) instanceof MachineView.Running node) || !"Preparing".equals(node.etcd())) {
            return StepProgress.toldOf(
                    "etcd on " + work.node() + " waits for the bootstrap",
                    String.valueOf(views.get(work.node()).reason()),
                    START);
        }
        if (record.bootstrap() == BootstrapState.NONE) {
            state.entry().saveRecord(record.withBootstrap(BootstrapState.BOOTSTRAPPING));
        }
        BootstrapAnswer answer = state.services().talos().bootstrap(state.address(work.node()), state.access());
        if (answer == BootstrapAnswer.ALREADY_DONE) {
            state.entry().saveRecord(record.withBootstrap(BootstrapState.BOOTSTRAPPED));
            return StepProgress.done("bootstrapped before");
        }
        return waitForEtcd("the call was accepted");
    }

    /** What every control plane is, up to the first that does not answer. */
    private static Map<String, MachineView> look(ApplyState state) {
        Map<String, MachineView> views = new TreeMap<>();
        for (MachinePlan machine : state.controlPlanes()) {
            MachineView view = state.services()
                    .talos()
                    .look(state.address(machine.name()), state.access(), state.keyPin(machine.name()));
            views.put(machine.name(), view);
            if (!answers(view)) {
                break;
            }
        }
        return views;
    }

    private static boolean answers(MachineView view) {
        return view instanceof MachineView.Maintenance || view instanceof MachineView.Running;
    }

    private static Optional<String> silent(Map<String, MachineView> views) {
        return views.keySet().stream().filter(name -> !answers(views.get(name))).findFirst();
    }

    /** etcd runs somewhere: either our own call has taken effect, or there is a cluster that the store does not know. */
    private StepProgress adopt(ApplyState state, ClusterRecord record, Map<String, MachineView> views) {
        if (record.bootstrap() == BootstrapState.NONE) {
            throw new RefusedException(
                    ErrorCode.BOOTSTRAP_REFUSED,
                    "etcd already runs on a control plane of " + record.cluster()
                            + ", but the store does not know of a bootstrap: " + describe(views),
                    "Use the store that the cluster was made with.");
        }
        if (!runsEtcd(views.get(work.node()))) {
            return waitForEtcd(views.get(work.node()).reason());
        }
        state.entry().saveRecord(record.withBootstrap(BootstrapState.BOOTSTRAPPED));
        return StepProgress.done("etcd runs on " + work.node());
    }

    private StepProgress waitForEtcd(String lastSeen) {
        return StepProgress.toldOf("etcd runs on " + work.node(), lastSeen, START);
    }

    private static boolean runsEtcd(MachineView view) {
        return view instanceof MachineView.Running running && "Running".equals(running.etcd());
    }

    private static String describe(Map<String, MachineView> views) {
        StringBuilder text = new StringBuilder();
        views.forEach((name, view) ->
                text.append(text.length() == 0 ? "" : "; ").append(name).append(": ").append(view.reason()));
        return text.toString();
    }
}
